package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"switchyard/internal/keys"
)

// Bodies with configuration files. Those of a large tenant (100,000 blocked
// numbers) are a few megabytes; the operator's may have all tenants in them.
const (
	configurationMost = 32 << 20 // bytes, of a superadmin's key
	tenantsMost       = 16 << 20
	readonlyMost      = 4 << 20
)

// readWithin bounds reading a large body.
const readWithin = 30 * time.Second

// Reading and checking configuration files takes a processor for seconds and many
// times their size of memory, which calls need too.
const (
	turnsAtOnce   = 2 // requests that work
	worksInAll    = 16
	worksOfTenant = 4 // so that one tenant does not keep the others out
	turnWithin    = 45 * time.Second
)

const worksKey = "works"

// addWork adds a resource that works with configuration files.
func addWork[I, O any](s *Server, a huma.API, need access, o huma.Operation, f func(context.Context, *I) (*O, error)) {
	o.Metadata = map[string]any{worksKey: true}
	o.Errors = append(o.Errors, http.StatusTooManyRequests)
	add(a, need, o, func(ctx context.Context, in *I) (*O, error) {
		s.allow(ctx, time.Minute) // the wait is before the work, which asks for more
		done, refused := s.turns.take(ctx)
		if refused != nil {
			return nil, refused
		}
		defer done()
		return f(ctx, in)
	})
}

// bound keeps requests with configuration files within what the server can hold,
// before it reads their bodies.
func (s *Server) bound(a huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if works, _ := ctx.Operation().Metadata[worksKey].(bool); !works {
			next(ctx)
			return
		}
		key := callerOf(ctx.Context()).key
		r, w := humago.Unwrap(ctx)
		most := bodyMostOf(key)
		if r.ContentLength > most {
			s.refuseOver(a, ctx, tooLarge(most))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		ofOne := worksOfTenant
		if key.TenantID == "" {
			ofOne = worksInAll
		}
		if !s.turns.places.enterWithin(key.TenantID, ofOne, worksInAll) {
			s.refuseOver(a, ctx, busy())
			return
		}
		defer s.turns.places.leave(key.TenantID)
		next(ctx)
	}
}

// bodyMostOf gives the largest body with configuration files of a key, in bytes.
func bodyMostOf(key keys.Key) int64 {
	switch {
	case key.Role == keys.Readonly:
		return readonlyMost
	case key.TenantID != "":
		return tenantsMost
	}
	return configurationMost
}

func tooLarge(most int64) *Failure {
	return refuse(http.StatusRequestEntityTooLarge, "the body is larger than it may be with this key, %d MiB", most>>20)
}

func busy() *Failure {
	return refuse(http.StatusTooManyRequests, "as many requests with configuration files as this server takes at once are under way; try again later")
}

// turns are taken by requests that work with configuration files, one after the
// other. The zero value is ready to use; safe for concurrent use.
type turns struct {
	places waits // requests from their beginning on, those that wait included

	once    sync.Once
	working chan struct{}
}

// take waits for a turn, no longer than the client does; done gives it back.
func (t *turns) take(ctx context.Context) (done func(), refused *Failure) {
	t.once.Do(func() { t.working = make(chan struct{}, turnsAtOnce) })
	ctx, cancel := context.WithTimeout(ctx, turnWithin)
	defer cancel()
	select {
	case t.working <- struct{}{}:
	case <-ctx.Done():
		return nil, busy()
	}
	done = func() { <-t.working }
	if ctx.Err() != nil { // both were there
		done()
		return nil, busy()
	}
	return done, nil
}
