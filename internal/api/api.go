// Package api is the HTTP endpoint: health and metrics for whoever runs the
// server, and the resources its own commands talk to.
package api

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/config"
	"switchyard/routing"
)

// Configuration is what the endpoint changes and explains.
type Configuration interface {
	Apply(ctx context.Context, r config.Request) (config.Applied, error)
	Directory() *routing.Directory
}

// Server answers HTTP. The zero values of its parts are not usable.
type Server struct {
	Configuration Configuration
	// OperatorKey opens everything; sent as "Authorization: Bearer …" or X-API-Key.
	OperatorKey string
	// Ready tells what keeps the server from doing all of its work, by part;
	// empty: nothing.
	Ready   func(ctx context.Context) map[string]string
	Metrics http.Handler
	Now     func() time.Time
	Log     zerolog.Logger
}

// bodyMost is the largest request body: configuration files of a large tenant
// (100,000 blocked numbers) are a few megabytes.
const bodyMost = 32 << 20

// Handler gives the endpoint's routes.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.Metrics)
	mux.Handle("POST /api/config/apply", s.keyed(s.apply))
	mux.Handle("POST /api/explain", s.keyed(s.explain))
	// A profile of a server under load, for whoever runs it: go tool pprof.
	mux.Handle("GET /debug/pprof/profile", s.keyed(pprof.Profile))
	mux.Handle("GET /debug/pprof/", s.keyed(pprof.Index))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, http.StatusNotFound, "not_found", "there is nothing at "+r.Method+" "+r.URL.Path)
	})
	return mux
}

// Failure is the body of every error.
type Failure struct {
	Error    string            `json:"error"`
	Code     string            `json:"code"`
	Detail   string            `json:"detail,omitempty"`
	Problems []routing.Problem `json:"problems,omitempty"`
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	wrong := s.Ready(r.Context())
	if len(wrong) > 0 {
		s.answer(w, http.StatusServiceUnavailable, map[string]any{"status": "degraded", "parts": wrong})
		return
	}
	s.answer(w, http.StatusOK, map[string]string{"status": "ready"})
}

// keyed lets a request through only with the operator's key.
func (s *Server) keyed(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("X-API-Key")
		if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			key = bearer
		}
		if s.OperatorKey == "" || subtle.ConstantTimeCompare([]byte(key), []byte(s.OperatorKey)) != 1 {
			s.fail(w, http.StatusUnauthorized, "unauthorized", "a valid key is needed")
			return
		}
		next(w, r)
	})
}

// ApplyRequest is the body of POST /api/config/apply.
type ApplyRequest struct {
	Files   []ApplyFile    `json:"files"`
	Author  string         `json:"author,omitempty"`
	Comment string         `json:"comment,omitempty"`
	DryRun  bool           `json:"dryRun,omitempty"`
	Base    map[string]int `json:"base,omitempty"`
}

// ApplyFile is one configuration file, by the name its problems are shown with.
type ApplyFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func (s *Server) apply(w http.ResponseWriter, r *http.Request) {
	var in ApplyRequest
	if !s.decode(w, r, &in) {
		return
	}
	files := make([]routing.File, len(in.Files))
	for i, f := range in.Files {
		files[i] = routing.File{Name: f.Name, Data: []byte(f.Text)}
	}
	out, err := s.Configuration.Apply(r.Context(), config.Request{Files: files, Author: in.Author, Comment: in.Comment, DryRun: in.DryRun, Base: in.Base})
	var problems config.Problems
	switch {
	case err == nil:
		s.Log.Info().Str("author", in.Author).Str("comment", in.Comment).Bool("dry_run", in.DryRun).
			Int("changes", len(out.Changes)).Interface("revisions", out.Revisions).Msg("configuration applied")
		s.answer(w, http.StatusOK, out)
	case errors.As(err, &problems):
		s.answer(w, http.StatusUnprocessableEntity, Failure{Error: "the configuration was refused; nothing was changed", Code: "invalid_configuration", Problems: problems})
	case errors.Is(err, config.ErrStale):
		s.fail(w, http.StatusConflict, "conflict", err.Error())
	case errors.Is(err, config.ErrNotLoaded):
		s.Log.Error().Err(err).Msg("a configuration was stored and not loaded")
		s.fail(w, http.StatusServiceUnavailable, "not_loaded", config.ErrNotLoaded.Error())
	default:
		s.Log.Error().Err(err).Msg("could not apply a configuration")
		s.fail(w, http.StatusServiceUnavailable, "store_unavailable", "the configuration could not be stored; nothing was changed")
	}
}

// ExplainRequest asks where a call would go.
type ExplainRequest struct {
	Tenant string    `json:"tenant,omitempty"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	At     time.Time `json:"at,omitzero"`     // default now
	Trunk  string    `json:"trunk,omitempty"` // it came in over; read as a name
	Phone  string    `json:"phone,omitempty"` // extension that dials; empty: a call from outside
}

func (s *Server) explain(w http.ResponseWriter, r *http.Request) {
	var in ExplainRequest
	if !s.decode(w, r, &in) {
		return
	}
	if in.At.IsZero() {
		in.At = s.Now()
	}
	out, err := Explain(s.Configuration.Directory(), in)
	if err != nil {
		s.fail(w, http.StatusNotFound, "not_found", err.Error())
		return
	}
	s.answer(w, http.StatusOK, out)
}

func (s *Server) decode(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMost))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil && !atEnd(d) {
		err = errors.New("there is something behind it")
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		s.fail(w, http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the body is larger than %d MB", large.Limit>>20))
		return false
	case err != nil:
		s.fail(w, http.StatusBadRequest, "bad_request", "the body is not the JSON this resource takes: "+err.Error())
		return false
	}
	return true
}

func atEnd(d *json.Decoder) bool {
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}

func (s *Server) fail(w http.ResponseWriter, code int, name, text string) {
	s.answer(w, code, Failure{Error: text, Code: name})
}

func (s *Server) answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.Log.Debug().Err(err).Msg("the client went before its answer")
	}
}
