package record

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"switchyard/routing"
)

// Reaper closes the records of calls whose session is gone and that no session
// took over: by the caller's leg, if a switch reported it, else when the switch
// has the call no more, or nobody can tell. It also says that this server
// lives, so that other servers' Reapers leave its calls alone. Several Reapers
// at once, here or elsewhere, do no harm: a call ends once. Safe for concurrent
// use.
type Reaper struct {
	ledger    Ledger
	switches  Switches
	directory func() *routing.Directory
	opts      ReaperOptions

	passing sync.Mutex // one pass at a time
	orphans atomic.Int64
	beaten  atomic.Int64 // when it was last said that this server lives, in ns
	settled atomic.Int64 // until when the store counts as just back, in ns
	watched map[routing.CallID]orphaned
	began   time.Time
}

// orphaned is what a Reaper itself saw of an orphan.
type orphaned struct {
	since time.Time // it is one
	gone  time.Time // the switch has it no more; zero: it has, or was not asked
}

// ReaperOptions of a Reaper. The zero value is ready to use, but says of no
// server that it lives.
type ReaperOptions struct {
	Server    string             // id of this process, as the Pipeline has it
	Now       func() time.Time   // default time.Now
	Rand      func() float64     // in [0,1); default math/rand
	EventID   func() string      // default NewEventID
	Committed func([]string)     // as the Pipeline's
	Log       zerolog.Logger     // default: nothing is logged
	Closed    func(Source, bool) // counts a closed record, complete or not; may be nil

	// Every is the time between passes, and between two signs of life; the
	// passes of several servers drift apart by a fifth of it. Default 5 s.
	Every time.Duration
	// DeadAfter is how long a server may be silent. Default 20 s.
	DeadAfter time.Duration
	// Linger is how long after the caller's leg ended a session may still close
	// the record itself. Default 15 s.
	Linger time.Duration
	// SettleFor is how long a call is left alone after its session was seen to
	// be gone, and after the switch was seen to have it no more: a server that
	// was only slow says so meanwhile. Default 10 s.
	SettleFor time.Duration
	// ReconcileAfter is how long a switch may not answer before its calls count
	// as gone. Default 90 s.
	ReconcileAfter time.Duration
	// AbandonAfter is how long a call stays open of whose switch nobody can ask
	// anything. Default 4 h.
	AbandonAfter time.Duration
	// AskWithin bounds one question to a switch. Default 15 s.
	AskWithin time.Duration
	// Most is how many orphans a pass looks at. Default MaxCalls.
	Most int
}

func (o *ReaperOptions) setDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.EventID == nil {
		o.EventID = NewEventID
	}
	if o.Committed == nil {
		o.Committed = func([]string) {}
	}
	if o.Closed == nil {
		o.Closed = func(Source, bool) {}
	}
	orElse(&o.Every, 5*time.Second)
	orElse(&o.DeadAfter, 20*time.Second)
	orElse(&o.Linger, 15*time.Second)
	orElse(&o.SettleFor, 10*time.Second)
	orElse(&o.ReconcileAfter, 90*time.Second)
	orElse(&o.AbandonAfter, 4*time.Hour)
	orElse(&o.AskWithin, 15*time.Second)
	orElse(&o.Most, MaxCalls)
}

// NewReaper makes a Reaper. switches may be nil: then no switch can be asked.
// directory gives the configuration of the moment.
func NewReaper(ledger Ledger, switches Switches, directory func() *routing.Directory, opts ReaperOptions) *Reaper {
	opts.setDefaults()
	return &Reaper{
		ledger: ledger, switches: switches, directory: directory, opts: opts,
		watched: map[routing.CallID]orphaned{}, began: opts.Now(),
	}
}

// Orphans is how many calls without a session the last pass found.
func (r *Reaper) Orphans() int { return int(r.orphans.Load()) }

// Run makes a pass now and then and says that this server lives, until the
// context ends. What fails is logged once and tried again.
func (r *Reaper) Run(ctx context.Context) error {
	var beating sync.WaitGroup
	beating.Go(func() { r.repeat(ctx, "say that this server lives", r.Beat) })
	r.repeat(ctx, "look for calls whose session is gone", r.Pass)
	beating.Wait()
	return nil
}

// repeat does something every so often and logs when it begins to fail and when
// it works again.
func (r *Reaper) repeat(ctx context.Context, what string, do func(context.Context) error) {
	failing := false
	for ctx.Err() == nil {
		err := do(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			r.opts.Log.Error().Err(err).Msg("could not " + what + "; trying again")
		case err == nil && failing:
			r.opts.Log.Info().Msg("could " + what + " again")
		}
		failing = err != nil
		sleep(ctx, time.Duration((0.9+0.2*r.opts.Rand())*float64(r.opts.Every)))
	}
}

// Beat says that this server lives.
func (r *Reaper) Beat(ctx context.Context) error {
	if r.opts.Server == "" {
		return nil
	}
	now := r.opts.Now()
	if err := r.ledger.Beat(ctx, r.opts.Server, r.began, now); err != nil {
		return err
	}
	last := r.beaten.Swap(now.UnixNano())
	if last != 0 && now.Sub(time.Unix(0, last)) > r.opts.DeadAfter/2 {
		r.settled.Store(now.Add(r.opts.SettleFor).UnixNano())
	}
	return nil
}

// Pass looks once at all orphans and closes those that are over. Errors of
// single switches do not keep it from the others.
func (r *Reaper) Pass(ctx context.Context) error {
	r.passing.Lock()
	defer r.passing.Unlock()
	// Its own sign of life comes first: after a time without the store, its own
	// calls would look like a dead server's.
	if err := r.Beat(ctx); err != nil {
		return err
	}
	now := r.opts.Now()
	orphans, err := r.ledger.Orphans(ctx, now.Add(-r.opts.DeadAfter), r.opts.Most)
	if err != nil {
		return err
	}
	r.watch(orphans, now)
	var closing []Call
	ask := map[string][]*Orphan{}
	for i := range orphans {
		o := &orphans[i]
		leg, ended := callerLeg(o.Call.ID, o.Legs)
		switch {
		case !ended:
			ask[o.Call.Switch] = append(ask[o.Call.Switch], o)
		case now.Sub(leg.EndedAt) >= r.opts.Linger && (now.Sub(r.since(o)) >= r.opts.SettleFor || r.ownerDied(o, &leg, now)):
			closing = append(closing, closedBy(o.Call, &leg))
		}
	}
	gone, err := r.askAll(ctx, ask, now)
	for _, o := range gone {
		closing = append(closing, closedByNobody(o))
	}
	return errors.Join(err, r.close(ctx, closing))
}

// ownerDied tells, by what is stored alone, that nobody will close a call better
// than its caller's leg does: servers that are killed every few seconds close
// calls too. It does not count right after the store was away, when every
// server looks dead until it says otherwise.
func (r *Reaper) ownerDied(o *Orphan, leg *Leg, now time.Time) bool {
	return o.Call.Owner != "" && leg.Complete && now.UnixNano() >= r.settled.Load()
}

// watch notes what is an orphan, and forgets what is none any more.
func (r *Reaper) watch(orphans []Orphan, now time.Time) {
	next := make(map[routing.CallID]orphaned, len(orphans))
	for i := range orphans {
		id := orphans[i].Call.ID
		w, known := r.watched[id]
		if !known {
			w.since = now
		}
		next[id] = w
	}
	r.watched = next
	r.orphans.Store(int64(len(next)))
}

// since is when the call was last seen to become an orphan: when its session
// said that it let go, or, if that did not live to say so, when it was first
// missed here.
func (r *Reaper) since(o *Orphan) time.Time {
	if o.Call.Owner == "" && !o.Call.LeftAt.IsZero() {
		return o.Call.LeftAt
	}
	return r.watched[o.Call.ID].since
}

// close stores the records with their last events, if they have none yet.
func (r *Reaper) close(ctx context.Context, calls []Call) error {
	for some := range slices.Chunk(calls, maxBatch) {
		changes := make([]Change, len(some))
		var told []string
		for i := range some {
			c := &some[i]
			events, to, err := eventsOf(c, closings(c), webhooksOf(r.directory(), c), r.opts.EventID)
			if err != nil {
				return err
			}
			changes[i] = Change{Call: *c, Events: events}
			told = append(told, to...)
		}
		if err := r.ledger.SaveCalls(ctx, changes); err != nil {
			return fmt.Errorf("close %d calls without a session: %w", len(changes), err)
		}
		if slices.Sort(told); len(told) > 0 {
			r.opts.Committed(slices.Compact(told))
		}
		for i := range some {
			if err := r.closed(ctx, &some[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// closed tells of a closed record. A leg that was reported between reading and
// closing it completes the record here: its reporter may have seen it open.
func (r *Reaper) closed(ctx context.Context, c *Call) error {
	delete(r.watched, c.ID)
	r.opts.Closed(c.Source, c.Complete)
	r.opts.Log.Info().Str("call", string(c.ID)).Str("tenant", string(c.TenantID)).Str("switch", c.Switch).
		Str("status", string(c.Status)).Str("cause", c.HangupCause).Str("source", string(c.Source)).Bool("complete", c.Complete).
		Msg("call ended without its session")
	if c.Complete {
		return nil
	}
	now, legs, err := r.ledger.Call(ctx, c.ID)
	if errors.Is(err, ErrUnknownCall) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	leg, ended := callerLeg(c.ID, legs)
	if !ended || now.Complete {
		return nil
	}
	better := improvedBy(now, &leg)
	change, told, err := improvement(&now, &better, webhooksOf(r.directory(), &now), r.opts.EventID)
	if err != nil {
		return err
	}
	if err := r.ledger.SaveCalls(ctx, []Change{change}); err != nil {
		return err
	}
	if len(told) > 0 {
		r.opts.Committed(told)
	}
	return nil
}
