package config

import (
	"context"
	"time"

	"github.com/rs/zerolog"
)

// FollowEvery is how often a server asks whether another one published.
const FollowEvery = 200 * time.Millisecond

// Follow loads what other servers on the same store publish, and keeps the
// snapshot, until the context ends. What cannot be loaded is logged once; calls
// go on by what there is.
func (h *Holder) Follow(ctx context.Context, log zerolog.Logger) error {
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		h.keepSnapshot(ctx, log)
	}()
	defer func() { <-kept }()
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

// catchUp loads what is newer in the store than here, scope by scope.
func (h *Holder) catchUp(ctx context.Context) (loaded bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, publishWithin)
	defer cancel()
	release, err := h.catching.take(ctx, "")
	if err != nil {
		return false, err
	}
	defer release()
	if h.stale.Load() != nil {
		return h.back(ctx)
	}
	version, err := h.store.ConfigVersion(ctx)
	was := h.current.Load()
	switch {
	case err != nil || version == was.state.version:
		return false, err
	case version < was.state.version: // another database, or an old one brought back
		return true, h.load(ctx)
	}
	changes, err := h.store.ConfigSince(ctx, was.state.version, was.state.revisions())
	if err != nil {
		return false, err
	}
	n := news{version: changes.Version, scopes: map[string]*scopeState{}}
	for _, c := range changes.Scopes {
		n.scopes[c.Scope] = &scopeState{revision: c.Revision, objects: changed(was.state.of(c.Scope), c.Gone, c.Added)}
	}
	err = h.install(n)
	return h.Directory() != was.directory, err
}

// back loads everything from a store that was away when the server started.
func (h *Holder) back(ctx context.Context) (bool, error) {
	if err := h.load(ctx); err != nil {
		return false, err
	}
	h.stale.Store(nil)
	return true, nil
}
