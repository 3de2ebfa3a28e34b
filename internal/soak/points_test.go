package soak

import (
	"context"
	"fmt"
	"testing"
	"time"

	"switchyard/internal/crash"
	"switchyard/internal/pgtest"
)

// A server dies once at each named point, and the one after it makes whole
// what was half done.
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	for _, point := range crash.Points() {
		for name, postgres := range map[string]bool{"PostgreSQL": true, "SQLite": false} {
			t.Run(fmt.Sprintf("%s/%s", point, name), func(t *testing.T) {
				t.Parallel()
				var database *pgtest.Mortal
				if postgres {
					database = pgtest.StartMortal(t)
				}
				dieAt(t, point, database)
			})
		}
	}
}

// few endpoints, so that what one crash leaves behind is seen.
var few = map[behaviour]int{healthy: 5, slow: 1}

func dieAt(t *testing.T, point string, database *pgtest.Mortal) {
	s := set(t, seed(t), 2, few, database)
	s.traffic.returning = true
	s.outage("server", func() { s.server.kill(); s.note(s.server.start("SWITCHYARD_CRASH_AT=" + point + "#3")) })
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	calling := make(chan struct{})
	go func() {
		defer close(calling)
		s.traffic.run(ctx, 5)
	}()
	select {
	case <-s.server.ended:
	case <-ctx.Done():
		t.Fatalf("no server died at %q", point)
	}
	if !s.server.killed() {
		t.Fatalf("the server ended with %v", s.server.err)
	}
	s.outage("server", s.start)
	rest(ctx, time.Second) // calls go on for a moment
	stop()
	<-calling
	s.settle(t, time.Minute)
}
