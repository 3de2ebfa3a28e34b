package handlers

import (
	"context"
	"fmt"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// extension rings every registered phone of an extension, and the numbers of
// its follow-me beside them; the first to answer has the call.
type extension struct{}

// Run implements Handler; the target is the extension's number.
func (extension) Run(ctx context.Context, c *Call, at routing.Stop) Result {
	ext, ok := c.Plan.Extension(at.Target)
	if !ok {
		return failed(fmt.Errorf("no extension %q", at.Target))
	}
	own := candidate{
		Member: routing.Member{To: routing.Destination{Route: routing.RouteExtension, Target: ext.Extension}}, ownForwards: true,
	}
	ring := seconds(ext.RingSeconds)
	if at.Forward != nil {
		own.Confirm = at.Forward.Confirm
		if at.Forward.RingSeconds > 0 {
			ring = seconds(at.Forward.RingSeconds)
		}
	}
	who, el := c.invite(ctx, own)
	if el.Reason != "" {
		return Result{Outcome: el.Outcome, Attempts: []Attempt{who.attempt}}
	}
	callees, skipped, ring := c.followMe(ctx, ext.Extension, who, own.Confirm, ring)
	result := c.ring(ctx, dialplan.Bridge{Ring: ring}, callees)
	result.Attempts = append(result.Attempts, skipped...)
	c.followRedirect(ctx, at, &result)
	return result
}

// followMe adds the numbers of an extension's follow-me to its phones. With
// them each has its own time, and the whole lasts as long as the longest. Where
// the phones have to accept, so have they.
func (c *Call) followMe(ctx context.Context, extension string, phones callee, confirm bool, ring time.Duration) (callees []callee, skipped []Attempt, whole time.Duration) {
	members := c.Plan.FollowMe(extension)
	callees, whole = []callee{phones}, ring
	for _, m := range members {
		if m.RingSeconds == 0 {
			m.RingSeconds = int(ring / time.Second)
		}
		m.Confirm = m.Confirm || confirm
		who, el := c.invite(ctx, candidate{Member: m, forExtension: extension, ownForwards: true, why: dialplan.DivertedFollowMe})
		if el.Reason != "" {
			skipped = append(skipped, who.attempt)
			continue
		}
		callees = append(callees, who)
		whole = max(whole, who.leg.Delay+who.leg.Ring)
	}
	if len(callees) > 1 {
		callees[0].leg.Ring = ring
	}
	return callees, skipped, whole
}

// followRedirect makes a forward of a phone's 302: where to, the switch tells
// on another way than to this session. Without it, or if the call may not go
// there, the phone has failed.
func (c *Call) followRedirect(ctx context.Context, at routing.Stop, result *Result) {
	if !result.redirected || c.router.Phones == nil {
		return
	}
	contact, ok := c.router.Phones.Redirected(ctx, c.Facts.ID)
	if !ok {
		return
	}
	next, err := c.Plan.Redirect(at, contact)
	if err != nil {
		result.Attempts[0].Note = "sent the call elsewhere: " + err.Error()
		return
	}
	result.Outcome, result.redirect = routing.Forwarded, &next
}

func failed(err error) Result { return Result{Outcome: routing.Failed, Err: err} }
