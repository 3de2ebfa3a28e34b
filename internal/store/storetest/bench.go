package storetest

import (
	"context"
	"fmt"
	"switchyard/handlers"
	"syscall"
	"testing"
	"time"

	"switchyard/internal/delivery"
	"switchyard/internal/record"
	"switchyard/routing"
)

// Benchmark measures what storing costs this process.
func Benchmark(b *testing.B, fresh func(testing.TB) Database) {
	b.Run("SaveCalls", func(b *testing.B) {
		for _, together := range []int{1, 4, 16} {
			b.Run(fmt.Sprintf("batch=%d", together), func(b *testing.B) { saveCalls(b, fresh(b), together) })
		}
		b.Run("mixture", func(b *testing.B) { saveMixture(b, fresh(b)) })
	})
	b.Run("ClaimAndSettle", func(b *testing.B) { claimAndSettle(b, fresh(b)) })
	b.Run("ClaimBesideBacklog", func(b *testing.B) { claimBesideBacklog(b, fresh(b)) })
}

// saveCalls is a call from start to end: three changes, each with an event for
// one endpoint, saved together with the same change of other calls.
func saveCalls(b *testing.B, db Database, together int) {
	s := open(b, db)
	cpu := processCPU()
	calls := 0
	for b.Loop() {
		for _, eventType := range []string{"call.started", "call.answered", "call.ended"} {
			changes := make([]record.Change, together)
			for i := range changes {
				changes[i] = benchChange(fmt.Sprintf("8f14e45f-ceea-467f-a0b1-%012d", calls+i), eventType)
			}
			save(b, s, changes...)
		}
		calls += together
	}
	b.ReportMetric(float64(processCPU()-cpu)/float64(calls)/1000, "cpu-µs/call")
	b.ReportMetric(float64(b.Elapsed())/float64(calls)/1000, "µs/call")
}

func benchChange(id, eventType string) record.Change {
	c := record.Change{Call: fullCall(id)}
	if eventType != "call.ended" {
		c.Call.Status = handlers.StatusActive
	} else {
		c.Legs = []record.Leg{fullLeg(id, id), {CallID: c.Call.ID, LegID: id + "b", Side: "b", Cause: "NONE"}}
	}
	c.Events = []record.Event{event(id, eventType, "6b86b273-ff34-4ce1-9d6b-804eff5a3f57")}
	return c
}

func claimAndSettle(b *testing.B, db Database) {
	s := open(b, db)
	const batch = 8
	cpu := processCPU()
	n := 0
	for b.Loop() {
		b.StopTimer()
		before := processCPU()
		for i := range batch {
			save(b, s, change(fmt.Sprintf("c%d-%d", n, i), "call.started", fmt.Sprint("e", i)))
		}
		cpu += processCPU() - before
		b.StartTimer()
		settle(b, s, claim(b, s, t0, batch, 4), done)
		n++
	}
	b.ReportMetric(float64(processCPU()-cpu)/float64(n*batch)/1000, "cpu-µs/delivery")
}

// claimBesideBacklog has an endpoint that is dead with a long list, half of it
// due, and one that works.
func claimBesideBacklog(b *testing.B, db Database) {
	s := open(b, db)
	for i := range 200 {
		var changes []record.Change
		for j := range 50 {
			id := fmt.Sprintf("dead-%d-%d", i, j)
			changes = append(changes, change(id, "call.started", "dead"), change(id, "call.ended", "dead"))
		}
		save(b, s, changes...)
	}
	for range 50 {
		settle(b, s, claim(b, s, t0, 100, 100), func(r *delivery.Result) {
			r.NextAt, r.Class = t0.Add(time.Hour), delivery.Blocked // the endpoint is not to be paused for it
		})
	}
	held := claim(b, s, t0, 4, 4) // all the dead one may have
	n := 0
	for b.Loop() {
		b.StopTimer()
		save(b, s, change(fmt.Sprint("alive-", n), "call.started", "alive"))
		n++
		b.StartTimer()
		ds, err := s.Claim(context.Background(), delivery.ClaimRequest{Now: t0, Limit: 64, PerEndpoint: 4, Lease: time.Hour})
		if err != nil || len(ds) != 1 || ds[0].CallID != routing.CallID(fmt.Sprint("alive-", n-1)) {
			b.Fatal(err, brief(ds))
		}
		b.StopTimer()
		settle(b, s, ds, done)
		b.StartTimer()
	}
	settle(b, s, held, func(r *delivery.Result) { r.Done = true })
}

// processCPU is the processor time this process has used.
func processCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
