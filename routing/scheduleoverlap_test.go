package routing

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Windows are refused if, and only if, two of them are open in the same minute
// of the week.
func TestOverlaps(t *testing.T) {
	refusals, accepted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		windows := rapid.SliceOfN(rapid.Custom(drawAnyWindow), 0, 5).Draw(t, "windows")
		var open [7 * dayMinutes]bool
		twice := false
		for _, w := range windows {
			if w.Enabled != nil && !*w.Enabled {
				continue
			}
			start, _ := parseClock(w.StartTime)
			end, _ := parseClock(w.EndTime)
			if w.EndTime <= w.StartTime {
				end += dayMinutes
			}
			for day, name := range weekdays {
				for m := start; m < end && strings.Contains(strings.Join(w.Days, " "), name); m++ {
					at := (day*dayMinutes + m) % len(open)
					twice = twice || open[at]
					open[at] = true
				}
			}
		}
		_, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{{Tenant: "acme", Schedules: []Schedule{{Name: "office", Schedules: windows}}}}})
		if Refused(problems) != twice {
			t.Fatalf("open twice: %v, problems %v", twice, problems)
		}
		if twice {
			refusals++
		} else {
			accepted++
		}
	})
	if refusals == 0 || accepted == 0 {
		t.Errorf("%d refused, %d accepted", refusals, accepted)
	}
}

func drawAnyWindow(t *rapid.T) Window {
	start := rapid.IntRange(0, dayMinutes/30-1).Draw(t, "start") * 30
	end := start + rapid.IntRange(1, 20).Draw(t, "length")*30
	w := Window{
		Days:      rapid.SliceOfNDistinct(rapid.SampledFrom(weekdays), 1, 2, rapid.ID[string]).Draw(t, "days"),
		StartTime: clockText(start), EndTime: clockText(end),
	}
	if rapid.IntRange(0, 9).Draw(t, "disabled") == 0 {
		off := false
		w.Enabled = &off
	}
	return w
}
