package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/routing"
)

// CallDetail is a record with everything that is known of the call.
type CallDetail struct {
	record.Row
	Steps       []record.Step     `json:"steps" doc:"the destinations it went through"`
	Facts       map[string]string `json:"facts" doc:"what the decision went by"`
	Explanation *CallExplanation  `json:"explanation" doc:"why it went there; null for a number nobody has"`
}

type (
	// CallFilter is what lists and exports choose calls by.
	CallFilter struct {
		ForTenant
		Forwarded   string            `query:"forwarded" enum:"true,false,1,0" doc:"only calls that were, or were not, forwarded to an outside number"`
		ForwardedTo string            `query:"forwardedTo" maxLength:"40" doc:"part of the number it was forwarded to"`
		DateFrom    string            `query:"dateFrom" maxLength:"20" doc:"YYYY-MM-DD: begun on this day or later"`
		DateTo      string            `query:"dateTo" maxLength:"20" doc:"YYYY-MM-DD: begun on this day or earlier"`
		Timezone    string            `query:"timezone" maxLength:"60" doc:"whose days these are, for example America/New_York; default UTC"`
		Direction   routing.Direction `query:"direction" enum:"inbound,outbound,internal"`
		Status      handlers.Status   `query:"status" enum:"active,completed,no_answer,busy,cancelled,abandoned,voicemail,blocked,denied,suspended,failed,no_route,unknown_number"`
		Number      string            `query:"number" maxLength:"40" doc:"caller, dialled, reached or forwarded to"`
		Rule        string            `query:"rule" maxLength:"200" doc:"the rule that decided, by name"`
	}
	callPage struct {
		CallFilter
		Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		After string `query:"after" maxLength:"800" doc:"where the last page ended"`
	}
	callsAnswer struct{ Body callsBody }
	callsBody   struct {
		Calls []record.Row `json:"calls"`
		Next  string       `json:"next,omitempty" doc:"cursor for ?after=; left out: that was all"`
	}
	// CallRef names a call.
	CallRef struct {
		ForTenant
		ID string `path:"id" maxLength:"300" doc:"callUuid"`
	}
	callAnswer struct{ Body callBody }
	callBody   struct {
		Call CallDetail `json:"call"`
	}
	erase struct {
		ForTenant
		Body struct {
			Number string `json:"number" minLength:"2" maxLength:"40"`
		}
	}
	eraseAnswer struct{ Body erased }
	erased      struct {
		Erased int `json:"erased" doc:"calls the number was in"`
		Active int `json:"active" doc:"of these, calls that are not over: erase the number once more when they are, their sessions still write it"`
	}
)

func (s *Server) callResources(a huma.API) {
	const path = "/api/calls"
	tags := []string{"Calls"}
	add(a, anyKey, huma.Operation{OperationID: "list-calls", Method: http.MethodGet, Path: path, Tags: tags, Errors: []int{http.StatusBadRequest}, Summary: "Records of calls, the newest first"}, s.listCalls)
	add(a, anyKey, huma.Operation{OperationID: "list-active-calls", Method: http.MethodGet, Path: path + "/active", Tags: tags, Summary: "Calls that are not over"}, s.activeCalls)
	add(a, anyKey, huma.Operation{OperationID: "get-call", Method: http.MethodGet, Path: path + "/{id}", Tags: tags, Summary: "One call: legs, steps, facts, and why it went where it went"}, s.getCall)
	add(a, anyKey, huma.Operation{OperationID: "erase-number", Method: http.MethodPost, Path: path + "/erase", Tags: tags, Summary: "Make a number unrecognisable in all records and events of the tenant"}, s.eraseNumber)
}

// earliestDate and latestDate bound the days a filter takes: outside of them
// nobody has a record, and a store need not know such times.
var (
	earliestDate = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latestDate   = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
)

// filter reads what calls are wanted.
func (s *Server) filter(in *CallFilter, tenant routing.TenantID) (record.Filter, error) {
	f := record.Filter{TenantID: tenant, Direction: in.Direction, Status: in.Status, ForwardedTo: plusAgain(in.ForwardedTo), Rule: in.Rule, Number: s.number(in.Number, tenant)}
	if in.Forwarded != "" {
		yes := in.Forwarded == "true" || in.Forwarded == "1"
		f.Forwarded = &yes
	}
	zone, err := time.LoadLocation(in.Timezone)
	if err != nil || strings.EqualFold(in.Timezone, "local") {
		return f, wrong("query.timezone", "%q is no time zone; write it like America/New_York", legible(in.Timezone))
	}
	if f.From, err = day("dateFrom", in.DateFrom, zone, 0); err != nil {
		return f, err
	}
	if f.Until, err = day("dateTo", in.DateTo, zone, 1); err != nil {
		return f, err
	}
	if !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until) {
		return f, wrong("query.dateTo", "it is before dateFrom")
	}
	return f, nil
}

// day gives the beginning of a day, or of the one so many days later.
func day(name, text string, zone *time.Location, later int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil || t.Before(earliestDate) || t.After(latestDate) {
		return time.Time{}, wrong("query."+name, "%q is no day since 1970; write it like 2026-11-30", legible(text))
	}
	return t.AddDate(0, 0, later), nil
}

// number spells a number as records have it, if it can be read.
func (s *Server) number(text string, tenant routing.TenantID) string {
	text = plusAgain(text)
	country := ""
	if plan, ok := s.Configuration.Directory().Plan(string(tenant)); ok {
		country = plan.Tenant().Country
		if _, extension := plan.Extension(text); extension {
			return text
		}
	}
	if n := routing.ParseNumber(text, country); n.Readable() {
		return n.String()
	}
	return text
}

// plusAgain repairs what becomes of +1305… in a URL that was not escaped.
func plusAgain(text string) string {
	if rest, ok := strings.CutPrefix(text, " "); ok {
		return "+" + strings.TrimSpace(rest)
	}
	return text
}

func (s *Server) listCalls(ctx context.Context, in *callPage) (*callsAnswer, error) {
	tenant := callerOf(ctx).tenant
	f, err := s.filter(&in.CallFilter, tenant)
	if err != nil {
		return nil, err
	}
	if f.After, err = parseCallCursor(tenant, in.After); err != nil {
		return nil, refuse(http.StatusBadRequest, "after: %s", err)
	}
	f.Limit = in.Limit
	list, err := s.Records.Calls(ctx, f)
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	out := shownCalls(list)
	if len(list) == in.Limit {
		out.Body.Next = callCursor(tenant, list[len(list)-1])
	}
	return out, nil
}

func shownCalls(list []record.Call) *callsAnswer {
	out := &callsAnswer{Body: callsBody{Calls: make([]record.Row, len(list))}}
	for i, c := range list {
		out.Body.Calls[i] = record.View(c)
	}
	return out
}

func (s *Server) activeCalls(ctx context.Context, _ *ForTenant) (*callsAnswer, error) {
	list, err := s.Records.Calls(ctx, record.Filter{TenantID: callerOf(ctx).tenant, Status: handlers.StatusActive, Limit: record.MaxCalls})
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	return shownCalls(list), nil
}

// ownCall finds the call a request names, if it is one of the caller's tenant.
func (s *Server) ownCall(ctx context.Context, id string) (record.Call, []record.Leg, error) {
	c, legs, err := s.Records.Call(ctx, routing.CallID(id))
	tenant := callerOf(ctx).tenant
	switch {
	case errors.Is(err, record.ErrUnknownCall) || err == nil && tenant != "" && c.TenantID != tenant:
		return record.Call{}, nil, noSuch("call")
	case err != nil:
		return record.Call{}, nil, s.unavailable(err, unread)
	}
	return c, legs, nil
}

func (s *Server) getCall(ctx context.Context, in *CallRef) (*callAnswer, error) {
	c, legs, err := s.ownCall(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	steps := append([]record.Step{}, c.Steps...)
	return &callAnswer{Body: callBody{CallDetail{Row: record.View(c, legs...), Steps: steps, Facts: c.Facts, Explanation: s.explainCall(ctx, c)}}}, nil
}

func (s *Server) eraseNumber(ctx context.Context, in *erase) (*eraseAnswer, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return nil, err
	}
	number := s.number(in.Body.Number, tenant)
	active, err := s.Records.Calls(ctx, record.Filter{TenantID: tenant, Number: number, Status: handlers.StatusActive, Limit: record.MaxCalls})
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	n, err := s.Records.Erase(ctx, tenant, number)
	if err != nil {
		return nil, s.unavailable(err, "the number could not be erased; try again")
	}
	s.Log.Info().Str("tenant", string(tenant)).Str("by", callerOf(ctx).name()).Int("calls", n).Msg("a number was erased")
	return &eraseAnswer{Body: erased{n, len(active)}}, nil
}
