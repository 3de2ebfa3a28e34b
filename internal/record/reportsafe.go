package record

import (
	"slices"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// Bounds of what a switch can mean.
const (
	maxSIPCode   = 699
	maxQ850      = 127
	maxCallFor   = 366 * 24 * time.Hour
	maxCallSec   = int(maxCallFor / time.Second)
	aheadAtMost  = time.Hour // that a switch's clock may be ahead of ours
	maxIDs       = 64
	maxHeaders   = 64
	maxMediaText = 64
)

// earliestCall is before any call this was told of can have been.
var earliestCall = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// safeReport makes a report safe to keep and fills its leg from its ending. A
// report without a usable id, or of no known side, is refused.
func safeReport(from *Report, now time.Time) (Report, bool) {
	r := *from
	l := &r.Leg
	if l.Side == "a" && l.CallID == "" {
		l.CallID = routing.CallID(l.LegID)
	}
	if !isID(l.LegID) || l.CallID != "" && !isID(string(l.CallID)) {
		return Report{}, false
	}
	switch l.Side {
	case "a":
		if string(l.CallID) != l.LegID {
			return Report{}, false
		}
	case "b":
		if string(l.CallID) == l.LegID {
			return Report{}, false
		}
	default:
		return Report{}, false
	}
	if l.Source != SourceJSON {
		l.Source = SourceESL
	}
	r.Switch = SafeText(r.Switch)
	safeEnding(&r.Ending, now)
	fillLeg(l, &r.Ending)
	safeLeg(l, now)
	safeCall(&r, now)
	return r, true
}

func isID(s string) bool {
	_, err := dialplan.ParseChannelID(s)
	return err == nil && len(s) <= maxIDs
}

func safeEnding(e *dialplan.Ending, now time.Time) {
	for _, t := range []*time.Time{&e.CreatedAt, &e.ProgressAt, &e.AnsweredAt, &e.BridgedAt, &e.EndedAt} {
		*t = saneTime(*t, now)
	}
	e.RecordingFile, e.RecordingSeconds = SafeText(e.RecordingFile), within(e.RecordingSeconds, maxCallSec)
}

// fillLeg takes over from the ending what the leg does not say itself.
func fillLeg(l *Leg, e *dialplan.Ending) {
	orElse(&l.StartedAt, e.CreatedAt)
	orElse(&l.RingingAt, e.ProgressAt)
	orElse(&l.AnsweredAt, e.AnsweredAt)
	orElse(&l.BridgedAt, e.BridgedAt)
	orElse(&l.EndedAt, e.EndedAt)
	orElse(&l.Cause, string(e.Cause))
	orElse(&l.Q850, e.Q850)
	orElse(&l.SIPCode, e.SIPCode)
	orElse(&l.HungUpBy, e.HungUpBy)
	orElse(&l.ReadCodec, e.ReadCodec)
	orElse(&l.WriteCodec, e.WriteCodec)
	if l.RecordingFile == "" {
		l.RecordingFile, l.RecordingSec = e.RecordingFile, e.RecordingSeconds
	}
	if l.Media == nil {
		l.Media = e.Media
	}
	l.Complete = l.Complete || e.Complete
}

func safeLeg(l *Leg, now time.Time) {
	for _, s := range []*string{&l.Number, &l.SIPCallID, &l.Cause, &l.ReadCodec, &l.WriteCodec, &l.RecordingFile} {
		*s = SafeText(*s)
	}
	if !slices.Contains([]string{"caller", "callee", "us"}, l.HungUpBy) {
		l.HungUpBy = ""
	}
	for _, t := range []*time.Time{&l.StartedAt, &l.RingingAt, &l.AnsweredAt, &l.BridgedAt, &l.EndedAt} {
		*t = saneTime(*t, now)
	}
	l.DurationSec = saneSeconds(l.DurationSec, l.StartedAt, l.EndedAt)
	l.BillSec = saneSeconds(l.BillSec, l.AnsweredAt, l.EndedAt)
	l.RecordingSec = within(l.RecordingSec, maxCallSec)
	l.Q850, l.SIPCode = within(l.Q850, maxQ850), within(l.SIPCode, maxSIPCode)
	l.Media = safeMedia(l.Media)
}

// safeCall makes what the record would be made of safe. The decision reads the
// numbers itself and believes nothing.
func safeCall(r *Report, now time.Time) {
	c := &r.Call
	c.ID = r.Leg.CallID
	c.CreatedAt = saneTime(c.CreatedAt, now)
	for _, s := range []*string{&c.Switch, &c.CallerNumber, &c.CallerName, &c.Dialled, &c.AuthUser, &c.AuthDomain, &c.Trunk, &c.Profile, &c.NetworkIP, &c.SIPCallID} {
		*s = SafeText(*s)
	}
	orElse(&r.Switch, c.Switch)
	orElse(&r.Leg.SIPCallID, c.SIPCallID)
	if r.Leg.Side == "a" {
		r.Leg.Number = "" // the record has it in the form of its tenant's country
	}
	headers := make(map[string]string, min(len(c.Headers), maxHeaders))
	for k, v := range c.Headers {
		if len(headers) < maxHeaders {
			headers[SafeText(k)] = SafeText(v)
		}
	}
	c.Headers = headers
}

func saneTime(t, now time.Time) time.Time {
	if t.Before(earliestCall) || t.After(now.Add(aheadAtMost)) {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// saneSeconds goes by the times where they are known.
func saneSeconds(n int, from, to time.Time) int {
	if !from.IsZero() && !to.IsZero() {
		return wholeSeconds(from, to)
	}
	return within(n, maxCallSec)
}

func within(n, most int) int {
	if n < 0 || n > most {
		return 0
	}
	return n
}

func safeMedia(m *dialplan.Media) *dialplan.Media {
	if m == nil {
		return nil
	}
	safe := *m
	if len(safe.RemoteIP) > maxMediaText {
		safe.RemoteIP = ""
	}
	safe.RemoteIP = SafeText(safe.RemoteIP)
	for _, n := range []*int{&safe.InPackets, &safe.InBytes, &safe.InLost, &safe.OutPackets, &safe.OutBytes} {
		*n = max(*n, 0)
	}
	for _, f := range []*float64{&safe.InJitterMs, &safe.InMOS, &safe.InQuality} {
		if !(*f >= 0 && *f < 1e9) { // nor NaN
			*f = 0
		}
	}
	if safe == (dialplan.Media{}) {
		return nil
	}
	return &safe
}
