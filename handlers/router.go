package handlers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
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

func (r *run) step(ctx context.Context, at routing.Stop) (result Result) {
	r.call.forwardType, r.call.notes = r.forwardType(at), nil
	r.call.hears = false
	step := Step{N: len(r.steps) + 1, Destination: at.Destination, From: r.Now()}
	if r.call.forwardType != "" || at.Route == routing.RouteForward {
		step.ForwardType, step.Called = toldAs(r.call.forwardType), r.called(at)
	}
	if at.Forward != nil {
		step.ForwardedBy = at.Forward.By()
	}
	r.steps = append(r.steps, step)
	r.Recorder.Stepped(r.call.Facts.ID, step)

	result = r.runHandler(ctx, at)

	step.Outcome, step.Cause, step.To = result.Outcome, string(result.Cause), r.Now()
	step.AnsweredBy, step.Attempts = result.AnsweredBy, worthKeeping(at.Route, result.Attempts)
	step.Digits, step.Note = result.Digits, strings.Join(r.call.notes, "; ")
	r.steps[len(r.steps)-1] = step
	r.Recorder.Stepped(r.call.Facts.ID, step)
	if result.Outcome == routing.Failed && result.Err != nil {
		r.log.Warn().Err(result.Err).Stringer("destination", at).Msg("destination failed")
	}
	return result
}

// worthKeeping leaves out what the step itself says: the only one that it rang,
// unless that is a member of a group.
func worthKeeping(route routing.Route, attempts []Attempt) []Attempt {
	if len(attempts) != 1 || route == routing.RouteRingGroup {
		return attempts
	}
	if a := &attempts[0]; a.Skipped == "" && a.For == "" && a.Note == "" && a.AsOf.IsZero() {
		return nil
	}
	return attempts
}

// called is whom a stop calls outside, or forwards to inside.
func (r *run) called(at routing.Stop) string {
	if at.Route != routing.RouteForward {
		return at.Target
	}
	out, err := r.call.Plan.Outside(at.Target)
	if err != nil {
		return "" // the handler says so
	}
	return out.Number.E164()
}

// runHandler keeps a mistake in one handler from ending every other call: the
// destination has failed and its exit is taken.
func (r *run) runHandler(ctx context.Context, at routing.Stop) (result Result) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Stringer("destination", at).Msg("handler panicked")
			result = Result{Outcome: routing.Failed}
		}
	}()
	switch at.Route {
	case routing.RouteIVR, routing.RouteSchedule:
	default: // keys are for menus
		r.call.keys = ""
		if err := r.call.quietly(); err != nil {
			return ended(err)
		}
	}
	return handlerOf(at.Route).Run(ctx, r.call, at)
}

func handlerOf(route routing.Route) Handler {
	switch route {
	case routing.RouteExtension:
		return extension{}
	case routing.RouteForward:
		return forward{}
	case routing.RouteRingGroup:
		return ringGroup{}
	case routing.RouteIVR:
		return menu{}
	case routing.RouteSchedule:
		return schedule{}
	case routing.RouteOverride:
		return override{}
	case routing.RouteVoicemail:
		return voicemail{}
	case routing.RouteHangup:
		return hangup{}
	case routing.RouteBack, routing.RouteTop, routing.RouteRepeat: // Plan.Choose made menus of them
	}
	panic(fmt.Sprintf("route %q passed the check of the configuration", route))
}

// forwardType tells why the call is forwarded to where it is: by an
// extension's forward, or because a number's route or an exit leads outside.
// "" when it is not: an outside call of one of the tenant's phones.
func (r *run) forwardType(at routing.Stop) routing.ForwardType {
	switch {
	case at.Forward != nil:
		return at.Forward.Type
	case at.Route != routing.RouteForward || r.call.Decision.Direction == routing.Outbound:
		return ""
	case !r.tried():
		return routing.ForwardAlways
	case r.steps[len(r.steps)-1].Outcome == routing.Busy:
		return routing.ForwardBusy
	default:
		return routing.ForwardNoAnswer
	}
}

// tried tells whether the call has been at a destination that could have had it,
// and not only at menus and schedules.
func (r *run) tried() bool {
	return slices.ContainsFunc(r.steps, func(s Step) bool {
		return s.Destination.Route != routing.RouteIVR && s.Destination.Route != routing.RouteSchedule
	})
}

// toldAs gives the type as records and webhooks know it: they have no word for
// an extension whose phones are not there.
func toldAs(t routing.ForwardType) string {
	if t == routing.ForwardUnregistered {
		return string(routing.ForwardNoAnswer)
	}
	return string(t)
}

// connected tells the recorder of the first connection only.
func (r *run) connected(j dialplan.Joined, by string) {
	r.call.answered = true
	if r.answered {
		return
	}
	r.answered = true
	step := r.steps[len(r.steps)-1]
	a := Answer{At: j.At, Destination: step.Destination, By: by}
	if step.ForwardType != "" {
		a.ForwardedTo, a.ForwardType = step.Called, step.ForwardType
	}
	r.Recorder.Answered(r.call.Facts.ID, a)
}

// hangUp ends the call, unless the caller has, and records the end.
func (r *run) hangUp(ctx context.Context, status Status, cause dialplan.HangupCause, last Result) {
	if err := r.call.Channel.Hangup(cause); err != nil && !errors.Is(err, dialplan.ErrLost) {
		r.log.Error().Err(err).Msg("could not hang up")
	}
	ending := r.call.Channel.Finish(ctx)
	if last.Outcome == routing.CallerGone {
		status = r.callerGone(ending)
	}
	r.record(ending, status, cause)
}

// callerGone is the status of a call whose caller hung up.
func (r *run) callerGone(ending dialplan.Ending) Status {
	if len(r.steps) == 0 || r.steps[len(r.steps)-1].Destination.Route != routing.RouteVoicemail {
		return CallerGoneStatus(r.steps)
	}
	// The caller reached a mailbox and hung up there: the usual end of a
	// message, or nobody was reached and nothing was said.
	if !ending.MessageLeft {
		return StatusNoAnswer
	}
	r.messageLeft()
	return StatusVoicemail
}

// messageLeft corrects the last step, which only knew that the caller went.
func (r *run) messageLeft() {
	step := &r.steps[len(r.steps)-1]
	step.Outcome = routing.MessageLeft
	r.Recorder.Stepped(r.call.Facts.ID, *step)
}

// leave lets go of a call that lives on without this session. Moved away on
// the switch, it is watched to its end; with the connection lost or the server
// stopping, or its end not seen, its record stays open for whoever has the call
// next.
func (r *run) leave(ctx context.Context, last Result) {
	if !errors.Is(last.Err, dialplan.ErrLeft) {
		r.log.Info().AnErr("why", last.Err).Int("steps", len(r.steps)).Msg("call goes on without this session")
		r.Recorder.Left(r.call.Facts.ID, r.Now())
		return
	}
	if err := r.call.Channel.Release(); err != nil {
		r.log.Warn().Err(err).Msg("could not undo what was set on the channel")
	}
	ending := r.call.Channel.Watch(ctx)
	if !ending.Complete {
		r.Recorder.Left(r.call.Facts.ID, r.Now())
		return
	}
	r.record(ending, StatusCompleted, ending.Cause)
}

// leaveOnPanic says that the session is gone when a mistake of ours ends it:
// otherwise its record would stay open for as long as this server lives.
func (r *run) leaveOnPanic() {
	if p := recover(); p != nil {
		r.Recorder.Left(r.call.Facts.ID, r.Now())
		panic(p)
	}
}

func (r *run) record(ending dialplan.Ending, status Status, cause dialplan.HangupCause) {
	if ending.Cause == "" {
		ending.Cause = cause
	}
	if ending.EndedAt.IsZero() {
		ending.EndedAt = r.Now()
	}
	if r.call.recording == recordingReady && ending.Complete && !ending.BridgedAt.IsZero() && ending.RecordingFile == "" {
		r.log.Error().Str("folder", r.Recordings.String()).Msg("the switch did not record the call: can it write there?")
	}
	r.Recorder.Ended(r.call.Facts.ID, ending, status)
	r.log.Info().
		Str("from", dialplan.NewCallerText(r.call.Facts.CallerNumber).String()).
		Str("to", dialplan.NewCallerText(r.call.Facts.Dialled).String()).
		Str("verdict", string(r.call.Decision.Verdict)).
		Str("rule", r.call.Decision.Rule).
		Strs("failed_rules", r.call.Decision.FailedRules).
		Int("steps", len(r.steps)).
		Str("status", string(status)).
		Str("cause", string(ending.Cause)).
		Bool("complete", ending.Complete).
		Msg("call ended")
}

// ended gives the result of a destination that could not be run to its end:
// its session ended under it, or it could not even be begun.
func ended(err error) Result {
	switch {
	case errors.Is(err, dialplan.ErrHungUp):
		return Result{Outcome: routing.CallerGone, Err: err}
	case errors.Is(err, dialplan.ErrLost), errors.Is(err, dialplan.ErrLeft),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Result{Outcome: routing.LeftSession, Err: err}
	default:
		return failed(err)
	}
}
