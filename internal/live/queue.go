package live

import (
	"context"
	"sync"
	"time"

	"switchyard/internal/record"
)

const (
	// mostAtOnce is the most reports the sink is given at once.
	mostAtOnce = 100
	// storing bounds one call of the sink.
	storing = 10 * time.Second
)

// queue holds reports that the sink has not taken yet. Putting one in never
// waits: when it is full the oldest goes. Safe for concurrent use.
type queue struct {
	most  int
	ready chan struct{} // has an element when there may be something to take

	mu      sync.Mutex
	waiting []record.Report
	given   int // to the sink, which has not answered
	dropped uint64
	err     error // of the sink's last try
}

func newQueue(most int) *queue { return &queue{most: most, ready: make(chan struct{}, 1)} }

func (q *queue) put(r record.Report) {
	q.mu.Lock()
	q.append(r)
	q.mu.Unlock()
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *queue) append(r record.Report) {
	if len(q.waiting) >= q.most {
		q.waiting = q.waiting[1:]
		q.dropped++
	}
	q.waiting = append(q.waiting, r)
}

// give takes the oldest reports out of the queue, for the sink.
func (q *queue) give(most int) []record.Report {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.given = min(most, len(q.waiting))
	reports := append([]record.Report(nil), q.waiting[:q.given]...)
	if q.waiting = q.waiting[q.given:]; len(q.waiting) == 0 {
		q.waiting = nil
	}
	return reports
}

// settle notes what the sink made of the reports it was given. Those it did
// not take go to the end, so that one that it never takes keeps no other away;
// their order does not matter.
func (q *queue) settle(reports []record.Report, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.given, q.err = 0, err
	if err == nil {
		return
	}
	for _, r := range reports {
		q.append(r)
	}
}

func (q *queue) state() (waiting int, dropped uint64, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) + q.given, q.dropped, q.err
}

// deliver hands the queue's reports to the sink until the context ends.
func (l *link) deliver(ctx context.Context) {
	failures, most := 0, mostAtOnce
	for {
		reports := l.queue.give(most)
		if len(reports) == 0 {
			select {
			case <-ctx.Done():
				return
			case <-l.queue.ready:
				continue
			}
		}
		err := l.store(ctx, reports)
		l.queue.settle(reports, err)
		if ctx.Err() != nil {
			return
		}
		l.tell(err, failures)
		if err == nil {
			failures, most = 0, min(mostAtOnce, 2*most)
			continue
		}
		failures, most = failures+1, max(1, most/2)
		if !sleep(ctx, pause(failures, l.opts.Random)) {
			return
		}
	}
}

func (l *link) store(ctx context.Context, reports []record.Report) error {
	ctx, cancel := context.WithTimeout(ctx, storing)
	defer cancel()
	return l.opts.Sink.Take(ctx, reports)
}

// tell logs when the sink begins to fail and when it works again.
func (l *link) tell(err error, failures int) {
	switch {
	case err != nil && failures == 0:
		l.opts.Log.Error().Err(err).Str("address", l.at.Address).Msg("reports of the switch are not stored; they are kept and tried again")
	case err == nil && failures > 0:
		_, dropped, _ := l.queue.state()
		l.opts.Log.Info().Uint64("dropped", dropped).Str("address", l.at.Address).Msg("reports of the switch are stored again")
	}
}
