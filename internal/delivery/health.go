package delivery

import (
	"net/http"
	"time"

	"switchyard/routing"
)

// Health is what is known of an endpoint that failed lately. The store keeps
// it, so that all servers go by the same.
type Health struct {
	EndpointID string
	TenantID   routing.TenantID

	Slots        int           // deliveries it may have under way; 0: as many as usual
	PausedUntil  time.Time     // nothing is sent before
	Pause        time.Duration // how long it was paused last
	Failures     int           // in a row
	Attempts     int           // since it began to fail
	FailingSince time.Time     // the first failure since the last success
	LastOKAt     time.Time     // zero: not known
	DisabledAt   time.Time     // zero: it is not
	DisabledWhy  string        // gone (410), or failing for days
}

// When an endpoint is paused and disabled.
const (
	// PauseAfter is how many failures in a row pause an endpoint.
	PauseAfter = 5
	// FirstPause is how long it is paused then; each probe that fails doubles
	// it, up to MaxPause.
	FirstPause = 15 * time.Second
	MaxPause   = 5 * time.Minute
	// DisableAfter is how long an endpoint may fail, with at least DisableTries
	// attempts in that time.
	DisableAfter = 5 * 24 * time.Hour
	DisableTries = 50
)

// Why an endpoint was disabled.
const (
	WhyGone    = "gone"    // it answered 410
	WhyFailing = "failing" // nothing was accepted for DisableAfter
)

// probing is the slots of an endpoint that has to show that it works.
const probing = 1

// Note counts what came of an attempt and tells whether anything changed; h is
// untouched if not. A success changes nothing of an endpoint that works, so it
// costs no write. An h without an id becomes the endpoint's. One that is
// disabled stays as it is until somebody enables it.
func (h *Health) Note(r Result) (changed bool) {
	if !r.charged() || !h.DisabledAt.IsZero() {
		return false
	}
	if r.Class == OK {
		return h.noteSuccess(r)
	}
	h.noteFailure(r)
	return true
}

// charged tells whether an attempt says something about its endpoint. A name
// that is not found is the endpoint's: nobody can reach it. An address that may
// not be reached from here, a webhook that is configured no more and our own
// stop are ours.
func (r *Result) charged() bool {
	switch r.Class {
	case OK, DNS, Connect, TLS, Timeout, HTTP:
		return true
	case Blocked, Gone, Stopped:
		return false
	}
	return false
}

func (h *Health) noteSuccess(r Result) (changed bool) {
	// Patience that the endpoint asked for is not over because something that
	// was sent before was accepted.
	asked := h.Slots == 0 && r.At.Before(h.PausedUntil)
	paused := !h.PausedUntil.IsZero() && !asked
	if h.Failures == 0 && h.Slots == 0 && h.FailingSince.IsZero() && !paused {
		return false
	}
	h.Slots, h.Pause, h.Failures, h.Attempts, h.FailingSince = 0, 0, 0, 0, time.Time{}
	if !asked {
		h.PausedUntil = time.Time{}
	}
	h.LastOKAt = r.ended()
	return true
}

func (h *Health) noteFailure(r Result) {
	now := r.ended()
	if h.EndpointID == "" {
		h.EndpointID, h.TenantID = r.EndpointID, r.TenantID
	}
	if h.FailingSince.IsZero() {
		h.FailingSince = r.At
	}
	h.Failures++
	h.Attempts++
	switch {
	case r.Code == http.StatusGone:
		h.disable(now, WhyGone)
	case now.Sub(h.FailingSince) >= DisableAfter && h.Attempts >= DisableTries:
		h.disable(now, WhyFailing)
	case h.Slots == probing && r.At.Before(h.PausedUntil):
		// It was under way when the pause began and says nothing new.
	case h.Failures >= PauseAfter:
		h.Slots = probing
		h.Pause = min(max(2*h.Pause, FirstPause), MaxPause)
		h.pauseUntil(now.Add(h.Pause))
	}
	if r.RetryAfter > 0 {
		h.pauseUntil(now.Add(r.RetryAfter))
	}
}

// pauseUntil never shortens a pause.
func (h *Health) pauseUntil(t time.Time) {
	if t.After(h.PausedUntil) {
		h.PausedUntil = t
	}
}

func (h *Health) disable(at time.Time, why string) { h.DisabledAt, h.DisabledWhy = at, why }

// ended tells when an attempt was over.
func (r *Result) ended() time.Time { return r.At.Add(r.Took) }
