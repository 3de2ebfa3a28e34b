package record

import (
	"encoding/json"
	"fmt"
	"time"

	"switchyard/routing"
)

// The events that happen at most once a call; call.forwarded once at each stage.
const (
	CallStarted   = "call.started"
	CallAnswered  = "call.answered"
	CallForwarded = "call.forwarded"
	CallMissed    = "call.missed"
	CallEnded     = "call.ended"
	// RecordingReady comes behind CallEnded: that the call was recorded may become
	// known later than that it is over.
	RecordingReady = "recording.ready"
)

// envelope is the body of every webhook; nothing else is ever added to it.
type envelope struct {
	Event     string `json:"event"`
	Timestamp string `json:"timestamp"`
	Data      any    `json:"data"`
}

type startedData struct {
	CallUUID    routing.CallID    `json:"callUuid"`
	Direction   routing.Direction `json:"direction"`
	Caller      string            `json:"caller"`
	Destination string            `json:"destination"`
	InboundDID  *string           `json:"inboundDid"`
	Timestamp   string            `json:"timestamp"`
}

type answeredData struct {
	CallUUID    routing.CallID    `json:"callUuid"`
	Direction   routing.Direction `json:"direction"`
	Caller      string            `json:"caller"`
	Destination string            `json:"destination"`
	InboundDID  *string           `json:"inboundDid"`
	AnsweredAt  string            `json:"answeredAt"`
	ForwardedTo string            `json:"forwardedTo,omitempty"`
}

type endedData struct {
	CallUUID      routing.CallID    `json:"callUuid"`
	Direction     routing.Direction `json:"direction"`
	Caller        string            `json:"caller"`
	Destination   string            `json:"destination"`
	Duration      int               `json:"duration"`
	BillSec       int               `json:"billsec"`
	HangupCause   string            `json:"hangupCause"`
	Status        Status            `json:"status"`
	ForwardedTo   *string           `json:"forwardedTo"`
	RecordingFile *string           `json:"recordingFile"`
}

type recordingData struct {
	CallUUID      routing.CallID    `json:"callUuid"`
	Direction     routing.Direction `json:"direction"`
	Caller        string            `json:"caller"`
	Destination   string            `json:"destination"`
	InboundDID    *string           `json:"inboundDid"`
	RecordingFile string            `json:"recordingFile"`
	Seconds       int               `json:"seconds"`
	Timestamp     string            `json:"timestamp"`
}

// happening is an event before its body is written.
type happening struct {
	id          string
	kind        string // CallStarted …
	at          time.Time
	forwardedTo string // of CallAnswered and CallForwarded
	forward     stagedForward
	endpoints   []string
	unordered   []string // of these, those to which it goes at once
}

// closes tells that it happens because the call is over.
func (h *happening) closes() bool {
	return h.kind == CallEnded || h.kind == CallMissed || h.kind == RecordingReady || h.kind == CallForwarded && h.forward.stage == stageCompleted
}

// event writes the event of a call as it is known now.
func (h happening) event(c *Call) (Event, error) {
	body, err := json.Marshal(envelope{Event: h.kind, Timestamp: stamp(h.at), Data: h.data(c)})
	if err != nil {
		return Event{}, fmt.Errorf("write %s of call %s: %w", h.kind, c.ID, err)
	}
	return Event{
		ID: h.id, TenantID: c.TenantID, CallID: c.ID, Type: h.kind, Stage: string(h.forward.stage), At: h.at,
		Body: body, Endpoints: h.endpoints, Unordered: h.unordered,
	}, nil
}

func (h happening) data(c *Call) any {
	switch h.kind {
	case CallStarted:
		return startedData{
			CallUUID: c.ID, Direction: c.Direction, Caller: c.CallerNumber, Destination: c.Dialled,
			InboundDID: orNull(c.InboundDID), Timestamp: stamp(h.at),
		}
	case CallAnswered:
		return answeredData{
			CallUUID: c.ID, Direction: c.Direction, Caller: c.CallerNumber, Destination: c.Dialled,
			InboundDID: orNull(c.InboundDID), AnsweredAt: stamp(h.at), ForwardedTo: h.forwardedTo,
		}
	case CallForwarded:
		return h.forwardedData(c)
	case CallMissed:
		return missedDataOf(c, h.at)
	case RecordingReady:
		return recordingData{
			CallUUID: c.ID, Direction: c.Direction, Caller: c.CallerNumber, Destination: c.Dialled,
			InboundDID: orNull(c.InboundDID), RecordingFile: c.RecordingFile, Seconds: c.RecordingSec, Timestamp: stamp(h.at),
		}
	default:
		return endedData{
			CallUUID: c.ID, Direction: c.Direction, Caller: c.CallerNumber, Destination: c.Dialled,
			Duration: c.DurationSec, BillSec: c.BillSec, HangupCause: c.HangupCause, Status: c.Status,
			ForwardedTo: orNull(c.ForwardedTo), RecordingFile: orNull(c.RecordingFile),
		}
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
