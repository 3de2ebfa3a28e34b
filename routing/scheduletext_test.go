package routing

import (
	"fmt"
	"testing"
	"time"
)

func TestClockTexts(t *testing.T) {
	for text, want := range map[string]int{"00:00": 0, "09:05": 545, "23:59": 1439, "24:00": 1440} {
		if got, ok := parseClock(text); got != want || !ok {
			t.Errorf("%q is %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "9:00", "09:60", "24:01", "25:00", "09.00", "09:00 ", "-1:00", "09:0x", "０９:00", "900"} {
		if got, ok := parseClock(text); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// Every zone that is suggested is one.
func TestZoneNames(t *testing.T) {
	for name, want := range map[string]string{
		"America/New_Yrok": "America/New_York", "Berlin": "Europe/Berlin", "los angeles": "America/Los_Angeles", "utc": "UTC", "europe/london": "Europe/London",
	} {
		if got := zoneHint(name); got != "did you mean "+want+"?" {
			t.Errorf("%s: %q", name, got)
		}
		if _, err := time.LoadLocation(want); err != nil {
			t.Error(err)
		}
	}
	for zone := range zones() {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Error(err)
		}
	}
	if n := len(zones()); n < 550 {
		t.Errorf("only %d zones", n)
	}
}

// What else the folder of time zones of a machine has is on no other machine.
func TestZonesOfOneMachine(t *testing.T) {
	for name, want := range map[string]bool{
		"Europe/Berlin": true, "Europe/Amsterdam": true, "Asia/Calcutta": true, "US/Eastern": true, "UTC": true, "Etc/GMT+5": true, "EST5EDT": true, "": true,
		"localtime": false, "posixrules": false, "Factory": false, "Local": false, "right/UTC": false, "posix/Europe/Berlin": false, "europe/berlin": false, "../etc/passwd": false,
	} {
		operator := oneTenant()
		operator.Tenants[0].Timezone = name
		tenant := TenantConfig{Tenant: "acme", Schedules: []Schedule{{Name: "office", Timezone: name}}}
		for of, cfg := range map[string]Config{"a tenant": {Operator: operator}, "a schedule": {Operator: oneTenant(), Tenants: []TenantConfig{tenant}}} {
			if _, problems := Compile(cfg); Refused(problems) == want {
				t.Errorf("%q of %s: %v", name, of, problems)
			}
		}
	}
}

// A time of day that is read is the one that was written, in its one spelling.
func FuzzParseClock(f *testing.F) {
	for _, text := range []string{"09:00", "24:00", "23:59", "9:00", "::::", "00:00", "1a:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		minute, ok := parseClock(text)
		if ok && (minute < 0 || minute > dayMinutes || fmt.Sprintf("%02d:%02d", minute/60, minute%60) != text) {
			t.Errorf("%q is %d", text, minute)
		}
	})
}

// A date that is read is the one that was written, and a holiday on it is on that
// day of the year alone.
func FuzzParseHolidayDate(f *testing.F) {
	for _, text := range []string{"2026-12-25", "12-25", "02-29", "02-30", "2026-02-29", "0000-01-01", "-2026-1-1", "2026-1-1", "9999-12-31", "1-2-3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		day, yearly, ok := parseHolidayDate(text)
		if !ok {
			return
		}
		written := fmt.Sprintf("%04d-%02d-%02d", day.year, day.month, day.day)
		if yearly {
			written = written[len("2000-"):]
		}
		if written != text {
			t.Errorf("%q is %s", text, written)
		}
		var h holiday
		h.on(day, day, yearly)
		next := civilDayOf(day.number + 1)
		if !h.fits(&day) || h.fits(&next) {
			t.Errorf("%q is not on its day alone", text)
		}
	})
}
