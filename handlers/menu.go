package handlers

import (
	"context"
	"fmt"

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
