package handlers

import (
	"context"
	"errors"

	"switchyard/dialplan"
	"switchyard/routing"
)

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
