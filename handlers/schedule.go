package handlers

import (
	"context"
	"fmt"

	"switchyard/routing"
)

// schedule sends the call where business hours say.
type schedule struct{}

// Run implements Handler; the target is a schedule's name.
func (schedule) Run(_ context.Context, c *Call, at routing.Stop) Result {
	next, hours, ok := c.Plan.Follow(at, c.router.Now())
	if hours.Schedule == "" {
		return failed(fmt.Errorf("no schedule %q", at.Target))
	}
	c.note("%s", hours)
	result := Result{Outcome: routing.Closed}
	if hours.Open {
		result.Outcome = routing.Open
	}
	if ok {
		result.redirect = &next
	}
	return result
}
