package record

import (
	"cmp"
	"slices"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// stage of a forwarded call: call.forwarded happens once at each.
type stage string

const (
	stageInitiated stage = "initiated" // of type always only, before anybody rings
	stageAnswered  stage = "answered"
	stageCompleted stage = "completed" // the call is over, answered or not
)

// stagedForward is what call.forwarded tells beside whom the call is forwarded to.
type stagedForward struct {
	stage       stage
	original    string // the extension first hit; "": none was
	forwardType string
	cause       string // of stageCompleted, why the forward was not answered
}

// forwarding is in call.forwarded at every stage.
type forwarding struct {
	CallUUID            routing.CallID `json:"callUuid"`
	Caller              string         `json:"caller"`
	OriginalDestination string         `json:"originalDestination"`
	ForwardedTo         string         `json:"forwardedTo"`
	ForwardType         string         `json:"forwardType"`
	Status              stage          `json:"status"`
}

type forwardedData struct {
	forwarding
	InboundDID *string `json:"inboundDid"`
	Timestamp  string  `json:"timestamp"`
}

type forwardCompletedData struct {
	forwarding
	Duration      int     `json:"duration"`
	BillSec       int     `json:"billsec"`
	HangupCause   string  `json:"hangupCause"`
	RecordingFile *string `json:"recordingFile"`
	InboundDID    *string `json:"inboundDid"`
	Timestamp     string  `json:"timestamp"`
}

func (h happening) forwardedData(c *Call) any {
	f := forwarding{
		CallUUID: c.ID, Caller: c.CallerNumber, OriginalDestination: cmp.Or(h.forward.original, c.Dialled),
		ForwardedTo: h.forwardedTo, ForwardType: h.forward.forwardType, Status: h.forward.stage,
	}
	if h.forward.stage != stageCompleted {
		return forwardedData{f, orNull(c.InboundDID), stamp(h.at)}
	}
	return forwardCompletedData{
		forwarding: f, Duration: c.DurationSec, BillSec: c.BillSec, HangupCause: cmp.Or(h.forward.cause, c.HangupCause),
		RecordingFile: orNull(c.RecordingFile), InboundDID: orNull(c.InboundDID), Timestamp: stamp(h.at),
	}
}

// forwardInitiated is the stage at which a step that forwards has just begun.
func (l *live) forwardInitiated(s Step, now time.Time) happening {
	at := s.From
	if at.IsZero() {
		at = now
	}
	return happening{kind: CallForwarded, at: at, forwardedTo: s.Called, forward: stagedForward{
		stage: stageInitiated, original: firstExtension(l.call.Steps), forwardType: s.ForwardType,
	}}
}

// forwardConnected is the stage at which a call was answered where it is
// forwarded to.
func (l *live) forwardConnected(a Answer) happening {
	return happening{kind: CallForwarded, at: a.At, forwardedTo: a.ForwardedTo, forward: stagedForward{
		stage: stageAnswered, original: firstExtension(l.call.Steps), forwardType: a.ForwardType,
	}}
}

// forwardCompleted is the last stage of a call that is over, by its record.
func forwardCompleted(c *Call) happening {
	f := stagedForward{stage: stageCompleted, original: c.OriginalDest, forwardType: c.ForwardType}
	if last := lastForward(c.Steps); last >= 0 {
		// What the call hit later is not what this forward was for.
		f.original = firstExtension(c.Steps[:last+1])
		f.cause = unanswered(&c.Steps[last])
	}
	return happening{kind: CallForwarded, at: c.EndedAt, forwardedTo: c.ForwardedTo, forward: f}
}

// unanswered is the cause why a forward was not answered: the switch's word, or
// where nothing was rung what calls end with for that reason. "": it was
// answered, or the call itself ended meanwhile.
func unanswered(s *Step) string {
	cause := dialplan.HangupCause(s.Cause)
	switch s.Outcome {
	case routing.Answered:
		return ""
	case routing.NoAnswer:
		return string(cmp.Or(cause, dialplan.NoAnswerCause))
	case routing.Busy, routing.CallLimited:
		return string(cmp.Or(cause, dialplan.UserBusy))
	case routing.Unregistered:
		return string(cmp.Or(cause, dialplan.NotRegistered))
	case routing.Forwarded:
		return string(cmp.Or(cause, dialplan.ExchangeRouting))
	case routing.Failed:
		return string(cmp.Or(cause, dialplan.TemporaryFailure))
	case routing.NobodyAvailable, routing.ExitKey, routing.MessageLeft, routing.Ended, routing.CallerGone, routing.LeftSession,
		routing.Chosen, routing.NoInput, routing.Invalid, routing.TooManyTries, routing.Open, routing.Closed:
	}
	return s.Cause
}

func lastForward(steps []Step) int {
	for i, s := range slices.Backward(steps) {
		if isForward(&s) {
			return i
		}
	}
	return -1
}

// isForward tells that a step tries a forward: one that may not be called at
// all calls nobody.
func isForward(s *Step) bool { return s.ForwardType != "" && s.Called != "" }

// firstExtension gives the extension that a call hit first: of a ring group the
// one that answered.
func firstExtension(steps []Step) string {
	for _, s := range steps {
		switch {
		case s.ForwardedBy != "":
			return s.ForwardedBy
		case s.ForwardType != "":
		case s.Destination.Route == routing.RouteExtension:
			return s.Destination.Target
		case s.Destination.Route == routing.RouteRingGroup && s.AnsweredBy != "" && !isE164(s.AnsweredBy):
			return s.AnsweredBy
		}
	}
	return ""
}
