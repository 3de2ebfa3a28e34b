package handlers

import (
	"context"
	"fmt"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// Prompts is where what callers hear comes from.
type Prompts struct {
	// Folder is on the switch; each tenant has a folder named by its id below it.
	// Zero: tenants have no files.
	Folder dialplan.Folder
	// Engine of the switch that speaks texts, with Voice; zero: none.
	Engine, Voice dialplan.Voice
	Speech        Speech // nil: texts are only spoken by Engine
}

// Speech makes files of texts. Safe for concurrent use.
type Speech interface {
	// Render gives the file, as the switch names it, in which a text is spoken. It
	// may take as long as the context allows. language and voice may be empty.
	Render(ctx context.Context, text, language, voice string) (file string, err error)
}

// renderFor is how long a caller may wait for a text to be made a file; those
// of published menus are made before.
const renderFor = 3 * time.Second

// fallbackTone is heard in the place of a prompt that is not there: three notes
// upwards, which no telephone network uses.
var fallbackTone = toneOf("%(150,50,523)%(150,50,659)%(300,200,784)")

// toneOf makes a tone of this package's own spelling.
func toneOf(text string) dialplan.Sound {
	tone, err := dialplan.ParseTone(text)
	if err != nil {
		panic(err)
	}
	return dialplan.ToneSound(tone)
}

// hear plays a prompt. What is missing is noted, and the next best is played: a
// file's text, a tone in the end; said is false then. cut: a key ends it. The
// keys that were pressed are added to the call's.
func (c *Call) hear(ctx context.Context, p routing.Prompt, cut bool) (said bool, err error) {
	if p.File != "" {
		if said, err = c.hearFile(ctx, p.File, cut); said || err != nil {
			return said, err
		}
	}
	if p.Tone != "" {
		tone, err := dialplan.ParseTone(p.Tone)
		if err == nil {
			return c.play(ctx, dialplan.ToneSound(tone), cut)
		}
		c.note("tone %q cannot be played: %v", p.Tone, err)
	}
	if p.Text != "" {
		if said, err = c.hearText(ctx, p, cut); said || err != nil {
			return said, err
		}
	}
	c.note("a tone was played instead")
	_, err = c.play(ctx, fallbackTone, cut)
	return false, err
}

func (c *Call) hearFile(ctx context.Context, file string, cut bool) (said bool, err error) {
	prompt, err := c.router.Prompts.Folder.Prompt(string(c.Plan.Tenant().ID), file)
	if err != nil {
		c.note("prompt %s: %v", file, err)
		return false, nil
	}
	if said, err = c.play(ctx, dialplan.FileSound(prompt), cut); !said && err == nil {
		c.note("prompt %s is missing on the switch", file)
	}
	return said, err
}

// hearText speaks: from a file made before, else by an engine of the switch.
func (c *Call) hearText(ctx context.Context, p routing.Prompt, cut bool) (said bool, err error) {
	if file, ok := c.rendered(ctx, p); ok {
		if said, err = c.play(ctx, dialplan.FileSound(file), cut); said || err != nil {
			return said, err
		}
		c.note("the switch does not have the file of the text")
	}
	voice, err := c.voice(p)
	if err != nil {
		c.note("the text was not spoken: %v", err)
		return false, nil
	}
	if err := c.Channel.Set(dialplan.Speaking(c.router.Prompts.Engine, voice)...); err != nil {
		return false, err
	}
	for _, piece := range dialplan.SplitSpoken(p.Text) {
		if said, err = c.play(ctx, dialplan.SpokenSound(piece), cut); err != nil {
			return said, err
		} else if !said {
			c.note("the switch's speech engine does not speak")
			return false, nil
		}
	}
	return said, nil
}

func (c *Call) voice(p routing.Prompt) (dialplan.Voice, error) {
	if c.router.Prompts.Engine == (dialplan.Voice{}) {
		return dialplan.Voice{}, fmt.Errorf("no speech engine is set up")
	}
	if p.Voice == "" {
		return c.router.Prompts.Voice, nil
	}
	return dialplan.ParseVoice(p.Voice)
}

// rendered gives the file of a prompt's text.
func (c *Call) rendered(ctx context.Context, p routing.Prompt) (dialplan.Prompt, bool) {
	if c.router.Prompts.Speech == nil || p.Text == "" {
		return dialplan.Prompt{}, false
	}
	language := p.Language
	if language == "" {
		language = c.set.Language
	}
	ctx, cancel := context.WithTimeout(ctx, renderFor)
	defer cancel()
	file, err := c.router.Prompts.Speech.Render(ctx, p.Text, language, p.Voice)
	if err != nil {
		c.note("the text could not be made a file: %v", err)
		return dialplan.Prompt{}, false
	}
	prompt, err := dialplan.ParsePrompt(file)
	if err != nil {
		c.note("the text's file: %v", err)
		return dialplan.Prompt{}, false
	}
	return prompt, true
}

// play plays a sound to its end, a long file piece by piece. said is false when
// the switch cannot play it. Keys that are waiting end it before it begins.
func (c *Call) play(ctx context.Context, sound dialplan.Sound, cut bool) (said bool, err error) {
	for next := (dialplan.Play{Of: sound}); ; {
		if cut && c.keys != "" {
			return true, nil
		}
		keys, v, err := c.Channel.Listen(ctx, cut, next)
		if err != nil {
			return false, err
		}
		c.keys += keys
		if v == nil {
			return true, nil
		}
		r := dialplan.ReadPlay(next, v)
		switch r.End {
		case dialplan.PlayDone:
			return true, nil
		case dialplan.PlayMissing:
			return next.From > 0, nil
		case dialplan.PlayPiece:
			next.From = r.Next
		}
	}
}

// note adds to what the present step says for people; each text once.
func (c *Call) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, n := range c.notes {
		if n == text {
			return
		}
	}
	if len(c.notes) < maxNotes {
		c.notes = append(c.notes, text)
	}
}

const maxNotes = 8
