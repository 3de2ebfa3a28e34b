package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/routing"
)

// ExplainRequest asks where a call would go.
type ExplainRequest struct {
	Tenant string    `json:"tenant,omitempty"`
	From   string    `json:"from,omitempty"`
	To     string    `json:"to" required:"false"`
	At     time.Time `json:"at,omitzero" doc:"default now"`
	Trunk  string    `json:"trunk,omitempty" doc:"it came in over; read as a name"`
	Phone  string    `json:"phone,omitempty" doc:"extension that dials; empty: a call from outside"`
	Name   string    `json:"name,omitempty" doc:"the display name the caller sends"`
	ID     string    `json:"id,omitempty" doc:"the call's id; call.bucket comes from it"`
	// Headers are the SIP headers it has.
	Headers map[string]string `json:"headers,omitempty" doc:"SIP headers it has, by name"`
	Assume  Assumptions       `json:"assume,omitzero" doc:"what is assumed of the tenant's phones"`
}

// Assumptions are what a dry run takes for granted.
type Assumptions struct {
	Extensions map[string]routing.AssumedExtension `json:"extensions,omitempty" doc:"by number; those not named are registered and free"`
}

type (
	explainInput  struct{ Body ExplainRequest }
	explainAnswer struct{ Body routing.Explanation }
)

func (s *Server) operatorResources(a huma.API) {
	tags := []string{"Configuration"}
	add(a, superadmin, huma.Operation{OperationID: "explain", Method: http.MethodPost, Path: "/api/explain", Tags: tags, Summary: "Where a call would go, and why"}, s.explain)
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
