package replay_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/record"
	"switchyard/internal/replay"
)

// memory has records, the newest first.
type memory []record.Call

func (m memory) DecidedCalls(_ context.Context, f record.Filter) ([]record.Call, error) {
	from := 0
	if f.After != nil {
		last := record.Call{StartedAt: f.After.StartedAt, ID: f.After.ID}
		from, _ = slices.BinarySearchFunc(m, last, record.NewestFirst)
		from++
	}
	return m[from:min(len(m), from+f.Limit)], nil
}

// A replay of 100,000 calls finds what was planted, and nothing else.
func TestPlanted(t *testing.T) {
	published, draft := platform(t)
	calls, want := generate(t, published, 100_000)
	r, err := replay.Run(t.Context(), memory(calls), replay.Request{Published: published, Draft: draft, Examples: 2})
	if err != nil {
		t.Fatal(err)
	}
	want.check(t, r)
}

func (p planted) check(t *testing.T, r replay.Result) {
	t.Helper()
	got := planted{calls: r.Calls, changed: r.Changed, same: r.SamePlace, unknown: r.Unknown, went: r.WentElsewhere, groups: map[string]int{}, unknowns: map[string]int{}}
	for _, g := range r.Groups {
		got.groups[title(g)] += g.Calls
		p.checkExamples(t, g)
	}
	for _, u := range r.Unknowns {
		got.unknowns[u.Reason] = u.Calls
	}
	if d := cmp.Diff(p, got, cmp.AllowUnexported(planted{})); d != "" {
		t.Errorf("(-planted +found):\n%s", d)
	}
	if r.Unchanged != p.calls-p.changed-p.same-p.unknown || r.Others != 0 {
		t.Errorf("%d unchanged of %d, %d others", r.Unchanged, r.Calls, r.Others)
	}
	if !slices.IsSortedFunc(r.Groups, func(a, b replay.Group) int { return b.Calls - a.Calls }) {
		t.Error("the largest group is not the first")
	}
}

func title(g replay.Group) string {
	return fmt.Sprintf("%s, %s | %s, %s | %s", g.From, g.From.By(), g.To, g.To.By(), strings.Join(g.Differs, " "))
}

// checkExamples looks whether the calls named are of the group's kind.
func (p planted) checkExamples(t *testing.T, g replay.Group) {
	t.Helper()
	if len(g.Examples) != min(2, g.Calls) {
		t.Errorf("%s: %d examples", title(g), len(g.Examples))
	}
	for _, e := range g.Examples {
		var i int
		if _, err := fmt.Sscanf(string(e.CallUUID), "00000000-0000-4000-8000-%d", &i); err != nil {
			t.Fatal(err)
		}
		call, at := nth(i)
		if kindOf(i).group != title(g) || !e.At.Equal(at) || e.Caller != call.CallerNumber || e.Dialled != call.Dialled {
			t.Errorf("%s: example %+v is call %+v at %s", title(g), e, call, at)
		}
	}
}

// A draft that is what is published changes nothing.
func TestNothingChanges(t *testing.T) {
	published, _ := platform(t)
	calls, _ := generate(t, published, 2000)
	r, err := replay.Run(t.Context(), memory(calls), replay.Request{Published: published, Draft: published, Examples: 2})
	if err != nil || r.Changed != 0 || r.SamePlace != 0 || len(r.Groups) != 0 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestLimitAndProgress(t *testing.T) {
	published, draft := platform(t)
	calls, _ := generate(t, published, 2000)
	for limit, want := range map[int]string{0: "500 1000 1500 2000 2000", 700: "500 700", 500: "500", 1: "1"} {
		var told []string
		r, err := replay.Run(t.Context(), memory(calls), replay.Request{Published: published, Draft: draft, Limit: limit,
			Progress: func(done int) error { told = append(told, strconv.Itoa(done)); return nil }})
		if got := strings.Join(told, " "); err != nil || got != want {
			t.Errorf("limit %d: %v, told %s", limit, err, got)
		}
		if limit > 0 && r.Calls != limit || len(r.Groups) > 0 && r.Groups[0].Examples != nil {
			t.Errorf("limit %d: %d calls, %v", limit, r.Calls, r.Groups)
		}
	}
}

// Whoever asked is gone, or the store is: the replay ends with the page it is at.
func TestEndsEarly(t *testing.T) {
	published, draft := platform(t)
	calls, _ := generate(t, published, 2000)
	gone := errors.New("gone")
	r := replay.Request{Published: published, Draft: draft}
	r.Progress = func(done int) error {
		if done > 500 {
			t.Errorf("%d calls after the end", done)
		}
		return gone
	}
	if _, err := replay.Run(t.Context(), memory(calls), r); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.Progress = func(done int) error {
		if done > 500 {
			t.Errorf("%d calls after the end", done)
		}
		cancel()
		return nil
	}
	if _, err := replay.Run(ctx, memory(calls), r); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
