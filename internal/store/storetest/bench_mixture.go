package storetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/routing"
)

// What the mixture is made of: what happens in 100 ms at 100 calls a second.
// Half of the calls are refused, half are forwarded, answered and ended.
const (
	ofAKind     = 5 // calls of each kind that begin at a tick
	ringsTicks  = 3
	talksTicks  = 10
	ticksBefore = 400 // so that the tables are not empty: ten calls each
)

// saveMixture stores what a busy server stores: a transaction each tick, of
// calls at every stage, whose ids are random as FreeSWITCH's are.
func saveMixture(b *testing.B, db Database) {
	s := open(b, db)
	m := mixture{random: rand.New(rand.NewPCG(7, 11))}
	for range ticksBefore {
		save(b, s, m.tick()...)
	}
	b.ResetTimer()
	var cpu time.Duration
	var writes, bytes, allocs int
	ticks := 0
	var memory runtime.MemStats
	for b.Loop() {
		b.StopTimer()
		changes := m.tick()
		runtime.ReadMemStats(&memory)
		cpu -= processCPU()
		n, w := written(b)
		writes, bytes, allocs = writes-n, bytes-w, allocs-int(memory.Mallocs)
		b.StartTimer()
		save(b, s, changes...)
		b.StopTimer()
		cpu += processCPU()
		n, w = written(b)
		runtime.ReadMemStats(&memory)
		writes, bytes, allocs = writes+n, bytes+w, allocs+int(memory.Mallocs)
		ticks++
		b.StartTimer()
	}
	calls := float64(2 * ofAKind * ticks)
	b.ReportMetric(float64(cpu)/calls/1000, "cpu-µs/call")
	b.ReportMetric(float64(writes)/calls, "writes/call")
	b.ReportMetric(float64(bytes)/calls/1024, "KiB/call")
	b.ReportMetric(float64(allocs)/calls, "allocs/call")
}

// written is how often and how much this process wrote to files.
func written(b *testing.B) (writes, bytes int) {
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		_, _ = fmt.Sscanf(line, "wchar: %d", &bytes) // the other lines are not these
		_, _ = fmt.Sscanf(line, "syscw: %d", &writes)
	}
	return writes, bytes
}

// mixture gives the changes of one tick after the other.
type mixture struct {
	random *rand.Rand
	n      int
	calls  [][]record.Call // forwarded and not over, by the tick they began at
}

func (m *mixture) tick() []record.Change {
	at := t0.Add(time.Duration(m.n) * 100 * time.Millisecond)
	m.n++
	var changes []record.Change
	for range ofAKind {
		changes = append(changes, m.refused(at))
	}
	var begun []record.Call
	for range ofAKind {
		c := m.started(at)
		changes = append(changes, c)
		begun = append(begun, c.Call)
	}
	m.calls = append(m.calls, begun)
	if n := len(m.calls) - 1 - ringsTicks; n >= 0 {
		for i := range m.calls[n] {
			changes = append(changes, m.answered(&m.calls[n][i], at))
		}
	}
	if n := len(m.calls) - 1 - ringsTicks - talksTicks; n >= 0 {
		for i := range m.calls[0] {
			changes = append(changes, m.ended(m.calls[0][i], at))
		}
		m.calls = m.calls[1:]
	}
	m.random.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
	return changes
}

func (m *mixture) call(at time.Time) record.Call {
	return record.Call{
		ID: routing.CallID(m.uuid()), TenantID: "6a097cb2-504f-43be-819a-b76209976818", Switch: "fs1", SIPCallID: fmt.Sprintf("%d-4711@127.0.0.1", m.random.IntN(1e6)),
		Direction: routing.Inbound, Source: record.SourceLive, Owner: "b1946ac9-2492-4d23-87c6-235b4d2611184",
		CallerNumber: "+13055550111", CallerRaw: "+13055550111", CallerName: "+13055550111",
		Dialled: "+13055550103", DialledRaw: "+13055550103", InboundDID: "+13055550103",
		Revision: 1, Status: handlers.StatusActive, StartedAt: at,
		Facts: map[string]string{"did": "+13055550103", "now": "2026-04-07T14:15:02Z"},
	}
}

func (m *mixture) refused(at time.Time) record.Change {
	c := m.call(at)
	c.Facts = nil
	c.Owner, c.Status, c.HangupCause, c.Q850, c.SIPCode = "", handlers.StatusDenied, "CALL_REJECTED", 21, 603
	c.EndedAt, c.HungUpBy, c.Complete = at.Add(20*time.Millisecond), "switchyard", true
	return record.Change{Call: c, Legs: m.legs(&c, ""), Events: []record.Event{
		m.event(&c, record.CallStarted, "", at), m.event(&c, record.CallEnded, "", at),
	}}
}

func (m *mixture) started(at time.Time) record.Change {
	c := m.call(at)
	c.Destination, c.DestinationRoute, c.ForwardedTo, c.ForwardType = "+13055550144", routing.RouteForward, "+13055550144", "always"
	c.Steps = []record.Step{{
		N: 1, Destination: routing.Destination{Route: routing.RouteForward, Target: "mobile"}, Called: "+13055550144", ForwardType: "always", From: at,
	}}
	return record.Change{Call: c, Events: []record.Event{
		m.event(&c, record.CallStarted, "", at), m.event(&c, record.CallForwarded, "initiated", at),
	}}
}

func (m *mixture) answered(c *record.Call, at time.Time) record.Change {
	c.AnsweredAt = at
	return record.Change{Call: *c, Events: []record.Event{
		m.event(c, record.CallAnswered, "", at), m.event(c, record.CallForwarded, "answered", at),
	}}
}

func (m *mixture) ended(c record.Call, at time.Time) record.Change {
	step := c.Steps[0]
	step.Outcome, step.AnsweredBy, step.To = routing.Answered, "+13055550144", at
	step.Attempts = []record.Attempt{{Member: "+13055550144", Trunk: "carrier-a", Outcome: routing.Answered, Cause: "SUCCESS"}}
	c.Steps = []record.Step{step}
	c.Owner, c.Status, c.HangupCause, c.Q850, c.SIPCode, c.HungUpBy = "", handlers.StatusCompleted, "NORMAL_CLEARING", 16, 200, "caller"
	c.RingingAt, c.BridgedAt, c.EndedAt = c.StartedAt.Add(40*time.Millisecond), c.AnsweredAt, at
	c.DurationSec, c.BillSec, c.PDDMs, c.ReadCodec, c.WriteCodec, c.Complete = 1, 1, 40, "PCMU", "PCMU", true
	return record.Change{Call: c, Legs: m.legs(&c, m.uuid()), Events: []record.Event{
		m.event(&c, record.CallForwarded, "completed", at), m.event(&c, record.CallEnded, "", at),
	}}
}

// legs are the caller's and, if it was tried, the one that was called.
func (m *mixture) legs(c *record.Call, called string) []record.Leg {
	legs := []record.Leg{{
		CallID: c.ID, LegID: string(c.ID), Side: "a", Number: c.CallerNumber, SIPCallID: c.SIPCallID,
		StartedAt: c.StartedAt, RingingAt: c.RingingAt, AnsweredAt: c.AnsweredAt, BridgedAt: c.BridgedAt, EndedAt: c.EndedAt,
		DurationSec: c.DurationSec, BillSec: c.BillSec, Cause: c.HangupCause, Q850: c.Q850, SIPCode: c.SIPCode, HungUpBy: c.HungUpBy,
		ReadCodec: c.ReadCodec, WriteCodec: c.WriteCodec, Source: record.SourceLive, Complete: true,
	}}
	if called == "" {
		return legs
	}
	legs[0].Media = &dialplan.Media{RemoteIP: "127.0.0.1", InPackets: 50, InJitterMs: 1.25, InMOS: 4.5, OutPackets: 50}
	return append(legs, record.Leg{CallID: c.ID, LegID: called, Side: "b", Cause: "NORMAL_CLEARING", Source: record.SourceLive})
}

func (m *mixture) event(c *record.Call, kind, stage string, at time.Time) record.Event {
	body := fmt.Sprintf(`{"event":%q,"timestamp":"2026-04-07T14:15:02Z","data":{"callUuid":%q,"caller":"+13055550111","originalDestination":"+13055550103",`+
		`"forwardedTo":"+13055550144","forwardType":"always","status":"initiated","inboundDid":"+13055550103","timestamp":"2026-04-07T14:15:02Z"}}`, kind, c.ID)
	ms := at.UnixMilli()
	return record.Event{
		ID:       fmt.Sprintf("msg_%08x-%04x-7%03x-%s", ms>>16, ms&0xffff, m.random.IntN(1<<12), m.uuid()[19:]),
		TenantID: c.TenantID, CallID: c.ID, Type: kind, Stage: stage, At: at, Body: []byte(body),
	}
}

// uuid is a random one, version 4.
func (m *mixture) uuid() string {
	a, b := m.random.Uint64(), m.random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}
