package handlers

import (
	"context"
	"errors"
	"slices"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// ring calls some together and reports how it went, with what became of each.
// A caller who hangs up after being connected has had an answer; before that,
// the caller is gone. The extensions among them are free again when it returns,
// those that did not win already when somebody has answered.
func (c *Call) ring(ctx context.Context, b dialplan.Bridge, callees []callee) Result {
	if id, err := dialplan.ParseChannelID(string(c.Facts.ID)); err == nil {
		b.Call = id // without it the call goes on, only its legs' own records stay apart
	}
	if account, err := dialplan.ParseAccountCode(c.set.AccountCode); err == nil {
		b.Account = account
	}
	if len(callees) == 1 {
		b.Legs = []dialplan.Leg{callees[0].leg}
		b.Legs[0].Callee = dialplan.OutsideNumber{} // there is nobody to tell it from
	} else {
		for _, who := range callees {
			b.Legs = append(b.Legs, legsOf(who)...)
		}
	}
	for _, who := range callees {
		if who.extension != "" {
			c.rang[who.extension] = true
		}
	}
	r := &ringing{call: c, callees: callees, winner: -1}
	defer r.releaseAll()
	if c.bridged {
		if err := c.Channel.Set(dialplan.ForgetFarAnswer()); err != nil {
			return r.result(nil, err)
		}
	}
	c.bridged, c.deaf = true, true
	before, err := c.record(ctx, &b)
	if err != nil {
		return r.result(nil, err)
	}
	if err := c.quietly(); err != nil {
		return r.result(nil, err)
	}
	if (c.answered || c.early) && !c.hears { // no phone's 180 reaches a caller who has audio
		if err := c.ringback(dialplan.Ringback{}); err != nil {
			return r.result(nil, err)
		}
	}
	v, err := c.Channel.Execute(ctx, r.joined, append(before, b)...)
	return r.result(v, err)
}

// ringback lets the caller hear something while others are rung at this stop.
func (c *Call) ringback(what dialplan.Ringback) error {
	c.hears = true
	return c.Channel.Set(dialplan.RingbackOf(what)...)
}

// ringing is one bridge while it runs.
type ringing struct {
	call    *Call
	callees []callee
	winner  int // in callees; -1: nobody has answered, or nobody knows who
	by      string
	talks   bool
}

func (r *ringing) joined(j dialplan.Joined) {
	r.talks = true
	for i := range r.callees {
		if len(r.callees) == 1 || r.callees[i].attempt.Member == j.Callee {
			r.winner, r.by = i, r.callees[i].attempt.Member
			break
		}
	}
	for i := range r.callees {
		if i != r.winner {
			r.release(i)
		}
	}
	r.call.Connected(j, r.by)
}

func (r *ringing) release(i int) {
	if who := &r.callees[i]; who.extension != "" {
		r.call.release(who.extension)
		who.extension = ""
	}
}

func (r *ringing) releaseAll() {
	for i := range r.callees {
		r.release(i)
	}
}

func (r *ringing) result(v dialplan.Variables, err error) Result {
	switch {
	case errors.Is(err, dialplan.ErrHungUp) && r.talks:
		return Result{Outcome: routing.Answered, AnsweredBy: r.by, Attempts: r.attempts()}
	case err != nil:
		result := ended(err)
		result.AnsweredBy, result.Attempts = r.by, r.attempts()
		if result.Outcome == routing.CallerGone {
			callerGone(result.Attempts)
		}
		return result
	}
	bridge := dialplan.ReadBridge(v, r.call.legs...)
	r.call.legs = append(r.call.legs, bridge.Legs...)
	result := Result{Outcome: bridge.Outcome, Cause: bridge.Cause, AnsweredBy: r.by, Attempts: r.attemptsIn(bridge), redirected: bridge.Redirected}
	if bridge.KeyPressed {
		result.Outcome = routing.ExitKey
		keyPressed(result.Attempts)
	} else if len(r.callees) > 1 {
		result.Outcome = together(result)
	}
	return result
}

// together is the outcome of ringing several: FreeSWITCH tells that of the leg
// that ended last. One that rang until the end counts before one that was busy,
// and that before one that was not there.
func together(result Result) routing.Outcome {
	switch result.Outcome {
	case routing.NoAnswer, routing.Busy, routing.Unregistered, routing.Failed:
	default:
		return result.Outcome
	}
	for _, out := range []routing.Outcome{routing.NoAnswer, routing.Busy, routing.Unregistered} {
		for _, a := range result.Attempts {
			if a.Outcome == out {
				return out
			}
		}
	}
	return result.Outcome
}

// callerGone says of those that did not win why they rang no longer, as far as
// is known.
func callerGone(attempts []Attempt) {
	for i := range attempts {
		if a := &attempts[i]; a.Outcome == "" {
			a.Outcome = routing.CallerGone
		}
	}
}

// keyPressed says of those that rang until the caller pressed the exit key that
// this ended it: FreeSWITCH ends several as if another one had answered.
func keyPressed(attempts []Attempt) {
	for i := range attempts {
		if a := &attempts[i]; len(attempts) == 1 || a.Cause == string(dialplan.LoseRace) {
			a.Outcome = routing.ExitKey
		}
	}
}

// attempts gives those that were rung, when nothing is known of them but who won.
func (r *ringing) attempts() []Attempt {
	attempts := make([]Attempt, len(r.callees))
	for i, who := range r.callees {
		attempts[i] = who.attempt
		if i == r.winner {
			attempts[i].Outcome = routing.Answered
		}
	}
	return attempts
}

// attemptsIn gives what became of each that was rung.
func (r *ringing) attemptsIn(bridge dialplan.BridgeResult) []Attempt {
	attempts := r.attempts()
	for i := range attempts {
		a := &attempts[i]
		switch {
		case i == r.winner:
		case len(attempts) == 1:
			a.Outcome, a.Cause = bridge.Outcome, string(bridge.Cause)
		default:
			a.Outcome, a.Cause = endOf(*a, bridge.Legs)
		}
	}
	return attempts
}

// endOf gives how one of several that were rung ended. Who has no leg was not
// there: no phone of it is registered, or its gateway is down.
func endOf(a Attempt, legs []dialplan.LegEnd) (routing.Outcome, string) {
	out, cause := routing.Unregistered, ""
	if a.Trunk != "" {
		out = routing.Failed
	}
	for _, leg := range legs {
		if leg.Callee == a.Member && (cause == "" || weight(leg.Outcome) > weight(out)) {
			out, cause = leg.Outcome, string(leg.Cause)
		}
	}
	return out, cause
}

// weight orders what the phones of one extension said: one that answered or was
// busy speaks for the others.
func weight(out routing.Outcome) int {
	return slices.Index([]routing.Outcome{routing.Unregistered, routing.Failed, routing.NoAnswer, routing.Busy, routing.Answered}, out)
}

// atMost gives a ring time within what is left of a longer one.
func atMost(d, left time.Duration) time.Duration {
	if d <= 0 || d > left {
		return left
	}
	return d
}
