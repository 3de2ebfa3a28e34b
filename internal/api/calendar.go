package api

import (
	"context"
	"fmt"
	"time"

	"switchyard/routing"
)

// CalendarRequest asks what a schedule will be.
type CalendarRequest struct {
	From string `query:"from" maxLength:"20" doc:"YYYY-MM-DD in the schedule's time zone; default today"`
	Days int    `query:"days" minimum:"1" maximum:"400" default:"30"`
}

// Calendar is what a schedule is on some days.
type Calendar struct {
	Schedule string                `json:"schedule" doc:"its name"`
	Timezone string                `json:"timezone" doc:"IANA name: all times are in it"`
	Days     []routing.CalendarDay `json:"days" doc:"clocks: the changes of the clocks on that day"`
}

type (
	calendarInput struct {
		ScheduleRef
		CalendarRequest
	}
	calendarAnswer struct{ Body Calendar }
)

func (s *Server) getCalendar(ctx context.Context, in *calendarInput) (*calendarAnswer, error) {
	plan, found, err := s.ownSchedule(ctx, &in.ScheduleRef)
	if err != nil {
		return nil, err
	}
	out, err := CalendarOf(plan, found.Name, in.CalendarRequest, s.Now())
	if err != nil {
		return nil, wrong("query.from", "%s", err)
	}
	return &calendarAnswer{out}, nil
}

// CalendarOf gives what a schedule, by name or id, is on some days. The error
// says that there is no such schedule, or what is wrong with the request.
func CalendarOf(plan *routing.Plan, schedule string, in CalendarRequest, now time.Time) (Calendar, error) {
	found, ok := plan.Schedule(schedule)
	if !ok {
		return Calendar{}, fmt.Errorf("tenant %q has no schedule %q", plan.Tenant().Name, schedule)
	}
	if in.Days < 1 || in.Days > routing.MaxCalendar {
		return Calendar{}, fmt.Errorf("%d days: a calendar has 1 to %d", in.Days, routing.MaxCalendar)
	}
	from := now
	if in.From != "" {
		zone, err := time.LoadLocation(found.Timezone)
		if err != nil {
			return Calendar{}, err
		}
		day, err := time.Parse(time.DateOnly, in.From)
		if err != nil || day.Before(earliestDate) || day.After(latestDate) {
			return Calendar{}, fmt.Errorf("%q is no day since 1970; write it like 2026-11-30", legible(in.From))
		}
		// Not every day has a midnight; all have a noon.
		from = time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, zone)
	}
	days, _ := plan.Calendar(found.Name, from, in.Days)
	return Calendar{Schedule: found.Name, Timezone: found.Timezone, Days: days}, nil
}
