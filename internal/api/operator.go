package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/config"
	"switchyard/routing"
)

// configurationMost is the largest body with configuration files: those of a
// large tenant (100,000 blocked numbers) are a few megabytes.
const configurationMost = 32 << 20

// ApplyRequest is the body of POST /api/config/apply.
type ApplyRequest struct {
	Files   []ApplyFile    `json:"files"`
	Author  string         `json:"author,omitempty"`
	Comment string         `json:"comment,omitempty"`
	DryRun  bool           `json:"dryRun,omitempty" doc:"check and compare, change nothing"`
	Base    map[string]int `json:"base,omitempty" doc:"revision by scope the change was made against; another one is refused"`
}

// ApplyFile is one configuration file, by the name its problems are shown with.
type ApplyFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// ExplainRequest asks where a call would go.
type ExplainRequest struct {
	Tenant string    `json:"tenant,omitempty"`
	From   string    `json:"from,omitempty"`
	To     string    `json:"to" required:"false"`
	At     time.Time `json:"at,omitzero" doc:"default now"`
	Trunk  string    `json:"trunk,omitempty" doc:"it came in over; read as a name"`
	Phone  string    `json:"phone,omitempty" doc:"extension that dials; empty: a call from outside"`
}

type (
	applyInput    struct{ Body ApplyRequest }
	applyAnswer   struct{ Body config.Applied }
	explainInput  struct{ Body ExplainRequest }
	explainAnswer struct{ Body routing.Explanation }
)

func (s *Server) operatorResources(a huma.API) {
	tags := []string{"Configuration"}
	add(a, superadmin, huma.Operation{OperationID: "apply-configuration", Method: http.MethodPost, Path: "/api/config/apply", Tags: tags, MaxBodyBytes: configurationMost, BodyReadTimeout: readWithin, Errors: []int{http.StatusConflict}, Summary: "Publish configuration files, whole or not at all"}, s.apply)
	add(a, superadmin, huma.Operation{OperationID: "explain", Method: http.MethodPost, Path: "/api/explain", Tags: tags, Summary: "Where a call would go, and why"}, s.explain)
}

// readWithin bounds reading a large body.
const readWithin = 30 * time.Second

func (s *Server) apply(ctx context.Context, in *applyInput) (*applyAnswer, error) {
	r := in.Body
	files := make([]routing.File, len(r.Files))
	for i, f := range r.Files {
		files[i] = routing.File{Name: f.Name, Data: []byte(f.Text)}
	}
	s.allow(ctx, time.Minute)
	out, err := s.Configuration.Apply(ctx, config.Request{Files: files, Author: r.Author, Comment: r.Comment, DryRun: r.DryRun, Base: r.Base})
	if err != nil {
		return nil, s.refused(err)
	}
	s.Log.Info().Str("author", r.Author).Str("comment", r.Comment).Bool("dry_run", r.DryRun).
		Int("changes", len(out.Changes)).Interface("revisions", out.Revisions).Msg("configuration applied")
	return &applyAnswer{out}, nil
}

func (s *Server) explain(_ context.Context, in *explainInput) (*explainAnswer, error) {
	r := in.Body
	if r.At.IsZero() {
		r.At = s.Now()
	}
	out, err := Explain(s.Configuration.Directory(), r)
	if err != nil {
		return nil, refuse(http.StatusNotFound, "%s", err)
	}
	return &explainAnswer{out}, nil
}
