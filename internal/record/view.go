package record

import (
	"slices"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

// Row is a record as the API and the exports show it. Field names are those
// CRMs were promised, in both spellings they were promised in. What is null
// never was or is not known.
type Row struct {
	ID       routing.CallID `json:"id"`
	CallUUID routing.CallID `json:"callUuid"` // the same: the caller's channel
	TenantID string         `json:"tenantId"` // empty: a number nobody has

	CallerNumber        string  `json:"caller_id_number"`
	CallerName          string  `json:"caller_name"`
	Dialled             string  `json:"dialled"`
	Destination         string  `json:"destination"` // what was reached last; of a forwarded call the extension
	AnsweredBy          *string `json:"answered_by"` // the extension or outside number that took it last
	ForwardedTo         *string `json:"forwarded_to"`
	ForwardType         *string `json:"forwardType"`         // always, no-answer, busy
	OriginalDestination *string `json:"originalDestination"` // the extension first hit
	InboundDID          *string `json:"inboundDid"`

	AudioURL      *string `json:"audio_url"`
	RecordingFile *string `json:"recordingFile"` // path on the switch
	RecordingSec  *int    `json:"recordingSeconds"`

	Duration    int               `json:"duration"` // seconds from creation to end
	BillSec     int               `json:"billsec"`  // seconds from answer to end
	HangupCause string            `json:"hangupCause"`
	Status      Status            `json:"status"`
	Direction   routing.Direction `json:"direction"`

	Timestamp  string  `json:"timestamp"` // when the call began, whole seconds
	StartedAt  string  `json:"startedAt"` // as all below: milliseconds, UTC
	RingingAt  *string `json:"ringingAt"`
	AnsweredAt *string `json:"answeredAt"` // by a person or an outside number
	BridgedAt  *string `json:"bridgedAt"`
	EndedAt    *string `json:"endedAt"` // null: not over
	PDDMs      *int    `json:"pddMs"`   // milliseconds to the first ringing

	SIPCode  int    `json:"sipCode"` // 0: not known
	Q850     int    `json:"q850"`    // 0: not known
	HungUpBy string `json:"hungUpBy"`
	Codecs   Codecs `json:"codecs"`

	Rule     string   `json:"rule"`
	Revision int      `json:"revision"`
	Tags     []string `json:"tags"`

	Source   Source `json:"source"`
	Complete bool   `json:"complete"`
	Switch   string `json:"switch"`

	Legs []LegRow `json:"legs,omitempty"`
}

// Codecs of a channel, as seen from the switch.
type Codecs struct {
	Read  string `json:"read"`
	Write string `json:"write"`
}

// LegRow is a leg as the API shows it.
type LegRow struct {
	ID         string          `json:"id"`
	Side       string          `json:"side"`   // a: the caller's, b: one that was tried
	Number     string          `json:"number"` // the caller's (a), or what was dialled (b)
	SIPCallID  string          `json:"sipCallId"`
	StartedAt  *string         `json:"startedAt"`
	RingingAt  *string         `json:"ringingAt"`
	AnsweredAt *string         `json:"answeredAt"`
	EndedAt    *string         `json:"endedAt"`
	Duration   int             `json:"duration"`
	BillSec    int             `json:"billsec"`
	Cause      string          `json:"hangupCause"`
	Q850       int             `json:"q850"`
	SIPCode    int             `json:"sipCode"`
	HungUpBy   string          `json:"hungUpBy"`
	Codecs     Codecs          `json:"codecs"`
	Media      *dialplan.Media `json:"media"`
	Source     Source          `json:"source"`
	Complete   bool            `json:"complete"`
}

// View gives a record, with the legs given, as CRMs see it.
func View(c Call, legs ...Leg) Row {
	r := Row{
		ID: c.ID, CallUUID: c.ID, TenantID: string(c.TenantID),
		CallerNumber: c.CallerNumber, CallerName: c.CallerName, Dialled: c.Dialled, Destination: c.Destination,
		AnsweredBy: orNull(answeredBy(c.Steps)), ForwardedTo: orNull(c.ForwardedTo), ForwardType: orNull(c.ForwardType),
		OriginalDestination: orNull(c.OriginalDest), InboundDID: orNull(c.InboundDID),
		RecordingFile: orNull(c.RecordingFile),
		Duration:      c.DurationSec, BillSec: c.BillSec, HangupCause: c.HangupCause, Status: c.Status, Direction: c.Direction,
		Timestamp: stamp(c.StartedAt), StartedAt: c.StartedAt.UTC().Format(millis),
		RingingAt: moment(c.RingingAt), AnsweredAt: moment(c.AnsweredAt), BridgedAt: moment(c.BridgedAt),
		SIPCode: c.SIPCode, Q850: c.Q850, HungUpBy: c.HungUpBy, Codecs: Codecs{c.ReadCodec, c.WriteCodec},
		Rule: c.Rule, Revision: c.Revision, Tags: append([]string{}, c.Tags...),
		Source: c.Source, Complete: c.Complete, Switch: c.Switch,
	}
	if c.Status != handlers.StatusActive {
		r.EndedAt = moment(c.EndedAt)
	}
	if c.RecordingFile != "" {
		r.RecordingSec = &c.RecordingSec
	}
	if !c.RingingAt.IsZero() {
		r.PDDMs = &c.PDDMs
	}
	for _, l := range legs {
		r.Legs = append(r.Legs, viewLeg(l))
	}
	return r
}

// answeredBy gives who took a call last; "" if nobody did or it is not known.
func answeredBy(steps []Step) string {
	for _, s := range slices.Backward(steps) {
		if s.AnsweredBy != "" {
			return s.AnsweredBy
		}
	}
	return ""
}

func viewLeg(l Leg) LegRow {
	return LegRow{
		ID: l.LegID, Side: l.Side, Number: l.Number, SIPCallID: l.SIPCallID,
		StartedAt: moment(l.StartedAt), RingingAt: moment(l.RingingAt), AnsweredAt: moment(l.AnsweredAt), EndedAt: moment(l.EndedAt),
		Duration: l.DurationSec, BillSec: l.BillSec, Cause: l.Cause, Q850: l.Q850, SIPCode: l.SIPCode, HungUpBy: l.HungUpBy,
		Codecs: Codecs{l.ReadCodec, l.WriteCodec}, Media: l.Media, Source: l.Source, Complete: l.Complete,
	}
}

const millis = "2006-01-02T15:04:05.000Z"

// moment is nil for what never was.
func moment(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(millis)
	return &s
}
