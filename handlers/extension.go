package handlers

import (
	"context"
	"fmt"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// extension rings every registered phone of an extension; the first to answer
// has the call.
type extension struct{}

// Run implements Handler; target is the extension's number.
func (extension) Run(ctx context.Context, c *Call, target string) Result {
	ext, ok := c.Plan.Extension(target)
	if !ok {
		return failed(fmt.Errorf("no extension %q", target))
	}
	user, err := dialplan.ParseUser(ext.Extension)
	if err != nil {
		return failed(err)
	}
	domain, err := dialplan.ParseDomain(c.Plan.Domain())
	if err != nil {
		return failed(err)
	}
	return bridge(ctx, c, dialplan.Bridge{
		To:   dialplan.DialUser(user, domain),
		Ring: time.Duration(ext.RingSeconds) * time.Second,
	}, "")
}

func failed(err error) Result { return Result{Outcome: routing.Failed, Err: err} }
