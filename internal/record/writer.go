package record

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"switchyard/internal/crash"
	"switchyard/routing"
)

// maxBatch is the most calls stored in one transaction.
const maxBatch = 256

// Waits between tries while the store is away.
const (
	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 5 * time.Second
)

// Resumer reads the record that an earlier session of a call left.
type Resumer interface {
	Call(ctx context.Context, id routing.CallID) (Call, []Leg, error)
}

// Run stores what is noted until the context ends, then what is left. It keeps
// what the store does not take and tries again; Health tells. The error says
// that something was left when the time to stop was over.
func (p *Pipeline) Run(ctx context.Context) error {
	for p.gather(ctx) {
		p.saveQueue(ctx)
	}
	flushing, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.opts.FlushWithin)
	defer cancel()
	p.saveQueue(flushing)
	if left := p.Health().Waiting; left > 0 {
		return fmt.Errorf("%d calls were not stored before the stop", left)
	}
	return nil
}

// gather waits until there is something to store, and a moment longer, so that
// what happens at about the same time shares a transaction. False: stop.
func (p *Pipeline) gather(ctx context.Context) bool {
	select {
	case <-p.changed:
	case <-ctx.Done():
		return false
	}
	untold := time.NewTimer(p.opts.UntoldFor)
	defer untold.Stop()
	for due := false; !due && !p.isUrgent(); {
		select {
		case <-p.changed:
		case <-untold.C:
			due = true
		case <-ctx.Done():
			return false
		}
	}
	return sleep(ctx, p.opts.GroupFor)
}

func (p *Pipeline) isUrgent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.urgent
}

// sleep waits; false if the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// saveQueue stores until nothing waits or the context ends.
func (p *Pipeline) saveQueue(ctx context.Context) {
	backoff := firstBackoff
	for ctx.Err() == nil {
		taken := p.take()
		if len(taken) == 0 {
			return
		}
		err := p.save(ctx, taken)
		p.settle(taken, err)
		if err == nil {
			backoff = firstBackoff
			continue
		}
		sleep(ctx, backoff)
		backoff = min(2*backoff, maxBackoff)
	}
}

// take gives the next calls to store.
func (p *Pipeline) take() []*live {
	p.mu.Lock()
	defer p.mu.Unlock()
	var taken []*live
	for len(p.queue) > 0 && len(taken) < p.batch {
		l := p.queue[0]
		p.queue = p.queue[1:]
		l.queued = false
		if !l.dropped {
			taken = append(taken, l)
		}
	}
	if len(p.queue) == 0 {
		p.queue, p.urgent = nil, false
	}
	return taken
}

func (p *Pipeline) save(ctx context.Context, taken []*live) error {
	ctx, cancel := context.WithTimeout(ctx, p.opts.SaveWithin)
	defer cancel()
	if err := p.readEarlier(ctx, taken); err != nil {
		return err
	}
	changes, err := p.changes(taken)
	if err != nil {
		return err
	}
	if err := p.saver.SaveCalls(ctx, changes); err != nil {
		return err
	}
	return p.complete(ctx, taken, changes)
}

// complete looks whether somebody else saw the end of calls whose session did
// not. Whoever reports it later finds the record closed and completes it then.
func (p *Pipeline) complete(ctx context.Context, taken []*live, stored []Change) error {
	if p.opts.Resume == nil {
		return nil
	}
	for i := range stored {
		c := &stored[i].Call
		if c.EndedAt.IsZero() || c.Complete {
			continue
		}
		now, legs, err := p.opts.Resume.Call(ctx, c.ID)
		if err != nil && !errors.Is(err, ErrUnknownCall) {
			return fmt.Errorf("look for the end of call %s: %w", c.ID, err)
		}
		leg, ended := callerLeg(c.ID, legs)
		if !ended || now.Complete {
			continue
		}
		better := improvedBy(now, &leg)
		change, told, err := improvement(&now, &better, p.webhooks(taken[i]), p.opts.EventID)
		if err != nil {
			return err
		}
		if err := p.saver.SaveCalls(ctx, []Change{change}); err != nil {
			return err
		}
		if len(told) > 0 {
			p.opts.Committed(told)
		}
	}
	return nil
}

func (p *Pipeline) webhooks(l *live) []routing.Webhook {
	p.mu.Lock()
	defer p.mu.Unlock()
	return l.webhooks
}

// readEarlier finds what earlier sessions stored of the calls that came back.
func (p *Pipeline) readEarlier(ctx context.Context, taken []*live) error {
	for _, l := range taken {
		p.mu.Lock()
		unread, id := l.unread && p.opts.Resume != nil, l.call.ID
		p.mu.Unlock()
		if !unread {
			continue
		}
		old, legs, err := p.opts.Resume.Call(ctx, id)
		known := err == nil
		if err != nil && !errors.Is(err, ErrUnknownCall) {
			return fmt.Errorf("continue the record of call %s: %w", id, err)
		}
		p.mu.Lock()
		if known {
			l.follow(old, legs)
			if l.dropClosings() {
				p.closing(l) // with what the earlier sessions knew
			}
		}
		l.unread = false
		p.mu.Unlock()
	}
	return nil
}

// changes copies the calls as they are now and writes their events.
func (p *Pipeline) changes(taken []*live) ([]Change, error) {
	changes := make([]Change, len(taken))
	events := make([][]happening, len(taken))
	p.mu.Lock()
	for i, l := range taken {
		changes[i].Call = l.call
		changes[i].Call.Steps = slices.Clone(l.call.Steps)
		changes[i].Legs = l.legs // replaced when they change, never written to
		events[i] = slices.Clone(l.events)
		l.taken = len(l.events)
	}
	p.mu.Unlock()
	for i := range changes {
		for _, h := range events[i] {
			e, err := h.event(&changes[i].Call)
			if err != nil {
				return nil, err
			}
			changes[i].Events = append(changes[i].Events, e)
		}
	}
	return changes, nil
}

// settle notes what came of storing the calls.
func (p *Pipeline) settle(taken []*live, err error) {
	told := p.settleCalls(taken, err)
	p.report(err)
	if len(told) > 0 {
		crash.Here(crash.CommittedNotDelivered)
		p.opts.Committed(told)
	}
}

// settleCalls gives the endpoints that events were stored for.
func (p *Pipeline) settleCalls(taken []*live, err error) (told []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range taken {
		if err != nil {
			p.keep(l)
			continue
		}
		if told == nil && l.taken > 0 {
			told = make([]string, 0, 2*len(taken))
		}
		for i := range l.events[:l.taken] {
			told = append(told, l.events[i].endpoints...)
		}
		l.events = l.events[l.taken:]
		l.taken, l.stored = 0, true
		if !l.queued {
			p.letGo(l)
		}
	}
	p.health.note(len(taken), err, p.opts.Now())
	// What the store never takes must not keep the rest away: batches become
	// smaller until it fails alone, and it fails at the end of the queue.
	if err != nil {
		p.batch = max(1, p.batch/2)
	} else {
		p.batch = min(maxBatch, 2*p.batch)
	}
	slices.Sort(told)
	return slices.Compact(told)
}

// letGo forgets a call that is stored, if it is over, or if no session is left
// here and one that comes would read the record again.
func (p *Pipeline) letGo(l *live) {
	switch {
	case l.ended:
		delete(p.calls, l.call.ID)
		p.waiting--
	case l.sessions <= 0 && !l.call.LeftAt.IsZero() && p.opts.Resume != nil:
		delete(p.calls, l.call.ID)
	}
}

// keep puts a call back that could not be stored.
func (p *Pipeline) keep(l *live) {
	l.taken = 0
	if !l.queued {
		since := l.since
		p.enqueue(l)
		l.since = since
	}
}
