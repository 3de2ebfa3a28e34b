package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/routing"
)

// Schedule is a schedule as it is shown, with what it is now.
type Schedule struct {
	ID               string                `json:"id"`
	Name             string                `json:"name"`
	Timezone         string                `json:"timezone" doc:"IANA name"`
	Schedules        []routing.Window      `json:"schedules" doc:"windows of a week in which it is open; an endTime before the startTime is on the next day"`
	Holidays         []routing.Holiday     `json:"holidays" doc:"the first that fits a day counts"`
	OpenAction       *routing.Destination  `json:"openAction" doc:"where calls go while it is open, unless the window or the number says otherwise"`
	AfterHoursAction *routing.Destination  `json:"afterHoursAction" doc:"where they go while it is closed"`
	OverrideCode     *routing.OverrideCode `json:"overrideCode" doc:"what phones dial to override it"`
	Status           ScheduleStatus        `json:"status"`
}

// ScheduleStatus is what a schedule is at a time.
type ScheduleStatus struct {
	IsOpen      bool                 `json:"isOpen"`
	Reason      routing.HoursReason  `json:"reason" enum:"window,outside,holiday,override"`
	Holiday     *string              `json:"holiday" doc:"the holiday this day is; null: none"`
	Until       *time.Time           `json:"until" doc:"when any of this changes next, in the schedule's time zone; null: not within 400 days"`
	Destination *routing.Destination `json:"destination" doc:"where calls go; null: the number's own route, else the tenant's default destination"`
	Override    *ScheduleOverride    `json:"override" doc:"that is in force; null: none"`
}

// ScheduleOverride takes the place of a schedule's hours until it expires.
type ScheduleOverride struct {
	State       routing.OverrideState `json:"state" enum:"open,closed,destination"`
	Destination *routing.Destination  `json:"destination" doc:"of state destination"`
	Since       string                `json:"since" doc:"RFC 3339; empty: from ever"`
	Until       string                `json:"until" doc:"RFC 3339"`
	By          string                `json:"by" doc:"who set it"`
	Reason      string                `json:"reason"`
}

type (
	schedulesAnswer struct{ Body schedulesBody }
	schedulesBody   struct {
		Schedules []Schedule `json:"schedules"`
		Next      string     `json:"next,omitempty" doc:"cursor for ?after=; left out: that was all"`
	}
	scheduleAnswer struct{ Body scheduleBody }
	scheduleBody   struct {
		Schedule Schedule `json:"schedule"`
	}
	statusAnswer struct{ Body ScheduleStatus }
	// ScheduleRef names a schedule.
	ScheduleRef struct {
		ForTenant
		ID string `path:"id" maxLength:"200" doc:"name or id"`
	}
)

func (s *Server) scheduleResources(a huma.API) {
	const path, one = "/api/schedules", "/api/schedules/{id}"
	tags, conflict := []string{"Schedules"}, []int{http.StatusConflict}
	add(a, anyKey, huma.Operation{OperationID: "list-schedules", Method: http.MethodGet, Path: path, Tags: tags, Errors: []int{http.StatusBadRequest}, Summary: "Schedules by name, and whether they are open now"}, s.listSchedules)
	add(a, anyKey, huma.Operation{OperationID: "get-schedule", Method: http.MethodGet, Path: one, Tags: tags, Summary: "One schedule, and whether it is open now"}, s.getSchedule)
	add(a, anyKey, huma.Operation{OperationID: "get-schedule-status", Method: http.MethodGet, Path: one + "/status", Tags: tags, Summary: "Whether it is open now, why, until when, and where calls go"}, s.getScheduleStatus)
	add(a, anyKey, huma.Operation{OperationID: "get-schedule-calendar", Method: http.MethodGet, Path: one + "/calendar", Tags: tags, Summary: "When it will be open, day by day"}, s.getCalendar)
	add(a, anyKey, huma.Operation{OperationID: "override-schedule", Method: http.MethodPut, Path: one + "/override", Tags: tags, Errors: conflict, Summary: "Open it, close it or send all calls elsewhere, for a time", Description: "In place of the override it has. It ends with until, or hours and minutes from now: one of the two."}, s.overrideSchedule)
	add(a, anyKey, huma.Operation{OperationID: "clear-override", Method: http.MethodDelete, Path: one + "/override", DefaultStatus: http.StatusNoContent, Tags: tags, Errors: conflict, Summary: "Let it go by its hours again", Description: "Nothing is wrong if it does so already."}, s.clearOverride)
}

// ownSchedule finds the schedule a request names.
func (s *Server) ownSchedule(ctx context.Context, in *ScheduleRef) (*routing.Plan, routing.Schedule, error) {
	_, plan, err := s.plan(ctx)
	if err != nil {
		return nil, routing.Schedule{}, err
	}
	found, ok := plan.Schedule(in.ID)
	if !ok {
		found, ok = plan.Schedule(strings.ToLower(in.ID)) // an id in capitals
	}
	if !ok {
		return nil, routing.Schedule{}, noSchedule(plan, in.ID)
	}
	return plan, found, nil
}

// noSchedule names what was asked for, and the schedule that was probably meant.
func noSchedule(plan *routing.Plan, ref string) *Failure {
	f := refuse(http.StatusNotFound, "there is no such schedule: %q", legible(ref))
	if meant := routing.DidYouMean(ref, plan.ScheduleNames()); meant != "" {
		f.Message += "; " + meant
	}
	return f
}

func (s *Server) listSchedules(ctx context.Context, in *listPage) (*schedulesAnswer, error) {
	tenant, plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	names, next, err := pageOf(in.Page, "schedules", tenant, plan.ScheduleNames(), func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	out := &schedulesAnswer{Body: schedulesBody{Schedules: make([]Schedule, len(names)), Next: next}}
	for i, name := range names {
		found, _ := plan.Schedule(name)
		out.Body.Schedules[i] = s.shownSchedule(plan, found)
	}
	return out, nil
}

func (s *Server) getSchedule(ctx context.Context, in *ScheduleRef) (*scheduleAnswer, error) {
	plan, found, err := s.ownSchedule(ctx, in)
	if err != nil {
		return nil, err
	}
	return &scheduleAnswer{Body: scheduleBody{s.shownSchedule(plan, found)}}, nil
}

func (s *Server) getScheduleStatus(ctx context.Context, in *ScheduleRef) (*statusAnswer, error) {
	plan, found, err := s.ownSchedule(ctx, in)
	if err != nil {
		return nil, err
	}
	return &statusAnswer{Body: s.scheduleStatus(plan, found.Name)}, nil
}

func (s *Server) shownSchedule(plan *routing.Plan, found routing.Schedule) Schedule {
	return Schedule{
		ID: found.ID, Name: found.Name, Timezone: found.Timezone,
		Schedules: append([]routing.Window{}, found.Schedules...), Holidays: append([]routing.Holiday{}, found.Holidays...),
		OpenAction: found.OpenAction, AfterHoursAction: found.AfterHoursAction, OverrideCode: found.OverrideCode,
		Status: s.scheduleStatus(plan, found.Name),
	}
}

func (s *Server) scheduleStatus(plan *routing.Plan, name string) ScheduleStatus {
	h, _ := plan.Hours(name, s.Now())
	out := ScheduleStatus{IsOpen: h.Open, Reason: h.Reason}
	if !h.Until.IsZero() {
		out.Until = &h.Until
	}
	if h.Holiday != "" {
		out.Holiday = &h.Holiday
	}
	if !h.To.IsZero() {
		out.Destination = &h.To
	}
	if o := h.Override; o != nil {
		out.Override = &ScheduleOverride{State: o.State, Destination: o.Destination, Since: o.Since, Until: o.Until, By: o.By, Reason: o.Reason}
	}
	return out
}
