package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"switchyard/routing"
)

// ErrNoSchedule means that the tenant has no such schedule.
var ErrNoSchedule = errors.New("there is no such schedule")

// Override publishes an override of a tenant's schedule, in place of the one it
// has. The schedule is a name or an id; the override is kept under its name. It
// counts from now on unless its Since says otherwise, so that what is asked of
// earlier times is answered as it was then.
// Overrides that have expired go in passing. ErrNoTenant and ErrNoSchedule if
// there is no such thing; else as Change.
func (h *Holder) Override(ctx context.Context, tenant, author string, o routing.Override) (Applied, error) {
	comment := fmt.Sprintf("schedule %s is overridden: %s until %s", h.scheduleName(tenant, o.Schedule), o.State, o.Until)
	return h.Change(ctx, tenant, author, comment, func(c *routing.TenantConfig) error {
		was, err := h.withoutOverride(c, &o.Schedule)
		if err != nil {
			return err
		}
		o.ID = was.ID // it changes; none before: a new one
		if o.Since == "" {
			o.Since = h.now().UTC().Truncate(time.Second).Format(time.RFC3339)
		}
		c.Overrides = append(c.Overrides, o)
		return nil
	})
}

// ClearOverride has a schedule, by name or id, go by its hours again. A schedule
// that is not overridden stays as it is, without an error.
func (h *Holder) ClearOverride(ctx context.Context, tenant, author, schedule string) (Applied, error) {
	comment := fmt.Sprintf("schedule %s goes by its hours again", h.scheduleName(tenant, schedule))
	return h.Change(ctx, tenant, author, comment, func(c *routing.TenantConfig) error {
		_, err := h.withoutOverride(c, &schedule)
		return err
	})
}

// withoutOverride takes a schedule's override away and gives it, and with it all
// that have expired. It leaves the schedule's name where its name or id was.
func (h *Holder) withoutOverride(c *routing.TenantConfig, schedule *string) (was routing.Override, err error) {
	s, ok := scheduleIn(c, *schedule)
	if !ok {
		return was, ErrNoSchedule
	}
	*schedule = s.Name
	now := h.now()
	c.Overrides = slices.DeleteFunc(c.Overrides, func(o routing.Override) bool {
		if o.Schedule == s.Name || o.Schedule == s.ID {
			was = o
			return true
		}
		return hasExpired(o, now)
	})
	return was, nil
}

func hasExpired(o routing.Override, now time.Time) bool {
	until, err := time.Parse(time.RFC3339, o.Until)
	return err == nil && !now.Before(until)
}

// withoutExpired leaves out overrides that have expired: where they led may be
// gone, which is no reason to refuse anything.
func (h *Holder) withoutExpired(objects []Object) []Object {
	return withoutExpiredAt(objects, h.now())
}

func withoutExpiredAt(objects []Object, now time.Time) []Object {
	var kept []Object
	for i, o := range objects {
		var override routing.Override
		if o.Kind == overridesKind && json.Unmarshal(o.Body, &override) == nil && hasExpired(override, now) {
			if kept == nil {
				kept = slices.Clone(objects[:i])
			}
		} else if kept != nil {
			kept = append(kept, o)
		}
	}
	if kept == nil {
		return objects
	}
	return kept
}

// scheduleIn finds a schedule by its name, else by its id.
func scheduleIn(c *routing.TenantConfig, nameOrID string) (routing.Schedule, bool) {
	i := slices.IndexFunc(c.Schedules, func(s routing.Schedule) bool { return s.Name == nameOrID })
	if i < 0 {
		i = slices.IndexFunc(c.Schedules, func(s routing.Schedule) bool { return s.ID != "" && s.ID == strings.ToLower(nameOrID) })
	}
	if i < 0 {
		return routing.Schedule{}, false
	}
	return c.Schedules[i], true
}

// scheduleName is what people call a schedule; what was asked for if there is
// none.
func (h *Holder) scheduleName(tenant, nameOrID string) string {
	if plan, ok := h.Directory().Plan(tenant); ok {
		if s, ok := plan.Schedule(nameOrID); ok {
			return s.Name
		}
	}
	return nameOrID
}
