package api

import (
	"strings"
	"testing"

	"switchyard/routing"
)

func TestTheCalendar(t *testing.T) {
	e := newEndpoint(t)
	got := given[Calendar](e, e.as(e.readonly, "GET", "/api/schedules/office/calendar", ""), 200)
	if got.Schedule != "office" || got.Timezone != "America/New_York" || len(got.Days) != 30 || got.Days[0].Date != "2026-11-20" {
		t.Fatalf("%+v", got)
	}
	friday, thanksgiving := got.Days[0], got.Days[6]
	if len(friday.Hours) != 3 || !friday.Hours[1].Open || friday.Hours[1].From.Format("15:04 -07") != "09:00 -05" || friday.Hours[1].Destination.Target != "sales" {
		t.Errorf("%+v", friday)
	}
	if thanksgiving.Holiday != "Thanksgiving" || len(thanksgiving.Hours) != 1 || thanksgiving.Hours[0].Reason != routing.HoursHoliday {
		t.Errorf("%+v", thanksgiving)
	}
	got = given[Calendar](e, e.as(e.readonly, "GET", "/api/schedules/office/calendar?from=2027-03-14&days=1", ""), 200)
	if len(got.Days) != 1 || got.Days[0].Date != "2027-03-14" || len(got.Days[0].Clocks) != 1 || got.Days[0].Clocks[0].String() != "clocks go forward at 02:00 to 03:00" {
		t.Errorf("%+v", got)
	}
	for query, says := range map[string]string{
		"from=tomorrow": "is no day", "from=1969-12-31": "is no day", "from=2026-11-20T00:00": "is no day", "days=0": ">= 1", "days=401": "<= 400", "days=x": "integer",
	} {
		if f := e.refused(e.as(e.readonly, "GET", "/api/schedules/office/calendar?"+query, ""), 422, "invalid"); !strings.Contains(f.Detail, says) {
			t.Errorf("%s: %s", query, f.Detail)
		}
	}
}
