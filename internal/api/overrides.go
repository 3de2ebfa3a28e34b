package api

import (
	"context"
	"errors"
	"strings"
	"time"

	"switchyard/internal/config"
	"switchyard/routing"
)

// OverrideRequest is the body of PUT /api/schedules/{id}/override.
type OverrideRequest struct {
	State       routing.OverrideState `json:"state" enum:"open,closed,destination"`
	Destination *routing.Destination  `json:"destination,omitempty" doc:"of state destination: where all calls go"`
	Until       string                `json:"until,omitempty" maxLength:"100" doc:"RFC 3339; without an offset (2026-11-21T18:00, or 18:00: the next one) by the clock of the schedule's time zone"`
	Hours       int                   `json:"hours,omitempty" minimum:"0" maximum:"9600" doc:"instead of until: so long from now"`
	Minutes     int                   `json:"minutes,omitempty" minimum:"0" maximum:"576000"`
	Reason      string                `json:"reason,omitempty" maxLength:"200"`
}

type overrideInput struct {
	ScheduleRef
	Body OverrideRequest
}

// OverrideMost is how long an override may last: one that is forgotten ends.
const OverrideMost = 400 * 24 * time.Hour

func (s *Server) overrideSchedule(ctx context.Context, in *overrideInput) (*scheduleAnswer, error) {
	plan, found, err := s.ownSchedule(ctx, &in.ScheduleRef)
	if err != nil {
		return nil, err
	}
	until, err := in.Body.until(found, s.Now())
	if err != nil {
		return nil, err
	}
	by := callerOf(ctx).name()
	_, err = s.Configuration.Override(ctx, string(plan.Tenant().ID), by, routing.Override{
		Schedule: found.Name, State: in.Body.State, Destination: in.Body.Destination,
		Until: until.Format(time.RFC3339), By: by, Reason: safeName(in.Body.Reason),
	})
	if err != nil {
		return nil, s.overrideRefused(err)
	}
	s.Log.Info().Str("tenant", string(plan.Tenant().ID)).Str("author", by).Str("schedule", found.Name).
		Str("state", string(in.Body.State)).Time("until", until).Msg("a schedule was overridden")
	return s.getSchedule(ctx, &in.ScheduleRef)
}

func (s *Server) clearOverride(ctx context.Context, in *ScheduleRef) (*nothing, error) {
	plan, found, err := s.ownSchedule(ctx, in)
	if err != nil {
		return nil, err
	}
	by := callerOf(ctx).name()
	out, err := s.Configuration.ClearOverride(ctx, string(plan.Tenant().ID), by, found.Name)
	if err != nil {
		return nil, s.overrideRefused(err)
	}
	if len(out.Changes) > 0 {
		s.Log.Info().Str("tenant", string(plan.Tenant().ID)).Str("author", by).Str("schedule", found.Name).Msg("an override was cleared")
	}
	return nil, nil
}

func (s *Server) overrideRefused(err error) error {
	if errors.Is(err, config.ErrNoSchedule) { // taken away meanwhile
		return noSuch("schedule")
	}
	return s.refused(err)
}

// until gives when an override ends, to the second, in the schedule's zone.
func (r *OverrideRequest) until(of routing.Schedule, now time.Time) (time.Time, error) {
	zone, err := time.LoadLocation(of.Timezone)
	if err != nil { // no schedule is published with such a zone
		zone = time.UTC
	}
	lasts := time.Duration(r.Hours)*time.Hour + time.Duration(r.Minutes)*time.Minute
	until := now.Add(lasts).Truncate(time.Second).In(zone)
	switch {
	case r.Until != "" && lasts != 0:
		return until, wrong("body.until", "give until, or hours and minutes, and not both")
	case r.Until != "":
		if until, err = parseUntil(r.Until, zone, now); err != nil {
			return until, err
		}
	case lasts == 0:
		return until, wrong("body.until", "an override has to end: give until, or hours and minutes")
	}
	switch {
	case !until.After(now):
		return until, wrong("body.until", "%s is over already", until.Format(time.RFC3339))
	case until.Sub(now) > OverrideMost:
		return until, wrong("body.until", "%s is more than 400 days away", until.Format(time.RFC3339))
	}
	return until, nil
}

// parseUntil reads a time: with an offset, by the clock of a zone, or the next
// time that clock shows an hour.
func parseUntil(text string, zone *time.Location, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.Truncate(time.Second).In(zone), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, strings.Replace(text, " ", "T", 1), zone); err == nil {
			return t, nil
		}
	}
	clock, err := time.Parse("15:04", text)
	if err != nil {
		return time.Time{}, wrong("body.until", "%q is no time; write 2026-11-21T18:00:00-05:00, or 2026-11-21T18:00 or 18:00 by the schedule's clock", legible(text))
	}
	today := now.In(zone)
	next := time.Date(today.Year(), today.Month(), today.Day(), clock.Hour(), clock.Minute(), 0, 0, zone)
	if !next.After(now) {
		next = time.Date(today.Year(), today.Month(), today.Day()+1, clock.Hour(), clock.Minute(), 0, 0, zone)
	}
	return next, nil
}
