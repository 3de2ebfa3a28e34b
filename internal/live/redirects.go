package live

import (
	"context"
	"sync"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

const (
	// redirectWait is how long a 302 is waited for: events come within 40 ms,
	// but mod_json_cdr can hold a leg's last one back, and a switch under load.
	redirectWait = 2 * time.Second
	// redirectKept is how long one is kept for who asks later.
	redirectKept   = 30 * time.Second
	mostRedirects  = 1024
	longestContact = 64 // bytes
)

// redirects keeps the answers 302 of phones for a moment. Every server hears of
// those of all calls, and most are never asked for. Safe for concurrent use.
type redirects struct {
	mu      sync.Mutex
	told    map[routing.CallID]redirect
	order   []redirect // as told, oldest first
	waiting map[routing.CallID]chan struct{}
}

type redirect struct {
	call    routing.CallID
	contact string
	at      time.Time
}

func newRedirects() *redirects {
	return &redirects{told: map[routing.CallID]redirect{}, waiting: map[routing.CallID]chan struct{}{}}
}

// note keeps the contact of a leg that is over, if it was redirected and was
// called for a call of ours. FreeSWITCH sets that only on the leg, and only
// with outbound_redirect_fatal.
func (r *redirects) note(d said, now time.Time) {
	contact := d.Variable("sip_redirect_contact_user_0")
	if contact == "" || d.Header("Call-Direction") != "outbound" {
		return
	}
	call, err := dialplan.ParseChannelID(d.Variable(dialplan.CallMark))
	if err != nil {
		return
	}
	if len(contact) > longestContact {
		contact = contact[:longestContact]
	}
	r.put(redirect{call: routing.CallID(call.String()), contact: contact, at: now})
}

func (r *redirects) put(one redirect) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.order) >= mostRedirects {
		oldest := r.order[0]
		r.order = append(r.order[:0], r.order[1:]...)
		if r.told[oldest.call] == oldest {
			delete(r.told, oldest.call)
		}
	}
	r.order = append(r.order, one)
	r.told[one.call] = one
	if waits := r.waiting[one.call]; waits != nil {
		close(waits)
		delete(r.waiting, one.call)
	}
}

// take gives the newest of a call, once. Otherwise what is closed when there
// is one.
func (r *redirects) take(call routing.CallID, now time.Time) (contact string, ok bool, told <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one, ok := r.told[call]
	delete(r.told, call)
	if ok && now.Sub(one.at) <= redirectKept {
		return one.contact, true, nil
	}
	waits := r.waiting[call]
	if waits == nil {
		waits = make(chan struct{})
		r.waiting[call] = waits
	}
	return "", false, waits
}

func (r *redirects) forget(call routing.CallID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.waiting, call)
}

// Redirected gives the user part of the contact that a phone called for the
// call named when it answered 302: the first contact of the newest such answer,
// as the phone wrote it, at most 64 bytes, and each only once. It waits up to
// 2 s for a switch to tell. false: none did, or none is connected.
func (s *Switches) Redirected(ctx context.Context, call routing.CallID) (contactUser string, ok bool) {
	defer s.redirects.forget(call)
	contact, ok, told := s.redirects.take(call, s.opts.Now())
	if ok || !s.connected() {
		return contact, ok
	}
	timer := time.NewTimer(redirectWait)
	defer timer.Stop()
	select {
	case <-told:
	case <-timer.C:
	case <-ctx.Done():
	}
	contact, ok, _ = s.redirects.take(call, s.opts.Now())
	return contact, ok
}

func (s *Switches) connected() bool {
	for _, l := range s.links {
		if l.snapshot().Connected {
			return true
		}
	}
	return false
}
