package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/routing"
)

// RingGroup is a ring group as it is shown, with its members as they are now.
type RingGroup struct {
	ID             string            `json:"id"`
	Name           string            `json:"name"`
	Extension      string            `json:"extension" doc:"the number it is dialled by inside; empty: none"`
	Strategy       routing.Strategy  `json:"strategy" enum:"simultaneous,sequence,random,round-robin"`
	RingSeconds    int               `json:"ringSeconds" doc:"of the whole group, in all rounds"`
	Rounds         int               `json:"rounds"`
	SkipBusy       bool              `json:"skipBusy" doc:"members that are on a call do not ring"`
	MemberForwards bool              `json:"memberForwards" doc:"members' forwards count"`
	StopOnReject   bool              `json:"stopOnReject" doc:"one member that rejects ends the ringing"`
	CallLimit      int               `json:"callLimit" doc:"calls at once; 0: no limit"`
	Members        []RingGroupMember `json:"members"`
}

// RingGroupMember is a member of a ring group and whether it would ring now.
type RingGroupMember struct {
	Route        routing.Route `json:"route" enum:"extension,forward"`
	Number       string        `json:"number" doc:"an extension, the name of a forward, or an outside number"`
	DisplayName  string        `json:"displayName" doc:"of an extension"`
	DelaySeconds int           `json:"delaySeconds"`
	RingSeconds  int           `json:"ringSeconds" doc:"0: as long as the group"`
	Confirm      bool          `json:"confirm" doc:"who answers presses 1 to accept"`
	PhoneStatus
	Skipped   *routing.SkipReason `json:"skipped" enum:"forwarded,do-not-disturb,unregistered,call-limit,on-call,outside-denied" doc:"why it would not ring if the group was called now; null: it would"`
	Forwarded string              `json:"forwardedTo,omitempty" doc:"the number that would ring in its place"`
}

type (
	ringGroupPage struct {
		ForTenant
		Page
	}
	ringGroupsAnswer struct{ Body ringGroupsBody }
	ringGroupsBody   struct {
		RingGroups []RingGroup `json:"ringGroups"`
		Next       string      `json:"next,omitempty" doc:"cursor for ?after=; left out: that was all"`
	}
)

func (s *Server) ringGroupResources(a huma.API) {
	add(a, anyKey, huma.Operation{OperationID: "list-ring-groups", Method: http.MethodGet, Path: "/api/ring-groups", Tags: []string{"Ring groups"}, Errors: []int{http.StatusBadRequest}, Summary: "Ring groups by name, and which members would ring now"}, s.listRingGroups)
}

func (s *Server) listRingGroups(ctx context.Context, in *ringGroupPage) (*ringGroupsAnswer, error) {
	tenant, plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	names, next, err := pageOf(in.Page, "ring-groups", tenant, plan.RingGroupNames(), func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	out := &ringGroupsAnswer{Body: ringGroupsBody{RingGroups: make([]RingGroup, len(names)), Next: next}}
	for i, name := range names {
		g, members, _ := plan.RingGroup(name)
		out.Body.RingGroups[i] = s.shownRingGroup(plan, g, members)
	}
	return out, nil
}

// shownRingGroup takes a group from a plan, whose switches are filled in.
func (s *Server) shownRingGroup(plan *routing.Plan, g routing.RingGroup, members []routing.Member) RingGroup {
	out := RingGroup{
		ID: g.ID, Name: g.Name, Extension: g.Extension, Strategy: g.Strategy, RingSeconds: g.RingSeconds, Rounds: g.Rounds,
		SkipBusy: *g.SkipBusy, MemberForwards: *g.MemberForwards, StopOnReject: g.StopOnReject, CallLimit: g.CallLimit,
		Members: make([]RingGroupMember, len(members)),
	}
	for i, m := range members {
		out.Members[i] = s.shownMember(plan, g, m)
	}
	return out
}

func (s *Server) shownMember(plan *routing.Plan, g routing.RingGroup, m routing.Member) RingGroupMember {
	out := RingGroupMember{Route: m.To.Route, Number: m.To.Target, DelaySeconds: m.DelaySeconds, RingSeconds: m.RingSeconds, Confirm: m.Confirm}
	e, phones := plan.Extension(m.To.Target)
	if m.To.Route != routing.RouteExtension || !phones {
		if _, err := plan.Outside(m.To.Target); err != nil {
			out.Skipped = skippedFor(routing.Eligibility{Reason: routing.SkipDenied})
		}
		return out
	}
	phone := s.phone(plan, e.Extension)
	el := plan.Eligible(e.Extension, routing.Ask{SkipOnCall: *g.SkipBusy, IgnoreForwards: !*g.MemberForwards, Phone: phone})
	out.DisplayName, out.PhoneStatus, out.Skipped = e.DisplayName, shownPhone(phone), skippedFor(el)
	if to, ok := plan.ForwardOf(e.Extension, el.Forward); ok && *g.MemberForwards {
		out.Forwarded = to.To.Target
	}
	return out
}
