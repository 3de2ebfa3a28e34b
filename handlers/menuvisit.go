package handlers

import (
	"context"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// visit is one caller in one menu.
type visit struct {
	*Call
	menu    *routing.Menu
	at      routing.Stop
	cut     bool
	entries []string // for the record

	silences, wrong int
}

// ask prompts until the caller has chosen or has had tries enough.
func (v *visit) ask(ctx context.Context) (Result, error) {
	for first := true; ; first = false {
		greeting := v.menu.Greeting
		if !first && v.menu.RepeatGreeting != nil {
			greeting = *v.menu.RepeatGreeting
		}
		if v.keys == "" {
			if _, err := v.hear(ctx, greeting, v.cut); err != nil {
				return Result{}, err
			}
		}
		entered, entry, err := v.collect(ctx)
		switch {
		case err != nil:
			return Result{}, err
		case entry.State == routing.EntryChosen:
			v.entries = append(v.entries, entered)
			next := v.Plan.Choose(v.at, entry.To)
			return Result{Outcome: routing.Chosen, redirect: &next}, nil
		case entered == "":
			v.silences++
		default:
			v.entries = append(v.entries, entered)
			v.wrong++
		}
		if out, over := v.givesUp(); over {
			return Result{Outcome: out}, nil
		}
		if entered != "" {
			if err := v.reproach(ctx); err != nil {
				return Result{}, err
			}
		}
	}
}

// givesUp tells when a caller has had tries enough, and why.
func (v *visit) givesUp() (routing.Outcome, bool) {
	switch {
	case v.silences >= v.menu.MaxTimeouts:
		return routing.NoInput, true
	case v.wrong >= v.menu.MaxFailures:
		return routing.Invalid, true
	case v.silences+v.wrong >= v.menu.MaxTries:
		return routing.TooManyTries, true
	default:
		return "", false
	}
}

// collect waits for an entry: nothing, one that leads somewhere, or a wrong one.
func (v *visit) collect(ctx context.Context) (entered string, entry routing.Entry, err error) {
	wait := seconds(v.menu.FirstDigitSeconds)
	for {
		if v.keys == "" {
			if err := v.wait(ctx, wait); err != nil {
				return entered, entry, err
			}
		}
		if v.keys == "" { // the caller presses nothing more
			entry = v.Plan.Enter(v.menu.Name, entered, true)
			return entered, entry, nil
		}
		entered, v.keys = entered+v.keys[:1], v.keys[1:]
		entry = v.Plan.Enter(v.menu.Name, entered, false)
		switch entry.State {
		case routing.EntryChosen:
			return entered, entry, nil
		case routing.EntryWrong:
			return entered, entry, v.letFinish(ctx)
		case routing.EntryPart, routing.EntryMaybe:
		}
		wait = seconds(v.menu.InterDigitSeconds)
	}
}

// longestEntry is how many keys a wrong entry may go on with. Whoever presses
// more, one every other second, does not keep the channel for ever.
const longestEntry = 20

// letFinish waits until a caller in the midst of a long wrong entry is done
// with it: its other keys are no entry of their own.
func (v *visit) letFinish(ctx context.Context) error {
	pressed := 0
	for more := v.menu.MaxDigits > 1; more; more = v.keys != "" && pressed < longestEntry {
		pressed += len(v.keys)
		v.keys = ""
		if err := v.wait(ctx, seconds(v.menu.InterDigitSeconds)); err != nil {
			return err
		}
	}
	if pressed >= longestEntry {
		v.keys = ""
	}
	return nil
}

// wait plays silence until a key comes or the time is up.
func (v *visit) wait(ctx context.Context, d time.Duration) error {
	for ; d > 0 && v.keys == ""; d -= dialplan.PieceLength {
		keys, _, err := v.Channel.Listen(ctx, true, dialplan.Play{Of: dialplan.SilenceSound(min(d, dialplan.PieceLength))})
		if err != nil {
			return err
		}
		v.keys += keys
	}
	return nil
}

// reproach says that an entry was wrong.
func (v *visit) reproach(ctx context.Context) error {
	prompt := routing.Prompt{Tone: wrongTone}
	if v.menu.InvalidPrompt != nil {
		prompt = *v.menu.InvalidPrompt
	}
	_, err := v.hear(ctx, prompt, v.cut)
	return err
}
