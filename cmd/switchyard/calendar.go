package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"switchyard/internal/api"
	"switchyard/routing"
)

// showCalendar prints what a schedule will be.
func (c explainCommand) showCalendar(ctx context.Context, term terminal) error {
	calendar, err := c.calendar(ctx, term)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.out, calendar)
	}
	return printCalendar(term, calendar)
}

func (c explainCommand) calendar(ctx context.Context, term terminal) (api.Calendar, error) {
	var out api.Calendar
	if len(c.Files) == 0 {
		q := tenantFlags{Tenant: c.Tenant}.query()
		q.number("days", c.Days)
		q.put("from", c.From)
		err := c.get(ctx, "/api/schedules/"+url.PathEscape(c.Calendar)+"/calendar", q.Values, &out)
		return out, asUsage(err)
	}
	directory, err := c.compiled(term)
	if err != nil {
		return out, err
	}
	plan, err := onlyTenant(directory, c.Tenant)
	if err != nil {
		return out, usage{err}
	}
	out, err = api.CalendarOf(plan, c.Calendar, api.CalendarRequest{From: c.From, Days: c.Days}, time.Now())
	if err != nil {
		return out, usage{err}
	}
	return out, nil
}

// onlyTenant gives the tenant of a name, or without a name the only one.
func onlyTenant(d *routing.Directory, name string) (*routing.Plan, error) {
	if name == "" {
		all := d.Tenants()
		if len(all) != 1 {
			return nil, errors.New("the files have more than one tenant, or none: say --tenant")
		}
		name = string(all[0].ID)
	}
	plan, ok := d.Plan(name)
	if !ok {
		return nil, fmt.Errorf("no tenant %q", name)
	}
	return plan, nil
}

// printCalendar has a line for each part of a day in which the schedule is the
// same. What happens to the clocks stands beside the day.
func printCalendar(term terminal, calendar api.Calendar) error {
	fmt.Fprintf(term.out, "Schedule %s, times of %s\n\n", calendar.Schedule, calendar.Timezone)
	var lines strings.Builder
	t := newTable(&lines, "DATE", "DAY", "FROM", "TO", "IS", "WHY", "CALLS GO TO", "NOTE")
	for _, day := range calendar.Days {
		for i, h := range day.Hours {
			date, weekday, note := day.Date, shortDay(day.Weekday), dayNote(day)
			if i > 0 {
				date, weekday, note = " ", " ", " "
			}
			t.line(date, weekday, clockText(h.From, day.Date, false), clockText(h.To, day.Date, true), openOrClosed(h.Open), hoursText(h, day), toText(h), note)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(lines.String()) {
		fmt.Fprintln(term.out, strings.TrimRight(line, " \n"))
	}
	return nil
}

func shortDay(weekday string) string {
	return strings.ToUpper(weekday[:1]) + weekday[1:min(3, len(weekday))]
}

// clockText is a time of a day; 24:00 is the end of the day.
func clockText(t time.Time, date string, end bool) string {
	if end && t.Format(time.DateOnly) != date {
		return "24:00"
	}
	return t.Format("15:04")
}

func hoursText(h routing.CalendarHours, day routing.CalendarDay) string {
	var holiday *string
	if day.Holiday != "" {
		holiday = &day.Holiday
	}
	return whyHours(api.ScheduleStatus{Reason: h.Reason, Holiday: holiday})
}

func toText(h routing.CalendarHours) string {
	if h.Destination.IsZero() {
		return nowhereOfItsOwn(h.Open)
	}
	text := destinationText(&h.Destination)
	if h.Open && !h.Windowed {
		text += ", or the number's own route"
	}
	return text
}

// dayNote says what is special about a day.
func dayNote(day routing.CalendarDay) string {
	var notes []string
	if day.Holiday != "" {
		notes = append(notes, day.Holiday)
	}
	for _, change := range day.Clocks {
		notes = append(notes, "DST: "+change.String())
	}
	if len(notes) == 0 {
		return " "
	}
	return strings.Join(notes, "; ")
}
