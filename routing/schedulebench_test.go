package routing

import (
	"fmt"
	"testing"
	"time"
)

// busySchedule has two windows a day and many holidays.
func busySchedule(b *testing.B, holidays int) *Plan {
	s := Schedule{Name: "compared", Timezone: "America/New_York", Schedules: []Window{
		{Days: weekdays[1:6], StartTime: "09:00", EndTime: "12:00"}, {Days: weekdays[1:6], StartTime: "13:00", EndTime: "02:00"},
	}}
	for i := range holidays {
		s.Holidays = append(s.Holidays, Holiday{Name: fmt.Sprint("holiday ", i), Date: time.Date(2030, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)})
	}
	return compare(b, s).plan
}

func BenchmarkFollow(b *testing.B) {
	at := Stop{Destination: Destination{RouteSchedule, "compared"}, Open: Destination{RouteExtension, "1003"}}
	for _, holidays := range []int{0, 20, 300} {
		b.Run(fmt.Sprintf("%d_holidays", holidays), func(b *testing.B) {
			plan := busySchedule(b, holidays)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, ok := plan.Follow(at, noon); !ok {
					b.Fatal("nowhere")
				}
			}
		})
	}
}

// What takes longest: a schedule that does not change in 400 days.
func BenchmarkHoursThatNeverChange(b *testing.B) {
	plan := compare(b, Schedule{Timezone: "America/New_York"}).plan
	for b.Loop() {
		if h, _ := plan.Hours("compared", noon); !h.Until.IsZero() {
			b.Fatal(h)
		}
	}
}

func BenchmarkCalendar30Days(b *testing.B) {
	plan := busySchedule(b, 20)
	for b.Loop() {
		if days, _ := plan.Calendar("compared", noon, 30); len(days) != 30 {
			b.Fatal(len(days))
		}
	}
}
