package config_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/config"
	"switchyard/internal/store"
	"switchyard/internal/store/sqlite"
	"switchyard/routing"
)

const hours = `
tenant: acme
schedules:
  - {name: office, schedules: [{day: monday, startTime: "09:00", endTime: "17:00"}]}
  - {name: shop, schedules: [{day: monday, startTime: "09:00", endTime: "17:00"}]}
  - {name: warehouse, schedules: [{day: monday, startTime: "09:00", endTime: "17:00"}]}
`

func until(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }

func overrides(t *testing.T, h *config.Holder) []routing.Override {
	t.Helper()
	cfg, _, err := h.Tenant("acme")
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Overrides
}

func scheduleID(t *testing.T, h *config.Holder, name string) string {
	t.Helper()
	cfg, _, err := h.Tenant("acme")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range cfg.Schedules {
		if s.Name == name {
			return s.ID
		}
	}
	t.Fatalf("no schedule %s", name)
	return ""
}

// Where an expired override led may go; while one is in force it may not.
func TestAnExpiredOverrideKeepsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		until   time.Duration
		refused bool
	}{"expired": {-time.Second, false}, "in force": {time.Second, true}} {
		t.Run(name, func(t *testing.T) {
			h, s, path := opened(t)
			apply(t, h, operator, acme, hours+`
overrides:
  - {schedule: office, state: destination, destination: {route: extension, target: "1002"}, until: "`+until(c.until)+`"}
`)
			_, err := h.Apply(t.Context(), config.Request{Author: "ann", Files: files("tenant: acme\nextensions: [{extension: \"1001\"}]\n")})
			if refused := err != nil; refused != c.refused {
				t.Fatalf("without where it leads: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if again, _, _ := reopened(t, path); again.Directory() == nil {
				t.Error("it cannot be loaded again")
			}
		})
	}
}

func TestAnOverrideTakesThePlaceOfTheOneBefore(t *testing.T) {
	h, s, _ := opened(t)
	apply(t, h, operator, acme, hours)
	out, err := h.Override(t.Context(), "acme", "ann", routing.Override{Schedule: "office", State: routing.OverrideClosed, Until: until(time.Hour), By: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]config.Difference{{Scope: "acme", Kind: "overrides", Name: "office", Change: "added"}}, out.Changes); diff != "" {
		t.Error(diff)
	}
	first := overrides(t, h)
	// By its id, and in capitals, it is the same schedule.
	out, err = h.Override(t.Context(), "acme", "bob", routing.Override{Schedule: strings.ToUpper(scheduleID(t, h, "office")), State: routing.OverrideOpen, Until: until(2 * time.Hour), By: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	want := []routing.Override{{ID: first[0].ID, Schedule: "office", State: routing.OverrideOpen, Since: until(0), Until: until(2 * time.Hour), By: "bob"}}
	if diff := cmp.Diff(want, overrides(t, h)); diff != "" || first[0].ID == "" || out.Changes[0].Change != "changed" {
		t.Errorf("%+v\n%s", out.Changes, diff)
	}
	revisions, err := s.Revisions(t.Context(), "6a097cb2-504f-43be-819a-b76209976818", 0, 10)
	if err != nil || revisions[0].Author != "bob" || !strings.Contains(revisions[0].Comment, "overridden: open until "+until(2*time.Hour)) {
		t.Errorf("%+v, %v", revisions, err)
	}
}

// An override counts from when it was set, in UTC and whole seconds and no part
// of one later than now; or from when it says.
func TestAnOverrideCountsFromNowOn(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), store.WithKey([]byte(strings.Repeat("k", 32))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	clock := now.Add(999 * time.Millisecond).In(time.FixedZone("", 3600))
	h, err := config.Open(t.Context(), s, func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	apply(t, h, operator, acme, hours)
	earlier := now.Add(-time.Hour).Format(time.RFC3339)
	for schedule, since := range map[string]string{"office": "", "shop": earlier} {
		o := routing.Override{Schedule: schedule, State: routing.OverrideOpen, Since: since, Until: until(time.Hour)}
		if _, err := h.Override(t.Context(), "acme", "ann", o); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]string{}
	for _, o := range overrides(t, h) {
		got[o.Schedule] = o.Since
	}
	if diff := cmp.Diff(map[string]string{"office": "2026-11-20T15:00:00Z", "shop": earlier}, got); diff != "" {
		t.Error(diff)
	}
	plan, _ := h.Directory().Plan("acme")
	for at, want := range map[time.Time]routing.HoursReason{now.Add(-time.Second): routing.HoursOutside, clock: routing.HoursOverride} {
		if is, _ := plan.Hours("office", at); is.Reason != want {
			t.Errorf("at %s: %s", at, is)
		}
	}
}

func TestExpiredOverridesGoInPassing(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme, hours)
	apply(t, h, "tenant: acme\noverrides:\n  - {schedule: shop, state: open, until: \""+until(-time.Second)+"\"}\n  - {schedule: warehouse, state: open, until: \""+until(time.Second)+"\"}\n")
	if n := len(overrides(t, h)); n != 2 {
		t.Fatalf("%d overrides", n)
	}
	if _, err := h.Override(t.Context(), "acme", "ann", routing.Override{Schedule: "office", State: routing.OverrideOpen, Until: until(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, o := range overrides(t, h) {
		left = append(left, o.Schedule)
	}
	if diff := cmp.Diff([]string{"warehouse", "office"}, left); diff != "" {
		t.Error(diff)
	}
}

func TestAnOverrideIsCleared(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme, hours)
	for _, schedule := range []string{"office", "shop"} {
		if _, err := h.Override(t.Context(), "acme", "ann", routing.Override{Schedule: schedule, State: routing.OverrideOpen, Until: until(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2 { // the second time there is none, and nothing is published
		out, err := h.ClearOverride(t.Context(), "acme", "ann", "office")
		if err != nil || (len(out.Changes) == 0) != (i == 1) {
			t.Errorf("%+v, %v", out, err)
		}
	}
	if left := overrides(t, h); len(left) != 1 || left[0].Schedule != "shop" {
		t.Errorf("%+v", left)
	}
	if _, err := h.ClearOverride(t.Context(), "acme", "ann", scheduleID(t, h, "shop")); err != nil || len(overrides(t, h)) != 0 {
		t.Errorf("%+v, %v", overrides(t, h), err)
	}
}

// A file that says nothing of overrides leaves them, also one that has the
// schedules.
func TestFilesLeaveOverrides(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme, hours)
	if _, err := h.Override(t.Context(), "acme", "ann", routing.Override{Schedule: "office", State: routing.OverrideClosed, Until: until(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	apply(t, h, operator, acme, hours)
	if left := overrides(t, h); len(left) != 1 || left[0].State != routing.OverrideClosed {
		t.Errorf("%+v", left)
	}
	apply(t, h, "tenant: acme\noverrides: []\n")
	if left := overrides(t, h); len(left) != 0 {
		t.Errorf("%+v", left)
	}
}

func TestNothingToOverride(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme, hours)
	o := routing.Override{Schedule: "factory", State: routing.OverrideOpen, Until: until(time.Hour)}
	if _, err := h.Override(t.Context(), "acme", "ann", o); !errors.Is(err, config.ErrNoSchedule) {
		t.Errorf("%v", err)
	}
	if _, err := h.ClearOverride(t.Context(), "acme", "ann", "factory"); !errors.Is(err, config.ErrNoSchedule) {
		t.Errorf("%v", err)
	}
	if _, err := h.Override(t.Context(), "nobody", "ann", o); !errors.Is(err, config.ErrNoTenant) {
		t.Errorf("%v", err)
	}
	if _, err := h.ClearOverride(t.Context(), "nobody", "ann", "office"); !errors.Is(err, config.ErrNoTenant) {
		t.Errorf("%v", err)
	}
}
