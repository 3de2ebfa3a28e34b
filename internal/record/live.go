package record

import (
	"cmp"
	"slices"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

// maxSteps bounds the steps kept of one call, over all its sessions.
const maxSteps = 256

// live is a call the pipeline knows: its record, and what of it is not stored yet.
type live struct {
	call     Call
	legs     []Leg
	webhooks []routing.Webhook
	accepted bool
	ended    bool
	stepBase int // steps of earlier sessions
	sessions int // here, that have not said Left

	tagged  []string          // tags that menus set here
	adopted map[string]string // what else they set here, as facts

	initiated, forwardAnswered bool // stages of call.forwarded that happened here

	stored  bool        // there is a record, however old
	unread  bool        // an earlier session's record is to be read before this one is stored
	events  []happening // not stored yet, in order
	taken   int         // of these, how many the writer is storing just now
	queued  bool        // waits for the writer
	dropped bool        // given up, there was no room
	since   time.Time   // when it was last queued
}

func newLive(o opening) *live {
	return &live{call: o.call, webhooks: o.webhooks, accepted: o.accepted, unread: o.before}
}

// again continues the record in a new session: the first one said what call it
// is, the later ones add what happens.
func (l *live) again(o opening) {
	if l.call.TenantID == o.call.TenantID {
		l.webhooks = o.webhooks
	}
	l.call.Steps = interrupted(l.call.Steps, o.at)
	l.stepBase = lastStep(l.call.Steps)
	if !l.ended || !l.call.Complete {
		l.call.Owner, l.call.LeftAt = o.call.Owner, time.Time{}
	}
	if l.ended && !l.call.Complete {
		// The earlier session lost sight of the call, which had not ended.
		l.ended = false
		l.call.Status, l.call.EndedAt = handlers.StatusActive, time.Time{}
		l.dropClosings()
	}
}

// awaited tells that there is something to tell an endpoint of.
func (l *live) awaited() bool {
	return slices.ContainsFunc(l.events[l.taken:], func(h happening) bool { return len(h.endpoints) > 0 })
}

// dropClosings takes back the last events of the call, where they are not being
// stored; true if there were any.
func (l *live) dropClosings() bool {
	kept := l.events[:l.taken:l.taken]
	for _, h := range l.events[l.taken:] {
		if !h.closes() {
			kept = append(kept, h)
		}
	}
	dropped := len(kept) < len(l.events)
	l.events = kept
	return dropped
}

// follow puts the record of an earlier session, as it was stored, before this one.
func (l *live) follow(old Call, legs []Leg) {
	now := l.call
	if old.TenantID != now.TenantID {
		// Not the same tenant's call any more: its webhooks must not learn of it.
		l.webhooks = nil
		for i := l.taken; i < len(l.events); i++ {
			l.events[i].endpoints, l.events[i].unordered = nil, nil
		}
	}
	for i := l.taken; i < len(l.events); i++ {
		l.events[i].forward.original = cmp.Or(firstExtension(old.Steps), l.events[i].forward.original)
	}
	steps := interrupted(old.Steps, now.StartedAt)
	l.stepBase = lastStep(steps)
	for _, s := range now.Steps {
		s.N += l.stepBase
		steps = append(steps, s)
	}
	l.call = old
	l.call.Steps = steps
	l.call.Tags, l.call.Facts = withTags(old.Tags, l.tagged), withFacts(old.Facts, l.adopted)
	l.call.Status, l.call.Source = now.Status, now.Source
	l.call.Owner, l.call.LeftAt = now.Owner, now.LeftAt
	if l.call.AnsweredAt.IsZero() {
		l.call.AnsweredAt = now.AnsweredAt
	}
	if len(now.Steps) > 0 {
		l.call.Destination, l.call.DestinationRoute = now.Destination, now.DestinationRoute
	}
	if l.call.OriginalDest == "" {
		l.call.OriginalDest = now.OriginalDest
	}
	if now.ForwardedTo != "" {
		l.call.ForwardedTo, l.call.ForwardType = now.ForwardedTo, now.ForwardType
	}
	if l.ended {
		l.call.copyEnding(&now)
	} else if l.legs == nil {
		l.legs = legs
	}
	l.unread = false
}

// copyEnding takes over what Ended sets.
func (c *Call) copyEnding(from *Call) {
	c.RingingAt, c.BridgedAt, c.EndedAt = from.RingingAt, from.BridgedAt, from.EndedAt
	c.DurationSec, c.BillSec, c.PDDMs = from.DurationSec, from.BillSec, from.PDDMs
	c.Status, c.HangupCause, c.Q850, c.SIPCode, c.HungUpBy = from.Status, from.HangupCause, from.Q850, from.SIPCode, from.HungUpBy
	c.ReadCodec, c.WriteCodec, c.Complete = from.ReadCodec, from.WriteCodec, from.Complete
	c.recorded(from.RecordingFile, from.RecordingSec)
}

// recorded notes the recording; an end of which less is known takes none away.
func (c *Call) recorded(file string, seconds int) {
	if file != "" {
		c.RecordingFile, c.RecordingSec = file, seconds
	}
}

// interrupted closes the step that a session was in when it was lost.
func interrupted(steps []Step, at time.Time) []Step {
	out := slices.Clone(steps)
	for i := range out {
		if out[i].Outcome == "" {
			out[i].Outcome, out[i].To = routing.LeftSession, at
		}
	}
	return out
}

func lastStep(steps []Step) int {
	n := 0
	for _, s := range steps {
		n = max(n, s.N)
	}
	return n
}

// step adds a step that begins or completes the one that ended. It gives the
// step as it is kept, and whether it is a new one.
func (l *live) step(s Step) (kept Step, began bool) {
	s = safeStep(s)
	s.N += l.stepBase
	for i := len(l.call.Steps) - 1; i >= 0; i-- {
		if old := &l.call.Steps[i]; old.N == s.N {
			if s.From.IsZero() {
				s.From = old.From
			}
			*old = s
			return s, false
		}
	}
	l.reached(&s)
	if len(l.call.Steps) < maxSteps {
		l.call.Steps = append(l.call.Steps, s)
	}
	return s, true
}

// reached notes where a step brings the call. What it is forwarded to is told
// apart from what was reached, which stays the extension that has the forward;
// a call has at most one forwardedTo, the last that was tried.
func (l *live) reached(s *Step) {
	c := &l.call
	if isForward(s) {
		c.ForwardedTo, c.ForwardType = s.Called, s.ForwardType
	}
	if s.ForwardType != "" && c.OriginalDest != "" && c.DestinationRoute == routing.RouteExtension {
		return
	}
	switch s.Destination.Route {
	case routing.RouteHangup, routing.RouteOverride, routing.RouteBack, routing.RouteTop, routing.RouteRepeat:
		return // nothing is reached
	case routing.RouteExtension:
		if c.OriginalDest == "" {
			c.OriginalDest = s.Destination.Target
		}
	case routing.RouteForward, routing.RouteVoicemail, routing.RouteRingGroup, routing.RouteIVR, routing.RouteSchedule:
	}
	if reached := cmp.Or(s.Called, s.Destination.Target); reached != "" {
		c.Destination, c.DestinationRoute = reached, s.Destination.Route
	}
}

// answer notes the first connection; true if this was it.
func (l *live) answer(a Answer) bool {
	if a.ForwardedTo != "" {
		l.call.ForwardedTo, l.call.ForwardType = a.ForwardedTo, a.ForwardType
	}
	if a.Destination.Route == routing.RouteRingGroup && a.By != "" {
		l.answeredInGroup(a.By)
	}
	if !l.call.AnsweredAt.IsZero() {
		return false
	}
	l.call.AnsweredAt = a.At
	return true
}

// answeredInGroup notes which member of a ring group has the call: what was
// reached is not the group.
func (l *live) answeredInGroup(by string) {
	c := &l.call
	if isE164(by) {
		c.Destination, c.DestinationRoute = by, routing.RouteForward
		return
	}
	c.Destination, c.DestinationRoute = by, routing.RouteExtension
	if c.OriginalDest == "" {
		c.OriginalDest = by
	}
}

// end notes the end of a call. now is used where the switch did not say when.
func (l *live) end(e dialplan.Ending, status Status, now time.Time) {
	c := &l.call
	created, ended := e.CreatedAt, e.EndedAt
	if created.IsZero() {
		created = c.StartedAt
	}
	if ended.IsZero() {
		ended = now
	}
	answered := e.AnsweredAt
	if answered.IsZero() {
		answered = c.AnsweredAt
	}
	c.RingingAt, c.BridgedAt, c.EndedAt = e.ProgressAt, e.BridgedAt, ended
	if c.BridgedAt.IsZero() { // FreeSWITCH forgets it when a call is transferred (measured)
		c.BridgedAt = c.AnsweredAt
	}
	c.DurationSec = wholeSeconds(created, ended)
	c.BillSec = wholeSeconds(answered, ended)
	if !e.ProgressAt.IsZero() {
		c.PDDMs = max(0, int(e.ProgressAt.Sub(created).Milliseconds()))
	}
	c.Status, c.HangupCause, c.Q850, c.SIPCode, c.HungUpBy = status, SafeText(string(e.Cause)), e.Q850, e.SIPCode, SafeText(e.HungUpBy)
	c.ReadCodec, c.WriteCodec = SafeText(e.ReadCodec), SafeText(e.WriteCodec)
	c.recorded(SafeText(e.RecordingFile), within(e.RecordingSeconds, maxCallSec))
	c.Complete, c.Source = e.Complete, SourceLive
	c.Owner, c.LeftAt = "", time.Time{}
	c.Steps = interrupted(c.Steps, ended)
	l.ended = true
	l.legs = endedLegs(c, &e, created)
}

// endedLegs gives the legs of a call as its session saw them: the caller's,
// whose end it was told, and of the others no more than how trying them ended.
func endedLegs(c *Call, e *dialplan.Ending, created time.Time) []Leg {
	legs := make([]Leg, 1, 1+len(e.Legs))
	legs[0] = Leg{
		CallID: c.ID, LegID: string(c.ID), Side: "a", Number: c.CallerNumber, SIPCallID: c.SIPCallID,
		StartedAt: created, RingingAt: e.ProgressAt, AnsweredAt: e.AnsweredAt, BridgedAt: e.BridgedAt, EndedAt: c.EndedAt,
		DurationSec: c.DurationSec, BillSec: wholeSeconds(e.AnsweredAt, c.EndedAt),
		RecordingFile: c.RecordingFile, RecordingSec: c.RecordingSec,
		Cause: c.HangupCause, Q850: c.Q850, SIPCode: c.SIPCode, HungUpBy: c.HungUpBy,
		ReadCodec: c.ReadCodec, WriteCodec: c.WriteCodec, Media: e.Media, Source: SourceLive, Complete: e.Complete,
	}
	for _, a := range e.Legs {
		legs = append(legs, Leg{CallID: c.ID, LegID: SafeText(a.ID), Side: "b", Cause: SafeText(string(a.Cause)), Source: SourceLive})
	}
	return legs
}

// wholeSeconds between two times; 0 if the first never was or the clocks disagree.
func wholeSeconds(from, to time.Time) int {
	if from.IsZero() {
		return 0
	}
	return max(0, int(to.Sub(from)/time.Second))
}
