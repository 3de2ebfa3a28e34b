package record

import (
	"context"
	"time"

	"github.com/rs/zerolog"
)

// Purger deletes what is old; a Ledger is one.
type Purger interface {
	Purge(ctx context.Context, p Policy, limit int) (calls, events int, err error)
}

// Retention deletes records and events that were kept for long enough. Several
// at once do no harm.
type Retention struct {
	purger Purger
	opts   RetentionOptions
}

// RetentionOptions of a Retention; with the zero value everything is kept for
// ever.
type RetentionOptions struct {
	CallsFor  time.Duration    // how long a record is kept after its call; 0: for ever
	EventsFor time.Duration    // how long events with their deliveries are; 0: for ever
	Every     time.Duration    // between two passes; default 10 min
	Batch     int              // calls, and events, of one transaction; default 500
	Most      int              // batches of one pass; default 200
	Rest      time.Duration    // after a batch, for calls to be stored; default 50 ms
	Now       func() time.Time // default time.Now
	Log       zerolog.Logger   // default: nothing is logged
}

// NewRetention makes a Retention.
func NewRetention(purger Purger, opts RetentionOptions) *Retention {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	orElse(&opts.Every, 10*time.Minute)
	orElse(&opts.Batch, 500)
	orElse(&opts.Most, 200)
	orElse(&opts.Rest, 50*time.Millisecond)
	return &Retention{purger: purger, opts: opts}
}

// Run makes a pass every so often until the context ends. What fails is logged
// and tried again with the next pass.
func (r *Retention) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		calls, events, err := r.Pass(ctx)
		if err != nil && ctx.Err() == nil {
			r.opts.Log.Error().Err(err).Msg("could not delete old records; trying again later")
		}
		if calls+events > 0 {
			r.opts.Log.Info().Int("calls", calls).Int("events", events).Msg("old records deleted")
		}
		sleep(ctx, r.opts.Every)
	}
	return nil
}

// Pass deletes what is too old now, at most Most batches of it, and gives how
// many calls and events that were, also beside an error.
func (r *Retention) Pass(ctx context.Context) (calls, events int, err error) {
	now := r.opts.Now()
	p := Policy{CallsBefore: before(now, r.opts.CallsFor), EventsBefore: before(now, r.opts.EventsFor)}
	if p == (Policy{}) {
		return 0, 0, nil
	}
	for range r.opts.Most {
		c, e, err := r.purger.Purge(ctx, p, r.opts.Batch)
		calls, events = calls+c, events+e
		if err != nil || c < r.opts.Batch && e < r.opts.Batch || !sleep(ctx, r.opts.Rest) {
			return calls, events, err
		}
	}
	return calls, events, nil
}

func before(now time.Time, keep time.Duration) time.Time {
	if keep <= 0 {
		return time.Time{}
	}
	return now.Add(-keep)
}
