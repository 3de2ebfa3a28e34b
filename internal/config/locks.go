package config

import (
	"context"
	"slices"
	"sync"
)

// locks has changes of one scope made one after the other. The store would
// refuse the second of two anyway; here it waits instead, and no other scope
// waits with it.
type locks struct {
	mu     sync.Mutex
	scopes map[string]*scopeLock
}

type scopeLock struct {
	free  chan struct{} // has one element while nobody holds it
	users int           // who hold it or wait
}

// take takes the locks of all the scopes, or gives the error of the context.
func (l *locks) take(ctx context.Context, scopes ...string) (release func(), err error) {
	// In one order, or two could wait for each other.
	sorted := slices.Compact(slices.Sorted(slices.Values(scopes)))
	held := 0
	release = func() {
		for _, scope := range sorted[:held] {
			l.of(scope).free <- struct{}{}
			l.leave(scope, 2)
		}
	}
	for _, scope := range sorted {
		select {
		case <-l.of(scope).free:
			held++
		case <-ctx.Done():
			l.leave(scope, 1)
			release()
			return nil, ctx.Err()
		}
	}
	return release, ctx.Err()
}

// of gives a scope's lock, and counts whoever asks among its users.
func (l *locks) of(scope string) *scopeLock {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.scopes == nil {
		l.scopes = map[string]*scopeLock{}
	}
	lock := l.scopes[scope]
	if lock == nil {
		lock = &scopeLock{free: make(chan struct{}, 1)}
		lock.free <- struct{}{}
		l.scopes[scope] = lock
	}
	lock.users++
	return lock
}

// leave takes users away; a lock without any is forgotten.
func (l *locks) leave(scope string, users int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lock := l.scopes[scope]
	if lock.users -= users; lock.users == 0 {
		delete(l.scopes, scope)
	}
}
