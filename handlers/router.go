package handlers

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/routing"
)

// stepsMost bounds the destinations one call may go through. The check of the
// configuration refuses loops; this is for what no check foresaw.
const stepsMost = 32

// Result is how a destination ended on a live channel.
type Result struct {
	Outcome routing.Outcome
	Cause   dialplan.HangupCause // FreeSWITCH's, where there is one
	Called  string               // the outside number that was called
	Err     error                // why the session ended, for LeftSession; or what failed, for Failed
}

// Handler runs one kind of destination on a live channel. It returns when the
// destination has ended, in whatever way, or the context has.
type Handler interface {
	Run(ctx context.Context, c *Call, target string) Result
}

// Call is one live call as its handlers share it.
type Call struct {
	Channel  Channel
	Facts    routing.Call
	Plan     *routing.Plan
	Decision routing.Decision
	// Connected is called by a handler when a person or an outside number was
	// connected.
	Connected func(at time.Time, called string)
}

// Router takes calls from the decision to the end.
type Router struct {
	// Directory gives the configuration of the moment; a call keeps the one
	// it was decided by.
	Directory func() *routing.Directory
	Recorder  Recorder
	Now       func() time.Time
	Log       zerolog.Logger
}

// Serve drives one call to its end: decide, refuse or go from destination to
// destination, hang up, collect the last word.
func (r *Router) Serve(ctx context.Context, ch Channel, facts routing.Call) {
	decision := r.Directory().Decide(facts, r.Now())
	run := &run{
		Router: r,
		call:   &Call{Channel: ch, Facts: facts, Plan: decision.Plan, Decision: decision},
		log:    r.Log.With().Str("call", string(facts.ID)).Str("tenant", string(decision.Tenant)).Logger(),
	}
	run.call.Connected = run.connected
	r.Recorder.Started(Started{Call: facts, Decision: decision, At: r.Now()})
	defer run.leaveOnPanic()

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
		status, cause := refusal(r.call.Decision.Verdict)
		return status, cause, Result{Outcome: routing.Ended, Cause: cause}
	}
	if err := r.call.Channel.Set(r.variables()...); err != nil {
		return StatusFailed, dialplan.TemporaryFailure, ended(err)
	}
	destination, last := r.call.Decision.Destination, Result{}
	for range stepsMost {
		last = r.step(ctx, destination)
		next, more := r.call.Plan.Next(destination, last.Outcome)
		if !more || r.dialledOut(destination) {
			status, cause := farewell(last)
			return status, cause, last
		}
		destination = next
	}
	return StatusFailed, dialplan.ExchangeRouting, last
}

// dialledOut tells that a phone's own outside call has ended: the phone hears
// how. The tenant's default destination is for callers, not for it.
func (r *run) dialledOut(d routing.Destination) bool {
	return r.call.Decision.Direction == routing.Outbound && r.call.Decision.Rule == "" && d == r.call.Decision.Destination
}

// variables are on the channel for the whole call: the mark that we had it,
// that a failed bridge must neither end it nor choose its SIP answer, and what
// the matching rule sets.
func (r *run) variables() []dialplan.Variable {
	vs := []dialplan.Variable{dialplan.Seen(), dialplan.ContinueOnFail(true), dialplan.OwnAnswer()}
	if prefix := r.call.Decision.Set.CallerIDPrefix; prefix != "" {
		name := r.call.Facts.CallerName
		if name == "" {
			name = r.call.Facts.CallerNumber
		}
		vs = append(vs, dialplan.CallerIDName(dialplan.NewCallerText(prefix+" "+name)))
	}
	return vs
}

func (r *run) step(ctx context.Context, d routing.Destination) (result Result) {
	step := Step{N: len(r.steps) + 1, Destination: d, From: r.Now()}
	if d.Route == routing.RouteForward {
		step.ForwardType = r.forwardType()
	}
	r.steps = append(r.steps, step)
	r.Recorder.Stepped(r.call.Facts.ID, step)

	result = r.runHandler(ctx, d)

	step.Outcome, step.Cause, step.Called, step.To = result.Outcome, string(result.Cause), result.Called, r.Now()
	r.steps[len(r.steps)-1] = step
	r.Recorder.Stepped(r.call.Facts.ID, step)
	if result.Outcome == routing.Failed && result.Err != nil {
		r.log.Warn().Err(result.Err).Stringer("destination", d).Msg("destination failed")
	}
	return result
}

// runHandler keeps a mistake in one handler from ending every other call: the
// destination has failed and its exit is taken.
func (r *run) runHandler(ctx context.Context, d routing.Destination) (result Result) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Stringer("destination", d).Msg("handler panicked")
			result = Result{Outcome: routing.Failed}
		}
	}()
	return handlerOf(d.Route).Run(ctx, r.call, d.Target)
}

func handlerOf(route routing.Route) Handler {
	switch route {
	case routing.RouteExtension:
		return extension{}
	case routing.RouteForward:
		return forward{}
	case routing.RouteVoicemail:
		return voicemail{}
	case routing.RouteHangup:
		return hangup{}
	}
	panic(fmt.Sprintf("route %q passed the check of the configuration", route))
}

// forwardType tells why the call goes to an outside number: it was never
// anywhere else ("always"), or by how the step before ended. The contract
// knows three types; an unregistered or failed extension counts as no answer.
func (r *run) forwardType() string {
	if r.call.Decision.Direction == routing.Outbound {
		return ""
	}
	if len(r.steps) == 0 {
		return "always"
	}
	if r.steps[len(r.steps)-1].Outcome == routing.Busy {
		return "busy"
	}
	return "no-answer"
}

// connected tells the recorder of the first connection only.
func (r *run) connected(at time.Time, called string) {
	if r.answered {
		return
	}
	r.answered = true
	step := r.steps[len(r.steps)-1]
	a := Answer{At: at, Destination: step.Destination}
	if step.ForwardType != "" {
		a.ForwardedTo, a.ForwardType = called, step.ForwardType
	}
	r.Recorder.Answered(r.call.Facts.ID, a)
}

// hangUp ends the call, unless the caller has, and records the end.
func (r *run) hangUp(ctx context.Context, status Status, cause dialplan.HangupCause, last Result) {
	if err := r.call.Channel.Hangup(cause); err != nil && !errors.Is(err, dialplan.ErrLost) {
		r.log.Error().Err(err).Msg("could not hang up")
	}
	ending := r.call.Channel.Finish(ctx)
	if last.Outcome == routing.CallerGone && r.steps[len(r.steps)-1].Destination.Route == routing.RouteVoicemail {
		// The caller reached a mailbox and hung up there: the usual end of a
		// message, or nobody was reached and nothing was said.
		status = StatusNoAnswer
		if ending.MessageLeft {
			status = StatusVoicemail
			r.messageLeft()
		}
	}
	r.record(ending, status, cause)
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
