package handlers

import (
	"context"
	"fmt"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// mostMenus is how many menus one call may go through: keys can lead round in
// circles for ever.
const mostMenus = 20

// wrongTone is heard after a wrong entry in a menu without a prompt for it.
const wrongTone = "%(250,150,330);loops=2"

// menu lets the caller choose with the keys of the phone.
type menu struct{}

// Run implements Handler; the target is a menu's name.
func (menu) Run(ctx context.Context, c *Call, at routing.Stop) Result {
	m, ok := c.Plan.Menu(at.Target)
	if !ok {
		return failed(fmt.Errorf("no IVR menu %q", at.Target))
	}
	if c.menus++; c.menus > mostMenus {
		c.note("more than %d menus in one call", mostMenus)
		return Result{Outcome: routing.TooManyTries}
	}
	if err := c.enter(ctx, &m, at); err != nil {
		return ended(err)
	}
	v := &visit{Call: c, menu: &m, at: at, cut: m.BargeIn == nil || *m.BargeIn}
	result, err := v.ask(ctx)
	if err != nil {
		result = ended(err)
	}
	if !m.Sensitive {
		result.Digits = v.entries
	}
	return result
}

// enter makes the call ready for a menu's prompts, and keeps what the menu sets.
func (c *Call) enter(ctx context.Context, m *routing.Menu, at routing.Stop) error {
	if c.deaf { // what was pressed while others rang comes only now, and is no choice
		c.deaf = false
		if _, err := c.Channel.Execute(ctx, nil, dialplan.ForgetKeys{}); err != nil {
			return err
		}
	}
	vs := dialplan.Listening(m.BargeIn == nil || *m.BargeIn)
	if place, ok := dialplan.Place(append(at.Menus[:len(at.Menus):len(at.Menus)], m.Name)); ok {
		vs = append(vs, place)
	}
	c.listening = true
	if err := c.Channel.Set(append(vs, c.adopt(m)...)...); err != nil {
		return err
	}
	switch {
	case c.answered:
		return nil
	case m.EarlyMedia:
		c.early = true
		return c.listen(ctx, dialplan.PreAnswer{})
	default:
		return c.answer(ctx)
	}
}

// adopt takes over what a menu sets on its calls, for the rest of them.
func (c *Call) adopt(m *routing.Menu) (vs []dialplan.Variable) {
	if m.Language != "" {
		c.set.Language = m.Language
	}
	if language, err := dialplan.ParseVoice(c.set.Language); err == nil {
		vs = append(vs, dialplan.SpeakLanguage(language))
	}
	if m.Set.CallerIDPrefix != "" && m.Set.CallerIDPrefix != c.set.CallerIDPrefix {
		c.set.CallerIDPrefix = m.Set.CallerIDPrefix
		vs = append(vs, c.callerName(""))
	}
	if m.Set.Priority != 0 {
		c.set.Priority = m.Set.Priority
	}
	if account, err := dialplan.ParseAccountCode(m.Set.AccountCode); err == nil && m.Set.AccountCode != c.set.AccountCode {
		c.set.AccountCode = m.Set.AccountCode
		vs = append(vs, dialplan.Account(account))
	}
	if !m.Set.IsZero() {
		c.router.Recorder.Adopted(c.Facts.ID, m.Set)
	}
	return vs
}

// answer answers the call unless that was done before. Keys count from now on.
func (c *Call) answer(ctx context.Context) error {
	if c.answered {
		return nil
	}
	if err := c.listen(ctx, dialplan.Answer{}); err != nil {
		return err
	}
	c.answered = true
	return nil
}

func (c *Call) listen(ctx context.Context, actions ...dialplan.Action) error {
	keys, _, err := c.Channel.Listen(ctx, false, actions...)
	c.keys += keys
	return err
}

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
