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
