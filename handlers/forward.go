package handlers

import (
	"context"
	"time"

	"switchyard/dialplan"
)

// forward calls an outside number over one of the tenant's trunks.
type forward struct{}

// Run implements Handler; target is a forward's name or an outside number.
func (forward) Run(ctx context.Context, c *Call, target string) Result {
	out, err := c.Plan.Forward(target)
	if err != nil {
		return failed(err)
	}
	gateway, err := dialplan.ParseGateway(out.Gateway)
	if err != nil {
		return failed(err)
	}
	number, err := dialplan.ParseOutsideNumber(out.Number.E164())
	if err != nil {
		return failed(err)
	}
	// A carrier may send early media only; without a ring tone of ours the
	// caller would hear nothing until the answer.
	if err := c.Channel.Set(dialplan.Ringback(true)); err != nil {
		return ended(err)
	}
	return bridge(ctx, c, dialplan.Bridge{
		To:   dialplan.DialGateway(gateway, number),
		Ring: time.Duration(out.RingSeconds) * time.Second,
	}, number.String())
}
