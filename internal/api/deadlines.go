package api

import (
	"context"
	"net/http"
	"time"
)

type deadlinesKey struct{}

// withDeadlines lets resources that take their time ask for it.
func withDeadlines(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), deadlinesKey{}, http.NewResponseController(w))))
	})
}

// margin is for writing an answer once it is there.
const margin = 15 * time.Second

// allow puts the connection's deadlines off, so that an answer may take d from
// now. Without a connection, in a test, there is nothing to do.
func (s *Server) allow(ctx context.Context, d time.Duration) {
	c, ok := ctx.Value(deadlinesKey{}).(*http.ResponseController)
	if !ok {
		return
	}
	until := time.Now().Add(d + margin) // the connection's clock is the machine's
	for _, put := range []func(time.Time) error{c.SetReadDeadline, c.SetWriteDeadline} {
		if err := put(until); err != nil {
			s.Log.Debug().Err(err).Msg("a connection's deadline could not be put off")
		}
	}
}
