package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"switchyard/internal/api"
	"switchyard/routing"
)

// The end of an override is its own, whatever its hours would do before; and
// where calls go is always said.
func TestSchedulesAreShown(t *testing.T) {
	tonight := time.Date(2026, 11, 20, 22, 0, 0, 0, time.UTC)
	set := func(state routing.OverrideState) *api.ScheduleOverride {
		return &api.ScheduleOverride{State: state, Until: "2026-12-24T12:00:00-05:00", By: "operator"}
	}
	for name, c := range map[string]struct {
		status api.ScheduleStatus
		want   string
	}{
		"by its hours":             {api.ScheduleStatus{IsOpen: true, Reason: routing.HoursWindow, Until: &tonight, Destination: &routing.Destination{Route: routing.RouteExtension, Target: "1001"}}, "open hours Fri 2026-11-20 17:00 America/New_York extension 1001 - -"},
		"opened, with no action":   {api.ScheduleStatus{IsOpen: true, Reason: routing.HoursOverride, Until: &tonight, Override: set(routing.OverrideOpen)}, "open override Thu 2026-12-24 12:00 America/New_York the number's own route operator -"},
		"closed, with no action":   {api.ScheduleStatus{Reason: routing.HoursOverride, Until: &tonight, Override: set(routing.OverrideClosed)}, "closed override Thu 2026-12-24 12:00 America/New_York the default destination operator -"},
		"nothing changes for long": {api.ScheduleStatus{IsOpen: true, Reason: routing.HoursWindow}, "open hours - America/New_York the number's own route - -"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := printSchedules(terminal{out: &out}, []api.Schedule{{Name: "office", Timezone: "America/New_York", Status: c.status}})
			lines := strings.Split(out.String(), "\n")
			if got := strings.Join(strings.Fields(lines[1]), " "); err != nil || got != "office "+c.want {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}
