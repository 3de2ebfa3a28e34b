package record

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"switchyard/routing"
)

// askedAtOnce bounds the switches asked at the same time.
const askedAtOnce = 8

// askAll asks the switches which of the calls they still have, and gives those
// that are over.
func (r *Reaper) askAll(ctx context.Context, ask map[string][]*Orphan, now time.Time) ([]*Orphan, error) {
	var (
		mu   sync.Mutex
		gone []*Orphan
		seen []routing.CallID
		errs []error
		all  sync.WaitGroup
	)
	free := make(chan struct{}, askedAtOnce)
	for name, orphans := range ask {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			alive, err := r.ask(ctx, name, orphans)
			mu.Lock()
			defer mu.Unlock()
			for _, o := range orphans {
				switch {
				case err == nil && alive[o.Call.ID]:
					seen = append(seen, o.Call.ID)
					r.watched[o.Call.ID] = orphaned{since: r.watched[o.Call.ID].since}
				case r.isOver(o, err, now):
					gone = append(gone, o)
				}
			}
			var away *Unreachable
			if err != nil && !errors.Is(err, ErrNoSuchSwitch) && !errors.As(err, &away) {
				errs = append(errs, fmt.Errorf("ask switch %q about %d calls: %w", name, len(orphans), err))
			}
		})
	}
	all.Wait()
	if len(seen) > 0 {
		if err := r.ledger.Seen(ctx, seen, now); err != nil {
			errs = append(errs, err)
		}
	}
	return gone, errors.Join(errs...)
}

func (r *Reaper) ask(ctx context.Context, name string, orphans []*Orphan) (map[routing.CallID]bool, error) {
	if r.switches == nil {
		return nil, ErrNoSuchSwitch
	}
	ids := make([]routing.CallID, len(orphans))
	for i, o := range orphans {
		ids[i] = o.Call.ID
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.AskWithin)
	defer cancel()
	return r.switches.Alive(ctx, name, ids)
}

// isOver tells whether a call that its switch was not heard to have may be
// closed, by what came of asking.
func (r *Reaper) isOver(o *Orphan, asked error, now time.Time) bool {
	w := r.watched[o.Call.ID]
	var away *Unreachable
	switch {
	case asked == nil:
		if w.gone.IsZero() {
			w.gone = now
			r.watched[o.Call.ID] = w
		}
		return now.Sub(w.gone) >= r.opts.SettleFor && now.Sub(r.since(o)) >= r.opts.SettleFor
	case errors.As(asked, &away):
		return now.Sub(away.Since) >= r.opts.ReconcileAfter && now.Sub(later(r.since(o), o.SeenAt)) >= r.opts.ReconcileAfter
	case errors.Is(asked, ErrNoSuchSwitch):
		return now.Sub(r.since(o)) >= r.opts.AbandonAfter
	default:
		return false // why it could not be asked is told by the pass
	}
}
