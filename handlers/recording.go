package handlers

import (
	"context"
	"fmt"

	"switchyard/dialplan"
	"switchyard/routing"
)

// recordingState is how far the recording of a call is prepared; a closed set.
type recordingState uint8

const (
	recordingUndecided recordingState = iota
	recordingReady                    // it begins when the call is connected
	recordingNone
)

// record prepares the recording of a call that is about to ring somebody: the
// announcement first, and no recording without it. The actions go before the
// bridge.
func (c *Call) record(ctx context.Context, b *dialplan.Bridge) (before []dialplan.Action, err error) {
	if !c.Plan.Records(c.Decision.Direction, c.set) || c.recording == recordingNone {
		return nil, nil
	}
	announced, err := c.announce(ctx, b)
	if err != nil {
		return nil, err
	}
	if !announced {
		c.note("not recorded: the announcement could not be heard")
		c.recording = recordingNone
		return nil, nil
	}
	if c.recording == recordingReady {
		return nil, nil
	}
	file, err := c.recordingFile()
	if err != nil {
		c.note("not recorded: %v", err)
		c.recording = recordingNone
		return nil, nil
	}
	c.recording = recordingReady
	stereo := c.Plan.Recording().Stereo
	wide := stereo == nil || *stereo
	if !c.answered {
		return nil, c.Channel.Set(dialplan.RecordAtAnswer(file, wide)...)
	}
	vs, action := dialplan.RecordNow(file, wide)
	return []dialplan.Action{action}, c.Channel.Set(vs...)
}

func (c *Call) recordingFile() (dialplan.RecordingFile, error) {
	id, err := dialplan.ParseChannelID(string(c.Facts.ID))
	if err != nil {
		return dialplan.RecordingFile{}, err
	}
	return c.router.Recordings.Recording(string(c.Plan.Tenant().ID), id, c.Facts.CreatedAt)
}

// announce lets the outside party hear that the call is recorded: whom an
// outbound call reaches, before the two are connected; else the caller, now.
// false: it could not be heard.
func (c *Call) announce(ctx context.Context, b *dialplan.Bridge) (bool, error) {
	announcement := c.Plan.Recording().Announcement
	switch {
	case announcement == nil:
		return true, nil
	case c.Decision.Direction == routing.Outbound:
		return c.announceTo(ctx, b, *announcement)
	case c.recording == recordingReady: // the caller has heard it
		return true, nil
	}
	if err := c.Channel.Set(dialplan.Listening(false)...); err != nil {
		return false, err
	}
	c.listening = true
	if err := c.answer(ctx); err != nil {
		return false, err
	}
	said, err := c.hear(ctx, *announcement, false)
	c.keys = "" // they answer to no prompt
	return said, err
}

// announceTo puts an announcement on the legs of a bridge. What is heard there
// is one file, which the switch must have.
func (c *Call) announceTo(ctx context.Context, b *dialplan.Bridge, announcement routing.Prompt) (bool, error) {
	file, ok, err := c.announcementFile(ctx, announcement)
	if !ok || err != nil {
		return false, err
	}
	for i := range b.Legs {
		b.Legs[i].Announce = file
	}
	return true, nil
}

func (c *Call) announcementFile(ctx context.Context, p routing.Prompt) (dialplan.Prompt, bool, error) {
	if p.File != "" {
		file, err := c.router.Prompts.Folder.Prompt(string(c.Plan.Tenant().ID), p.File)
		if err != nil {
			c.note("announcement %s: %v", p.File, err)
		} else if there, err := c.Channel.HasFile(ctx, file); there || err != nil {
			return file, there, err
		} else {
			c.note("announcement %s is missing on the switch", p.File)
		}
	}
	file, ok := c.rendered(ctx, p)
	if !ok {
		return dialplan.Prompt{}, false, nil
	}
	there, err := c.Channel.HasFile(ctx, file)
	return file, there, err
}

// quietly undoes what menus and announcements set for hearing keys, for what
// comes after them.
func (c *Call) quietly() error {
	if !c.listening {
		return nil
	}
	c.listening = false
	if err := c.Channel.Set(append(dialplan.NotListening(), dialplan.NoPlace())...); err != nil {
		return fmt.Errorf("undo what menus set: %w", err)
	}
	return nil
}
