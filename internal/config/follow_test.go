package config_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/config"
)

// lines gives every log line to whoever waits for it.
type lines chan string

func (l lines) Write(p []byte) (int, error) { l <- string(p); return len(p), nil }

// What one server publishes, the others on the same store use soon.
func TestAnotherServersChangeIsFollowed(t *testing.T) {
	first, s, _ := opened(t)
	second, err := config.Open(t.Context(), s, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	told, ended := make(lines, 10), make(chan error, 1)
	go func() { ended <- second.Follow(ctx, zerolog.New(told)) }()
	apply(t, first, operator, acme)
	if line := <-told; !strings.Contains(line, "loaded what another server published") {
		t.Error(line)
	}
	if plan, ok := second.Directory().Plan("acme"); !ok || len(plan.Webhooks()) != 1 {
		t.Error("the second server does not have the tenant")
	}
	// And the other way round, without a conflict.
	if _, err := second.Change(t.Context(), "acme", "x", "y", addHook("erp", "https://erp.example/hook")); err != nil {
		t.Error(err)
	}
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A store that is away is told of once, and what there was stays.
func TestFollowingWithoutTheStore(t *testing.T) {
	h, s, _ := opened(t)
	apply(t, h, operator, acme)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithTimeout(t.Context(), 3*config.FollowEvery)
	defer end()
	told := make(lines, 10)
	if err := h.Follow(ctx, zerolog.New(told)); err != nil {
		t.Error(err)
	}
	close(told)
	n := 0
	for range told {
		n++
	}
	if _, ok := h.Directory().Plan("acme"); n != 1 || !ok {
		t.Errorf("%d lines, tenant there: %t", n, ok)
	}
}

// Whoever works on what is published learns of another directory.
func TestTheNextDirectoryIsTold(t *testing.T) {
	h, _, _ := opened(t)
	first, replaced := h.Watch()
	if first != h.Directory() {
		t.Error("another directory")
	}
	select {
	case <-replaced:
		t.Fatal("nothing was published")
	default:
	}
	apply(t, h, operator, acme)
	<-replaced
	second, replaced := h.Watch()
	if second != h.Directory() || second == first {
		t.Error("the directory is the old one")
	}
	apply(t, h, operator, acme) // the same once more
	select {
	case <-replaced:
		t.Error("nothing was published")
	default:
	}
}
