package record

import (
	"context"
	"fmt"
	"testing"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

// discard is a store that takes everything.
type discard struct{}

func (discard) SaveCalls(context.Context, []Change) error { return nil }

// BenchmarkCall is what one call costs from its start to its last change given
// to the store, eight calls in a transaction.
func BenchmarkCall(b *testing.B) {
	at := time.Date(2026, 4, 7, 14, 15, 2, 0, time.UTC)
	_, directory, problems := routing.CompileFiles([]routing.File{
		{Name: "operator.yaml", Data: []byte(operatorFile)}, {Name: "acme.yaml", Data: []byte(tenantFile)},
	})
	if directory == nil {
		b.Fatal(problems)
	}
	call := routing.Call{Switch: "fs1", SIPCallID: "abc", CallerNumber: "7861234567", CallerName: "Ann", Dialled: "7862757830", Trunk: "main", CreatedAt: at}
	started := Started{Call: call, Decision: directory.Decide(call, at, nil), At: at}
	end := dialplan.Ending{
		Cause: dialplan.NormalClearing, SIPCode: 200, HungUpBy: "caller", CreatedAt: at, ProgressAt: at, AnsweredAt: at, EndedAt: at,
		ReadCodec: "PCMU", WriteCodec: "PCMU", Complete: true, Legs: []dialplan.LegAttempt{{ID: "b1", Cause: "NONE"}},
	}
	p := New(discard{}, Options{})
	ids := make([]routing.CallID, 8)
	for i := range ids {
		ids[i] = routing.CallID(fmt.Sprintf("50648892-aa42-4a00-a7a0-f8a12c76951%d", i))
	}
	all := func(do func(routing.CallID)) {
		for _, id := range ids {
			do(id)
		}
		p.saveQueue(b.Context())
	}
	b.ReportAllocs()
	for b.Loop() {
		all(func(id routing.CallID) {
			started.Call.ID = id
			p.Started(started)
			p.Stepped(id, Step{N: 1, Destination: toExtension, From: at})
		})
		all(func(id routing.CallID) { p.Answered(id, Answer{At: at, Destination: toExtension}) })
		all(func(id routing.CallID) {
			p.Stepped(id, Step{N: 1, Destination: toExtension, Outcome: routing.Answered, From: at, To: at})
			p.Ended(id, end, handlers.StatusCompleted)
		})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ids)), "ns/call")
}
