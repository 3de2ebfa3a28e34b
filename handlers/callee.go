package handlers

import (
	"context"
	"errors"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// callee is somebody a call rings: the phones of an extension, or an outside
// number over one line.
type callee struct {
	attempt   Attempt
	leg       dialplan.Leg
	extension string                // "" for an outside number
	phones    []dialplan.DialString // of an extension, where they can be dialled one by one
}

// candidate is whom a destination would like to ring.
type candidate struct {
	routing.Member
	forExtension string // whose follow-me or forward it is, "" if nobody's
	skipOnCall   bool
	ownForwards  bool // its own forwards count
	round        int
	why          dialplan.DiversionReason // of an outside number
}

// invite makes somebody to ring of a candidate, or says why not, in the
// Eligibility and in the attempt; every strategy and destination goes through
// it. An extension it gives is occupied until release.
func (c *Call) invite(ctx context.Context, m candidate) (callee, routing.Eligibility) {
	if m.To.Route == routing.RouteForward {
		return c.inviteOutside(m)
	}
	return c.invitePhones(ctx, m)
}

func (c *Call) inviteOutside(m candidate) (callee, routing.Eligibility) {
	who := callee{attempt: Attempt{Member: m.To.Target, For: m.forExtension, Round: m.round}}
	out, err := c.Plan.Outside(m.To.Target)
	if err == nil {
		who.attempt.Member, who.attempt.Trunk = out.Number.E164(), out.Lines[0].Trunk
		who.leg, err = c.outsideLeg(out.Number, out.Lines[0], m.forExtension, m.why)
	}
	if err != nil {
		return who.notRung(routing.SkipDenied, err)
	}
	who.leg.Delay, who.leg.Ring, who.leg.Confirm = seconds(m.DelaySeconds), seconds(m.RingSeconds), c.confirm(m.Confirm)
	return who, routing.Eligibility{}
}

// notRung is somebody who cannot be rung, with the reason in the attempt.
func (who callee) notRung(reason routing.SkipReason, err error) (callee, routing.Eligibility) {
	who.attempt.Skipped, who.attempt.Note = reason, err.Error()
	return who, routing.Eligibility{Reason: reason, Outcome: routing.Failed}
}

func (c *Call) invitePhones(ctx context.Context, m candidate) (callee, routing.Eligibility) {
	extension := m.To.Target
	who := callee{extension: extension, attempt: Attempt{Member: extension, For: m.forExtension, Round: m.round}}
	phone := c.occupy(extension)
	el := c.Plan.Eligible(extension, routing.Ask{
		Caller: c.callingExtension(), SkipOnCall: m.skipOnCall, IgnoreForwards: !m.ownForwards, Phone: phone,
	})
	if phone.Stale {
		who.attempt.AsOf = phone.AsOf
	}
	if el.Reason != "" {
		c.release(extension)
		who.attempt.Skipped = el.Reason
		return who, el
	}
	if err := who.dialPhones(ctx, c); err != nil {
		c.release(extension)
		reason := routing.SkipUnknown
		if errors.Is(err, dialplan.ErrUnsafeContact) {
			reason = routing.SkipUnsafe
		}
		c.router.Log.Warn().Err(err).Str("call", string(c.Facts.ID)).Str("tenant", string(c.Decision.Tenant)).Str("extension", extension).
			Msg("an extension is not rung")
		return who.notRung(reason, err)
	}
	who.leg.Delay, who.leg.Ring, who.leg.Confirm = seconds(m.DelaySeconds), seconds(m.RingSeconds), c.confirm(m.Confirm)
	return who, routing.Eligibility{}
}

// occupy takes an extension and gives what is known of its phones without this
// call. Of an extension this call has just rung the switches may not have told
// yet that it rings no more, so only our own count is believed.
func (c *Call) occupy(extension string) routing.PhoneState {
	own := c.take(extension)
	var phone routing.PhoneState
	if c.router.Phones != nil {
		phone = c.router.Phones.Phone(c.Plan.Domain(), extension)
	}
	if phone.Known && c.rang[extension] {
		phone.Calls = own
		return phone
	}
	return withOwn(phone, own)
}

// take occupies an extension once more and gives how often it was occupied
// before, by any call of this server.
func (c *Call) take(extension string) (before int) {
	c.occupied[extension]++
	return c.router.busy.take(c.lineOf(extension))
}

func (c *Call) release(extension string) {
	c.occupied[extension]--
	c.router.busy.free(c.lineOf(extension))
}

// releaseAll frees what the call still occupies: the line of its own phone, and
// after a mistake of a handler those of whom it rang.
func (c *Call) releaseAll() {
	for extension, times := range c.occupied {
		for range times {
			c.release(extension)
		}
	}
}

func (c *Call) lineOf(extension string) line {
	return line{c.Plan.Tenant().ID, routing.Destination{Route: routing.RouteExtension, Target: extension}}
}

// callingExtension is the extension whose phone calls, "" for a call from outside.
func (c *Call) callingExtension() string {
	if c.Decision.Direction == routing.Inbound {
		return ""
	}
	return c.Facts.AuthUser
}

// dialPhones makes the leg that rings an extension's phones. What they have
// registered is looked at first, each time: whoever has the password of a phone
// chooses it.
func (who *callee) dialPhones(ctx context.Context, c *Call) error {
	user, err := dialplan.ParseUser(who.extension)
	if err != nil {
		return err
	}
	domain, err := dialplan.ParseDomain(c.Plan.Domain())
	if err != nil {
		return err
	}
	name, err := dialplan.ParseOutsideNumber(who.extension)
	if err != nil {
		return err
	}
	// Any other error is the end of the session, which whoever rings finds.
	if who.phones, err = c.Channel.Contacts(ctx, user, domain); errors.Is(err, dialplan.ErrUnsafeContact) {
		return err
	}
	who.leg = dialplan.Leg{To: dialplan.DialUser(user, domain), Callee: name, Anonymous: c.Facts.Anonymous}
	return nil
}

// legsOf are the legs of one of several that ring together. FreeSWITCH rings all
// phones of a user only if nobody else is called with them (measured), so each
// gets a leg of its own.
func legsOf(who callee) []dialplan.Leg {
	if len(who.phones) < 2 {
		return []dialplan.Leg{who.leg}
	}
	legs := make([]dialplan.Leg, 0, len(who.phones))
	for _, to := range who.phones {
		leg := who.leg
		leg.To = to
		legs = append(legs, leg)
	}
	return legs
}

// confirm gives the prompt that asks to accept, if it is to be asked.
func (c *Call) confirm(ask bool) dialplan.Prompt {
	if !ask {
		return dialplan.Prompt{}
	}
	return c.router.ConfirmPrompt
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
