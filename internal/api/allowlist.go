package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/routing"
)

type (
	allowlistAnswer struct{ Body allowlistBody }
	allowlistBody   struct {
		Allowlist []ListedNumber `json:"allowlist"`
		Next      string         `json:"next,omitempty" doc:"cursor for ?after=; left out: that was all"`
	}
	newAllowed struct {
		ForTenant
		Body NumberMatch
	}
	allowedAnswer struct{ Body allowedBody }
	allowedBody   struct {
		Entry ListedNumber `json:"entry"`
	}
)

func (s *Server) allowlistResources(a huma.API) {
	const path = "/api/allowlist"
	tags, conflict := []string{"Allow list"}, []int{http.StatusConflict}
	add(a, anyKey, huma.Operation{OperationID: "list-allowlist", Method: http.MethodGet, Path: path, Tags: tags, Errors: []int{http.StatusBadRequest}, Summary: "Who is never blocked"}, s.listAllowlist)
	add(a, anyKey, huma.Operation{OperationID: "allow-number", Method: http.MethodPost, Path: path, DefaultStatus: http.StatusCreated, Tags: tags, Errors: conflict, Summary: "Never block a number, a prefix, a pattern or anonymous callers"}, s.allowNumber)
	add(a, anyKey, huma.Operation{OperationID: "disallow-number", Method: http.MethodDelete, Path: path + "/{id}", DefaultStatus: http.StatusNoContent, Tags: tags, Errors: conflict, Summary: "Take an entry off the allow list"}, s.disallowNumber)
}

func itself(a routing.AllowedNumber) routing.AllowedNumber { return a }

func (s *Server) listAllowlist(ctx context.Context, in *listPage) (*allowlistAnswer, error) {
	tenant, cfg, err := s.ownConfiguration(ctx)
	if err != nil {
		return nil, err
	}
	list, next, err := pageOf(in.Page, "allowlist", tenant, sortedEntries(cfg.Allowlist, itself), entryKey)
	if err != nil {
		return nil, err
	}
	out := &allowlistAnswer{Body: allowlistBody{Allowlist: make([]ListedNumber, len(list)), Next: next}}
	for i, a := range list {
		out.Body.Allowlist[i] = s.listedNumber(a)
	}
	return out, nil
}

func (s *Server) allowNumber(ctx context.Context, in *newAllowed) (*allowedAnswer, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return nil, err
	}
	a := s.entry(in.Body, tenant)
	_, match := matchOf(a)
	if err := s.changeTenant(ctx, tenant, match+" put on the allow list", func(c *routing.TenantConfig) error {
		c.Allowlist = append(c.Allowlist, a)
		return nil
	}); err != nil {
		return nil, err
	}
	return &allowedAnswer{Body: allowedBody{s.listedNumber(a)}}, nil
}

func (s *Server) disallowNumber(ctx context.Context, in *EntryRef) (*nothing, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.changeTenant(ctx, tenant, in.ID+" taken off the allow list", func(c *routing.TenantConfig) error {
		a, err := entryIn(s, tenant, c.Allowlist, in.ID, itself)
		if err != nil {
			return err
		}
		c.Allowlist = slices.DeleteFunc(c.Allowlist, func(other routing.AllowedNumber) bool { return other.ID == a.ID })
		return nil
	})
}
