package api

import "sync"

// News wakes those who wait for events. The zero value is ready to use; safe
// for concurrent use.
type News struct {
	mu   sync.Mutex
	next chan struct{}
}

// Tell says that there may be new events. It never blocks.
func (n *News) Tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next != nil {
		close(n.next)
		n.next = nil
	}
}

// wait gives a channel that is closed at the next Tell.
func (n *News) wait() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == nil {
		n.next = make(chan struct{})
	}
	return n.next
}
