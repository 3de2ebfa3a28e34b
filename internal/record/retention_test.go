package record

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

// shredder has so many calls and events to delete.
type shredder struct {
	mu            sync.Mutex
	calls, events int
	policies      []Policy
	err           error
}

func (s *shredder) Purge(_ context.Context, p Policy, limit int) (int, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies = append(s.policies, p)
	if s.err != nil {
		return 0, 0, s.err
	}
	c, e := min(limit, s.calls), min(limit, s.events)
	s.calls, s.events = s.calls-c, s.events-e
	return c, e, nil
}

func TestRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shredder{calls: 1200, events: 2100}
		var log bytes.Buffer
		r := NewRetention(s, RetentionOptions{CallsFor: 48 * time.Hour, EventsFor: 24 * time.Hour, Log: zerolog.New(&log)})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		start := time.Now()
		go func() { ended <- r.Run(ctx) }()
		pass(time.Minute)
		s.mu.Lock()
		if s.calls != 0 || s.events != 0 || len(s.policies) != 5 {
			t.Errorf("left %d and %d after %d batches", s.calls, s.events, len(s.policies))
		}
		if d := cmp.Diff(Policy{CallsBefore: start.Add(-48 * time.Hour), EventsBefore: start.Add(-24 * time.Hour)}, s.policies[0]); d != "" {
			t.Error(d)
		}
		s.mu.Unlock()
		pass(30 * time.Minute) // nothing to do, three times
		if lines := strings.Count(log.String(), "\n"); lines != 1 || !strings.Contains(log.String(), `"calls":1200,"events":2100`) {
			t.Errorf("log %s", log.String())
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestRetentionIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shredder{calls: 1_000_000}
		r := NewRetention(s, RetentionOptions{CallsFor: time.Hour, Batch: 10, Most: 7})
		if calls, events, err := r.Pass(t.Context()); calls != 70 || events != 0 || err != nil {
			t.Errorf("%d calls, %d events, %v", calls, events, err)
		}
		if !s.policies[0].EventsBefore.IsZero() {
			t.Error("events would be deleted")
		}
		s.err = errors.New("away")
		if _, _, err := r.Pass(t.Context()); !errors.Is(err, s.err) {
			t.Error(err)
		}
	})
}

func TestKeepForEver(t *testing.T) {
	s := &shredder{calls: 10}
	if calls, _, err := NewRetention(s, RetentionOptions{}).Pass(t.Context()); calls != 0 || err != nil || len(s.policies) != 0 {
		t.Errorf("%d, %v, %v", calls, err, s.policies)
	}
}
