package config

import (
	"context"
	"time"

	"github.com/rs/zerolog"
)

// FollowEvery is how often a server asks whether another one published.
const FollowEvery = 500 * time.Millisecond

// Follow loads what other servers on the same store publish, until the context
// ends. What cannot be loaded is logged once; calls go on by what there is.
func (h *Holder) Follow(ctx context.Context, log zerolog.Logger) error {
	tick := time.NewTicker(FollowEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		loaded, err := h.catchUp(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil && !failing:
			log.Error().Err(err).Msg("what another server published cannot be loaded; calls go by what was there")
		case loaded:
			log.Info().Msg("loaded what another server published")
		}
		failing = err != nil
	}
}

// catchUp loads the configuration if the store has a newer one.
func (h *Holder) catchUp(ctx context.Context) (loaded bool, err error) {
	h.change.Lock()
	defer h.change.Unlock()
	ctx, cancel := context.WithTimeout(ctx, publishWithin)
	defer cancel()
	version, err := h.store.ConfigVersion(ctx)
	if err != nil || version == h.version {
		return false, err
	}
	return true, h.load(ctx)
}
