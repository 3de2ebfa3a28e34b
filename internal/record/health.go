package record

import "time"

// Health tells how storing goes, for readiness and metrics.
type Health struct {
	Waiting int       // calls of which something is not stored yet
	Oldest  time.Time // since when the first of them waits; zero: none waits
	Live    int       // calls that are not over

	FailingSince time.Time // zero: the last try succeeded
	Err          error     // of the last try
	Saved        uint64    // states of calls stored
	Dropped      uint64    // calls whose record was lost, there was no room
}

// note takes down one try to store n calls.
func (h *Health) note(n int, err error, now time.Time) {
	if err == nil {
		h.Saved += uint64(n)
		h.FailingSince, h.Err = time.Time{}, nil
		return
	}
	if h.FailingSince.IsZero() {
		h.FailingSince = now
	}
	h.Err = err
}

// Health gives the state of the pipeline. Safe for concurrent use.
func (p *Pipeline) Health() Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.health
	h.Live = len(p.calls) - p.waiting
	for _, l := range p.queue {
		if l.dropped {
			continue
		}
		h.Waiting++
		if h.Oldest.IsZero() || l.since.Before(h.Oldest) {
			h.Oldest = l.since
		}
	}
	return h
}

// report logs when storing begins to fail, when it works again, and what was
// lost; not every try.
func (p *Pipeline) report(err error) {
	p.mu.Lock()
	failed := p.failing
	p.failing = err != nil
	lost := p.health.Dropped - p.reported
	if err == nil {
		p.reported = p.health.Dropped
	}
	p.mu.Unlock()
	switch {
	case err != nil && !failed:
		p.opts.Log.Error().Err(err).Msg("the store takes no records; they are kept and tried again")
	case err == nil && failed:
		p.opts.Log.Info().Uint64("lost", lost).Msg("the store takes records again")
	}
}
