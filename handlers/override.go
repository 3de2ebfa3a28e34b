package handlers

import (
	"context"
	"errors"
	"strings"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// Overrides keeps what phones set on schedules. Safe for concurrent use. It
// returns when it is kept: the next call goes by it.
type Overrides interface {
	// Override replaces the override of a schedule; by is who set it.
	Override(ctx context.Context, tenant routing.TenantID, by string, o routing.Override) error
	ClearOverride(ctx context.Context, tenant routing.TenantID, by, schedule string) error
}

// overriding is how long a phone may wait for an override to be kept.
const overriding = 5 * time.Second

// What a phone hears when it has set an override: upwards it is open, downwards
// closed, twice the same the usual hours. The last is for what did not work.
var (
	openTone   = toneOf("%(250,50,440)%(400,0,660)")
	closedTone = toneOf("%(250,50,660)%(400,0,440)")
	hoursTone  = toneOf("%(250,100,550)%(250,0,550)")
	failedTone = toneOf("%(300,150,280);loops=3")
)

// override is a phone's feature code that overrides a schedule.
type override struct{}

// Run implements Handler; the target is a schedule's name and what it shall be.
func (override) Run(ctx context.Context, c *Call, at routing.Stop) Result {
	err := c.override(ctx, at.Target)
	if err != nil {
		c.note("the schedule is as it was: %v", err)
	}
	if err := c.Channel.Set(dialplan.Listening(false)...); err != nil {
		return ended(err)
	}
	if err := c.answer(ctx); err != nil {
		return ended(err)
	}
	sound, cause := overrideTone(at.Target), dialplan.NormalClearing
	if err != nil {
		sound, cause = failedTone, dialplan.TemporaryFailure
	}
	if _, err := c.play(ctx, sound, false); err != nil {
		return ended(err)
	}
	return Result{Outcome: routing.Ended, Cause: cause, Err: err, done: err == nil}
}

func (c *Call) override(ctx context.Context, target string) error {
	if c.router.Overrides == nil {
		return errors.New("this server keeps no overrides")
	}
	o, clearIt, err := c.Plan.OverrideFor(target, c.router.Now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, overriding)
	defer cancel()
	by := "extension " + c.callingExtension()
	if clearIt {
		return c.router.Overrides.ClearOverride(ctx, c.Plan.Tenant().ID, by, o.Schedule)
	}
	return c.router.Overrides.Override(ctx, c.Plan.Tenant().ID, by, o)
}

func overrideTone(target string) dialplan.Sound {
	switch {
	case strings.HasSuffix(target, " open"):
		return openTone
	case strings.HasSuffix(target, " closed"):
		return closedTone
	default:
		return hoursTone
	}
}
