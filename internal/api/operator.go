package api

import (
	"cmp"
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
	Extensions map[string]routing.AssumedExtension `json:"extensions,omitempty" doc:"by number; those not named are registered and free, and not known where the server watches no switch"`
}

type (
	explainInput struct {
		ForTenant
		Body ExplainRequest
	}
	explainAnswer struct{ Body routing.Explanation }
)

func (s *Server) operatorResources(a huma.API) {
	tags := []string{"Configuration"}
	add(a, reading, huma.Operation{
		OperationID: "explain", Method: http.MethodPost, Path: "/api/explain", Tags: tags, Summary: "Where a call would go, and why",
		Description: "A tenant's key asks about calls of its tenant, over the trunks granted to it. With ?tenantId= a superadmin's key is as a tenant's.",
	}, s.explain)
}

func (s *Server) explain(ctx context.Context, in *explainInput) (*explainAnswer, error) {
	r, d := in.Body, s.Configuration.Directory()
	if r.At.IsZero() {
		r.At = s.Now()
	}
	if tenant := callerOf(ctx).tenant; tenant != "" {
		named, ok := d.Grant(cmp.Or(r.Tenant, string(tenant)))
		if !ok || named.ID != tenant {
			return nil, noSuch("tenant")
		}
		if d, ok = d.SeenBy(string(tenant)); !ok {
			return nil, noSuch("tenant")
		}
		r.Tenant = named.Name
	}
	out, err := explain(d, r, s.assumed(r.Assume))
	if err != nil {
		return nil, refuse(http.StatusNotFound, "%s", err)
	}
	return &explainAnswer{out}, nil
}

// assumed gives the phones a made-up call meets. Of those that the request does
// not name a server without switches knows no more than for a real call.
func (s *Server) assumed(a Assumptions) routing.Live {
	if s.Phones == nil || !s.Phones.Watched() {
		return routing.AssumedAlone(a.Extensions)
	}
	return routing.Assumed(a.Extensions)
}
