package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/config"
	"switchyard/internal/speech"
	"switchyard/routing"
)

// speechSettings are how texts are spoken: by the command, and where there is
// none or it fails, by the engine.
type speechSettings struct {
	Engine string `yaml:"engine"` // of the switch, such as flite
	Voice  string `yaml:"voice"`  // of texts that name none, such as kal
	// Command makes a file of a text: a program and its words, run without a
	// shell, with the text on its standard input.
	Command      []string `yaml:"command"`
	Folder       string   `yaml:"folder"`       // where this server keeps the files; default DataDir/speech
	SwitchFolder string   `yaml:"switchFolder"` // the same folder as the switch sees it
}

// prompts gives where the switch has prompts, and what speaks there.
func (s settings) prompts() (handlers.Prompts, error) {
	var p handlers.Prompts
	var err error
	if p.Folder, err = dialplan.ParseFolder(s.Prompts.Folder); err != nil {
		return p, usage{fmt.Errorf("prompts.folder: %w", err)}
	}
	if s.Speech.Engine != "" {
		if p.Engine, err = dialplan.ParseVoice(s.Speech.Engine); err != nil {
			return p, usage{fmt.Errorf("speech.engine: %w", err)}
		}
		if s.Speech.Voice == "" {
			return p, usage{fmt.Errorf("speech.voice: engine %s needs a voice (flite has kal, slt, rms, awb)", s.Speech.Engine)}
		}
	}
	if s.Speech.Voice != "" {
		if p.Voice, err = dialplan.ParseVoice(s.Speech.Voice); err != nil {
			return p, usage{fmt.Errorf("speech.voice: %w", err)}
		}
	}
	return p, nil
}

// recordingsFolder gives where the switch puts recordings.
func (s settings) recordingsFolder() (dialplan.Folder, error) {
	folder, err := dialplan.ParseFolder(s.Recordings.Folder)
	if err != nil {
		return folder, usage{fmt.Errorf("recordings.folder: %w", err)}
	}
	return folder, nil
}

// speech gives how texts are made files; without a Command: they are not.
func (s settings) speech() (speech.Options, error) {
	c := s.Speech
	switch {
	case len(c.Command) == 0 && (c.Folder != "" || c.SwitchFolder != ""):
		return speech.Options{}, usage{errors.New("speech.folder: there is no speech.command to write there")}
	case len(c.Command) == 0:
		return speech.Options{}, nil
	case c.Command[0] == "" || strings.Contains(c.Command[0], "{"):
		return speech.Options{}, usage{fmt.Errorf("speech.command: %q is no program", c.Command[0])}
	case !mentions(c.Command, "{file}"):
		return speech.Options{}, usage{errors.New("speech.command: no word has {file}, so nobody knows where the sound goes: [espeak-ng, --stdin, -w, \"{file}\", -v, \"{language}\"]")}
	case mentions(c.Command, "{voice}") && c.Voice == "":
		return speech.Options{}, usage{errors.New("speech.voice: speech.command has {voice}, and not every prompt names one")}
	}
	folder, err := filepath.Abs(cmp.Or(c.Folder, filepath.Join(s.DataDir, "speech")))
	if err != nil {
		return speech.Options{}, usage{fmt.Errorf("speech.folder: %w", err)}
	}
	onSwitch, err := dialplan.ParseFolder(cmp.Or(c.SwitchFolder, folder))
	if err != nil {
		return speech.Options{}, usage{fmt.Errorf("speech.switchFolder (if it is not set, where speech.folder is): %w", err)}
	}
	return speech.Options{Command: c.Command, Folder: folder, SwitchFolder: onSwitch.String(), Voice: c.Voice}, nil
}

func mentions(words []string, what string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(word, what) })
}

// openSpeech makes ready what makes files of texts; srv.speech stays nil without.
func (srv *server) openSpeech(context.Context) error {
	o, err := srv.settings.speech()
	if err != nil || len(o.Command) == 0 {
		return err
	}
	o.Log, o.Observe = srv.log, srv.metrics.rendered
	srv.speech, err = speech.Open(o)
	return err
}

// warmSpeech renders what callers of published tenants may hear, now and after
// each change, until the context ends.
func (srv *server) warmSpeech(ctx context.Context) error {
	was := routing.NewDirectory(nil)
	for {
		directory, replaced := srv.holder.Watch()
		srv.speech.Warm(ctx, spokenSince(was, directory))
		was = directory
		select {
		case <-ctx.Done():
			return nil
		case <-replaced:
		}
	}
}

// spokenTexts gives all texts of prompts.
func spokenTexts(d *routing.Directory) iter.Seq[speech.Text] {
	return spokenSince(routing.NewDirectory(nil), d)
}

// spokenSince gives the texts of prompts of the tenants that changed: the plans
// of others are not needed for it.
func spokenSince(was, d *routing.Directory) iter.Seq[speech.Text] {
	return func(yield func(speech.Text) bool) {
		for _, grant := range d.Tenants() {
			if d.SameTenant(was, grant.ID) {
				continue
			}
			plan, ok := d.Plan(string(grant.ID))
			if !ok {
				continue
			}
			for _, p := range plan.Prompts() {
				if p.Text != "" && !yield(speech.Text{Tenant: string(grant.ID), Text: p.Text, Language: p.Language, Voice: p.Voice}) {
					return
				}
			}
		}
	}
}

// overrides keeps what phones set on schedules.
type overrides struct{ holder *config.Holder }

// Override implements handlers.Overrides.
func (o overrides) Override(ctx context.Context, tenant routing.TenantID, by string, override routing.Override) error {
	override.By = by
	_, err := o.holder.Override(ctx, string(tenant), by, override)
	return err
}

// ClearOverride implements handlers.Overrides.
func (o overrides) ClearOverride(ctx context.Context, tenant routing.TenantID, by, schedule string) error {
	_, err := o.holder.ClearOverride(ctx, string(tenant), by, schedule)
	return err
}
