package handlers

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"switchyard/dialplan"
	"switchyard/routing"
)

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
