package routing

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Holidays are refused if, and only if, one of them is the whole year, or counts
// on no day of all the years that are looked at, as one finds who reads what is
// written on each of those days.
func TestHolidaysThatNeverCount(t *testing.T) {
	var dates []string
	for day := time.Date(firstTried, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() <= lastTried; day = day.AddDate(0, 0, 1) {
		dates = append(dates, day.Format(time.DateOnly))
	}
	refused, accepted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		s := Schedule{Holidays: rapid.SliceOfN(rapid.Custom(drawCloseHoliday), 1, 4).Draw(t, "holidays")}
		for i := range s.Holidays {
			s.Holidays[i].Name = fmt.Sprint("holiday ", i)
		}
		counts, wholeYear := map[*Holiday]bool{}, false
		for _, date := range dates {
			counts[slowHoliday(s, date)] = true
		}
		delete(counts, nil)
		for _, h := range s.Holidays {
			wholeYear = wholeYear || len(h.From) == len("12-25") && everyDay(h, dates[366:366+365])
		}
		want := wholeYear || len(counts) < len(s.Holidays)
		if problems := holidayProblems(s.Holidays); Refused(problems) != want {
			t.Fatalf("%d of %d count, the whole year %v: %v", len(counts), len(s.Holidays), wholeYear, problems)
		}
		if want {
			refused++
		} else {
			accepted++
		}
	})
	if refused == 0 || accepted == 0 {
		t.Errorf("%d refused, %d accepted", refused, accepted)
	}
}

func everyDay(h Holiday, dates []string) bool {
	for _, date := range dates {
		if slowHoliday(Schedule{Holidays: []Holiday{h}}, date) == nil {
			return false
		}
	}
	return true
}

func holidayProblems(holidays []Holiday) []Problem {
	_, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{{
		Tenant: "acme", Extensions: []Extension{{Extension: "1004"}}, Schedules: []Schedule{{Name: "office", Holidays: holidays}},
	}}})
	return problems
}

// drawCloseHoliday gives a holiday around the end of a year, so that others are
// on its days.
func drawCloseHoliday(t *rapid.T) Holiday {
	layout := rapid.SampledFrom([]string{"2006-01-02", "01-02"}).Draw(t, "layout")
	from := time.Date(2026, 12, 28, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 6).Draw(t, "from"))
	to := from.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "days"))
	switch rapid.IntRange(0, 9).Draw(t, "form") {
	case 0:
		return Holiday{From: to.AddDate(0, 0, 1).Format("01-02"), To: from.Format("01-02")} // nearly the whole year
	case 1, 2:
		return Holiday{Month: rapid.SampledFrom([]string{"december", "january"}).Draw(t, "month"), Weekday: "thursday", Nth: rapid.SampledFrom([]int{1, 4, 5, -1}).Draw(t, "nth")}
	case 3, 4, 5, 6:
		return Holiday{Date: from.Format(layout)}
	default:
		return Holiday{From: from.Format(layout), To: to.Format(layout)}
	}
}

// As many holidays as there may be, all of which come again, are looked at in
// little time: no more days than it takes to find one that is no other.
func BenchmarkHolidaysCount(b *testing.B) {
	var holidays []Holiday
	for i := range maxHolidays {
		holidays = append(holidays, Holiday{Name: fmt.Sprint("holiday ", i), Date: time.Date(2028, 1, 1+i, 0, 0, 0, 0, time.UTC).Format("01-02")})
	}
	for b.Loop() {
		if problems := holidayProblems(holidays); Refused(problems) {
			b.Fatal(problems)
		}
	}
}
