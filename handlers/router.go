package handlers

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/routing"
)

// Router takes calls from the decision to the end.
type Router struct {
	// Directory gives the configuration of the moment; a call keeps the one
	// it was decided by.
	Directory func() *routing.Directory
	Recorder  Recorder
	Now       func() time.Time
	Log       zerolog.Logger

	Phones Phones // nil: nothing is known of phones but this server's own calls
	Tally  Tally  // nil: nothing is counted, ring groups always begin with the first
	// Perm gives the numbers from 0 to n-1 in a random order. Default:
	// math/rand.
	Perm func(n int) []int
	// ConfirmPrompt is what is played to who has to press 1 to accept.
	ConfirmPrompt dialplan.Prompt
	Prompts       Prompts
	Recordings    dialplan.Folder // on the switch; zero: nothing is recorded
	Overrides     Overrides       // nil: phones cannot override schedules

	busy busyLines
}

func (r *Router) tally(tenant routing.TenantID, what TallyKind, key string) uint64 {
	if r.Tally == nil {
		return 0
	}
	return r.Tally.Add(tenant, what, key)
}

func (r *Router) perm(n int) []int {
	if r.Perm != nil {
		return r.Perm(n)
	}
	return rand.Perm(n)
}

// Serve drives one call to its end: decide, refuse or go from destination to
// destination, hang up, collect the last word.
func (r *Router) Serve(ctx context.Context, ch Channel, facts routing.Call) {
	decision := r.Directory().Decide(facts, r.Now(), r.live())
	run := &run{
		Router: r,
		call:   &Call{Channel: ch, Facts: facts, Plan: decision.Plan, Decision: decision, router: r, rang: map[string]bool{}, occupied: map[string]int{}, answered: facts.Answered, set: decision.Set},
		log:    r.Log.With().Str("call", string(facts.ID)).Str("tenant", string(decision.Tenant)).Logger(),
	}
	run.call.Connected = run.connected
	r.Recorder.Started(Started{Call: facts, Decision: decision, At: r.Now()})
	defer run.leaveOnPanic()
	defer run.call.releaseAll()
	if decision.Block != nil {
		r.tally(decision.Tenant, TallyBlocked, decision.Block.ID)
	}
	if own := run.call.callingExtension(); own != "" && decision.Plan != nil {
		run.call.take(own) // its phone is on this call
	}

	status, cause, last := run.toTheEnd(ctx)
	switch last.Outcome {
	case routing.LeftSession:
		run.leave(ctx, last)
	default:
		run.hangUp(ctx, status, cause, last)
	}
}

// run is Serve's state for one call.
type run struct {
	*Router
	call     *Call
	log      zerolog.Logger
	steps    []Step
	answered bool
}

func (r *run) toTheEnd(ctx context.Context) (Status, dialplan.HangupCause, Result) {
	resumed := r.call.Facts.Resumed
	if resumed.Before && resumed.Bridged && !resumed.Transferred {
		// An earlier session connected this call and is gone; the
		// conversation is over and the dialplan came back to us.
		return StatusCompleted, dialplan.NormalClearing, Result{Outcome: routing.Answered}
	}
	if r.call.Decision.Verdict != routing.Routed {
		status, cause := refusal(&r.call.Decision)
		return status, cause, Result{Outcome: routing.Ended, Cause: cause}
	}
	if err := r.call.Channel.Set(r.variables()...); err != nil {
		return StatusFailed, dialplan.TemporaryFailure, ended(err)
	}
	at, last := r.begin(), Result{}
	for range routing.MaxSteps {
		last = r.step(ctx, at)
		next, more := r.next(at, last)
		if !more {
			status, cause := farewell(last)
			return status, cause, last
		}
		at = next
	}
	return StatusFailed, dialplan.ExchangeRouting, last
}

// begin gives the first stop: where the decision says, or the menu an earlier
// session had the caller in.
func (r *run) begin() routing.Stop {
	first := routing.Stop{Destination: r.call.Decision.Destination, Open: r.call.Decision.Open}
	resumed := r.call.Facts.Resumed
	if !resumed.Before || resumed.Transferred || len(resumed.Menus) == 0 {
		return first
	}
	for _, name := range resumed.Menus {
		if m, known := r.call.Plan.Menu(name); !known || m.Name != name {
			return first
		}
	}
	last := len(resumed.Menus) - 1
	return routing.Stop{Destination: routing.Destination{Route: routing.RouteIVR, Target: resumed.Menus[last]}, Menus: resumed.Menus[:last]}
}

// next gives where the call goes on.
func (r *run) next(at routing.Stop, last Result) (routing.Stop, bool) {
	if r.dialledOut(at) {
		return routing.Stop{}, false
	}
	if last.redirect != nil {
		return *last.redirect, true
	}
	return r.call.Plan.Next(at, last.Outcome)
}

// dialledOut tells that a phone's own outside call has ended: the phone hears
// how. The tenant's default destination is for callers, not for it.
func (r *run) dialledOut(at routing.Stop) bool {
	return r.call.Decision.Direction == routing.Outbound && r.call.Decision.Rule == "" && at.Destination == r.call.Decision.Destination
}

// variables are on the channel for the whole call: the mark that we had it,
// that a failed bridge must neither end it nor choose its SIP answer, that the
// caller's headers reach nobody, and what the matching rules set.
func (r *run) variables() []dialplan.Variable {
	vs := []dialplan.Variable{dialplan.Seen(), dialplan.ContinueOnFail(true), dialplan.OwnAnswer(), dialplan.NoForeignHeaders()}
	if language, err := dialplan.ParseVoice(r.call.set.Language); err == nil {
		vs = append(vs, dialplan.SpeakLanguage(language))
	}
	if r.call.set.CallerIDPrefix != "" || r.call.Facts.Anonymous {
		vs = append(vs, r.call.callerName(""))
	}
	if account, err := dialplan.ParseAccountCode(r.call.set.AccountCode); err == nil {
		vs = append(vs, dialplan.Account(account))
	}
	return vs
}
