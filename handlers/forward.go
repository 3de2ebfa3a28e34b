package handlers

import (
	"context"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// forward calls an outside number over the tenant's trunks, the next one when
// one cannot carry the call.
type forward struct{}

// Run implements Handler; the target is a forward's name or an outside number.
func (forward) Run(ctx context.Context, c *Call, at routing.Stop) Result {
	out, err := c.Plan.Outside(at.Target)
	if err != nil {
		return failed(err)
	}
	by, ring, confirm := c.callingExtension(), seconds(out.RingSeconds), false
	if at.Forward != nil {
		by, confirm = at.Forward.By(), at.Forward.Confirm
		if at.Forward.RingSeconds > 0 {
			ring = seconds(at.Forward.RingSeconds)
		}
	}
	// A carrier may send early media only; without a ring tone of ours the
	// caller would hear nothing until the answer.
	if err := c.ringback(dialplan.Ringback{}); err != nil {
		return ended(err)
	}
	return c.overLines(ctx, out, by, ring, c.confirm(confirm))
}

// overLines tries one line after the other until one carries the call.
func (c *Call) overLines(ctx context.Context, out routing.OutsideCall, by string, ring time.Duration, confirm dialplan.Prompt) Result {
	var tried []Attempt
	for i, line := range out.Lines {
		leg, err := c.outsideLeg(out.Number, line, by, diversionReason(c.forwardType))
		if err != nil {
			return Result{Outcome: routing.Failed, Err: err, Attempts: tried}
		}
		last := i == len(out.Lines)-1
		leg.Confirm = confirm
		if !last {
			leg.Progress = seconds(line.ProgressSeconds)
		}
		who := callee{leg: leg, attempt: Attempt{Member: out.Number.E164(), Trunk: line.Trunk}}
		result := c.ring(ctx, dialplan.Bridge{Ring: ring}, []callee{who})
		tried = append(tried, result.Attempts...)
		result.Attempts = tried
		if last || result.Outcome == routing.Answered || !dialplan.TrunkFailure(result.Cause) {
			return result
		}
	}
	return Result{Outcome: routing.Failed, Attempts: tried}
}
