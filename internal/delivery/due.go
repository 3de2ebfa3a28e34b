package delivery

import (
	"sync"
	"time"
)

const (
	// tick is how exactly times are remembered: rounded up to it.
	tick = 100 * time.Millisecond
	// horizon is how far ahead times are remembered, so that a flood of failures
	// costs bounded memory. What is due later is found by the poll.
	horizon = time.Minute
)

// dueList knows which endpoints have, or soon will have, something that can be
// claimed. It may name an endpoint that has nothing. Safe for concurrent use.
type dueList struct {
	mu     sync.Mutex
	queue  []string // in the order they became due
	queued map[string]struct{}
	later  map[int64]map[string]struct{} // by tick since 1970
	all    bool                          // all there are
}

func newDueList() *dueList {
	return &dueList{queued: map[string]struct{}{}, later: map[int64]map[string]struct{}{}}
}

// add says that endpoints are due now.
func (l *dueList) add(endpoints ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range endpoints {
		l.enqueue(e)
	}
}

// addAll says that endpoints are due and nobody knows which.
func (l *dueList) addAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = true
}

// takeAll tells whether addAll was called since the last time.
func (l *dueList) takeAll() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = false
	return all
}

func (l *dueList) enqueue(endpoint string) {
	if _, known := l.queued[endpoint]; known {
		return
	}
	l.queued[endpoint] = struct{}{}
	l.queue = append(l.queue, endpoint)
}

// addAt says that an endpoint is due at a time; the zero time says nothing.
func (l *dueList) addAt(endpoint string, at, now time.Time) {
	if at.IsZero() || at.Sub(now) > horizon {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !at.After(now) {
		l.enqueue(endpoint)
		return
	}
	n := (at.UnixNano() + int64(tick) - 1) / int64(tick)
	if l.later[n] == nil {
		l.later[n] = map[string]struct{}{}
	}
	l.later[n][endpoint] = struct{}{}
}

// take gives at most n endpoints that are due, and forgets them.
func (l *dueList) take(now time.Time, n int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.advance(now)
	n = min(n, len(l.queue))
	taken := append([]string(nil), l.queue[:n]...)
	l.queue = l.queue[n:]
	for _, e := range taken {
		delete(l.queued, e)
	}
	return taken
}

func (l *dueList) advance(now time.Time) {
	for n, endpoints := range l.later {
		if n*int64(tick) > now.UnixNano() {
			continue
		}
		for e := range endpoints {
			l.enqueue(e)
		}
		delete(l.later, n)
	}
}

// wait tells how long until something is due, at most most.
func (l *dueList) wait(now time.Time, most time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all || len(l.queue) > 0 {
		return 0
	}
	for n := range l.later {
		most = min(most, max(0, time.Duration(n*int64(tick)-now.UnixNano())))
	}
	return most
}
