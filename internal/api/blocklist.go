package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/handlers"
	"switchyard/internal/tally"
	"switchyard/routing"
)

// Tallies tells what was counted; a part of *store.Store.
type Tallies interface {
	Tallies(ctx context.Context, tenant routing.TenantID, kind handlers.TallyKind) (map[string]tally.Total, error)
}

// BlockedNumber is an entry of the blocklist as it is shown.
type BlockedNumber struct {
	ListedNumber
	Action    routing.BlockAction  `json:"action" enum:"reject,busy,route"`
	Cause     string               `json:"cause,omitempty" doc:"of action reject, if it is not CALL_REJECTED"`
	Then      *routing.Destination `json:"then,omitempty" doc:"of action route"`
	Hits      uint64               `json:"hits" doc:"calls it matched"`
	LastHitAt *time.Time           `json:"lastHitAt" doc:"null: never"`
}

type (
	listPage struct {
		ForTenant
		Page
	}
	blocklistAnswer struct{ Body blocklistBody }
	blocklistBody   struct {
		Blocklist []BlockedNumber `json:"blocklist"`
		Next      string          `json:"next,omitempty" doc:"cursor for ?after=; left out: that was all"`
	}
	newBlocked struct {
		ForTenant
		Body struct {
			NumberMatch
			Action routing.BlockAction  `json:"action,omitempty" maxLength:"100" doc:"reject (default), busy or route"`
			Cause  string               `json:"cause,omitempty" maxLength:"100" doc:"of action reject: FreeSWITCH's name of a hangup cause"`
			Then   *routing.Destination `json:"then,omitempty" doc:"of action route: where the call goes instead"`
		}
	}
	blockedAnswer struct{ Body blockedBody }
	blockedBody   struct {
		Entry BlockedNumber `json:"entry"`
	}
	// EntryRef names an entry of the blocklist or the allow list.
	EntryRef struct {
		ForTenant
		ID string `path:"id" maxLength:"1000" doc:"id, or the number, prefix or pattern"`
	}
)

func (s *Server) blocklistResources(a huma.API) {
	const path = "/api/blocklist"
	tags, conflict := []string{"Blocklist"}, []int{http.StatusConflict}
	add(a, anyKey, huma.Operation{OperationID: "list-blocklist", Method: http.MethodGet, Path: path, Tags: tags, Errors: []int{http.StatusBadRequest}, Summary: "Who is blocked, and how often that happened"}, s.listBlocklist)
	add(a, anyKey, huma.Operation{OperationID: "block-number", Method: http.MethodPost, Path: path, DefaultStatus: http.StatusCreated, Tags: tags, Errors: conflict, Summary: "Block a number, a prefix, a pattern or anonymous callers"}, s.blockNumber)
	add(a, anyKey, huma.Operation{OperationID: "unblock-number", Method: http.MethodDelete, Path: path + "/{id}", DefaultStatus: http.StatusNoContent, Tags: tags, Errors: conflict, Summary: "Take an entry off the blocklist"}, s.unblockNumber)
	add(a, anyKey, huma.Operation{OperationID: "check-number", Method: http.MethodGet, Path: path + "/check", Tags: tags, Summary: "Whether a call from or to a number is blocked now, and by what"}, s.checkNumber)
}

func (s *Server) listBlocklist(ctx context.Context, in *listPage) (*blocklistAnswer, error) {
	tenant, cfg, err := s.ownConfiguration(ctx)
	if err != nil {
		return nil, err
	}
	list, next, err := pageOf(in.Page, "blocklist", tenant, sortedEntries(cfg.Blocklist, blockedAs), func(b routing.BlockedNumber) string { return entryKey(blockedAs(b)) })
	if err != nil {
		return nil, err
	}
	hits, err := s.Tallies.Tallies(ctx, tenant, handlers.TallyBlocked)
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	out := &blocklistAnswer{Body: blocklistBody{Blocklist: make([]BlockedNumber, len(list)), Next: next}}
	for i, b := range list {
		out.Body.Blocklist[i] = s.shownBlocked(b, hits[b.ID])
	}
	return out, nil
}

func (s *Server) shownBlocked(b routing.BlockedNumber, hits tally.Total) BlockedNumber {
	return BlockedNumber{
		ListedNumber: s.listedNumber(blockedAs(b)), Action: cmp.Or(b.Action, routing.BlockReject), Cause: b.Cause, Then: b.Then,
		Hits: hits.N, LastHitAt: orNull(hits.LastAt),
	}
}

func (s *Server) blockNumber(ctx context.Context, in *newBlocked) (*blockedAnswer, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return nil, err
	}
	a := s.entry(in.Body.NumberMatch, tenant)
	b := routing.BlockedNumber{
		ID: a.ID, Number: a.Number, Prefix: a.Prefix, Pattern: a.Pattern, Anonymous: a.Anonymous,
		Reason: a.Reason, Direction: a.Direction, Expires: a.Expires,
		Action: in.Body.Action, Cause: in.Body.Cause, Then: in.Body.Then,
	}
	_, match := matchOf(a)
	if err := s.changeTenant(ctx, tenant, match+" blocked", func(c *routing.TenantConfig) error {
		c.Blocklist = append(c.Blocklist, b)
		return nil
	}); err != nil {
		return nil, err
	}
	return &blockedAnswer{Body: blockedBody{s.shownBlocked(b, tally.Total{})}}, nil
}

func (s *Server) unblockNumber(ctx context.Context, in *EntryRef) (*nothing, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.changeTenant(ctx, tenant, in.ID+" unblocked", func(c *routing.TenantConfig) error {
		a, err := entryIn(s, tenant, c.Blocklist, in.ID, blockedAs)
		if err != nil {
			return err
		}
		c.Blocklist = slices.DeleteFunc(c.Blocklist, func(b routing.BlockedNumber) bool { return b.ID == a.ID })
		return nil
	})
}
