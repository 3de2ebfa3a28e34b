package storetest

import (
	"context"
	"flag"
	"fmt"
	"testing"

	"switchyard/internal/delivery"
	"switchyard/internal/record"
)

var dueRows = flag.Int("claim.due", 0, "BenchmarkClaim: also with so many due deliveries, of 5,000 endpoints (1,000,000 takes minutes to fill in)")

// BenchmarkClaim measures a claim of 64 deliveries beside a backlog that is all
// due: 1,000 deliveries of 10 endpoints, and with -claim.due as many as that
// says of 5,000; of all endpoints, and of 64 that are named.
func BenchmarkClaim(b *testing.B, fresh func(testing.TB) Database) {
	claimBacklog(b, fresh(b), 1000, 10)
	if *dueRows > 0 {
		claimBacklog(b, fresh(b), *dueRows, 5000)
	}
}

func claimBacklog(b *testing.B, db Database, rows, endpoints int) {
	fill(b, db, rows, endpoints)
	s := open(b, db)
	for _, named := range []int{0, 64} {
		of := "all"
		if named > 0 {
			of = "64"
		}
		b.Run(fmt.Sprintf("due=%d/endpoints=%d/of=%s", rows, endpoints, of), func(b *testing.B) {
			first := 0
			for b.Loop() {
				b.StopTimer()
				r := delivery.ClaimRequest{Now: t0, Limit: 64, PerEndpoint: 4, PerTenant: 32, Lease: lease}
				for i := range min(named, endpoints) {
					r.Endpoints = append(r.Endpoints, fmt.Sprint("endpoint-", (first+i)%endpoints))
				}
				first += named
				b.StartTimer()
				ds, err := s.Claim(context.Background(), r)
				if err != nil || len(ds) != min(r.Limit, 4*endpoints) {
					b.Fatal(err, len(ds))
				}
				b.StopTimer()
				if err := s.Release(context.Background(), ds); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

// fill puts deliveries in line that are all due, of calls of their own, round
// the endpoints; five endpoints are a tenant's.
func fill(b *testing.B, db Database, rows, endpoints int) {
	b.Helper()
	s, err := db.Open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	// Its body is what both databases take for bytes.
	if err := s.SaveEvents(b.Context(), []record.Event{event("", "test")}); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	count := func(n int) string {
		return fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) `, n)
	}
	db.Exec(b,
		count(1000)+`INSERT INTO events (uid, tenant_id, call_id, type, once, occurred_at, body)
			SELECT 'msg_' || i, 't', 'call-' || i, 'test', 'msg_' || i, 0, (SELECT body FROM events WHERE type = 'test' LIMIT 1) FROM n`,
		count(rows)+fmt.Sprintf(`INSERT INTO deliveries (event_id, tenant_id, endpoint_id, call_id, seq, state, next_at, attempt, lease_epoch)
			SELECT 1 + i %% 1000, 'tenant-' || ((i %% %[1]d) / 5), 'endpoint-' || (i %% %[1]d), 'call-' || i, 1, 0, i, 0, 0 FROM n`, endpoints),
		`ANALYZE`)
}
