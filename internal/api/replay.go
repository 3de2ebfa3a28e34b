package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/config"
	"switchyard/internal/record"
	rerun "switchyard/internal/replay" // replay is what deliveries do here
	"switchyard/routing"
)

// DecidedCalls is what a replay reads of calls; *store.Store.
type DecidedCalls interface {
	rerun.Calls
	// CountCalls tells how many records fit.
	CountCalls(ctx context.Context, f record.Filter) (int, error)
}

// ReplayRequest is the body of POST /api/replay.
type ReplayRequest struct {
	Files    []ApplyFile `json:"files" doc:"the draft: configuration files as for apply; what they do not name stays as it is published"`
	From     time.Time   `json:"from,omitzero" doc:"calls that began at this time or later; default seven days ago"`
	Until    time.Time   `json:"until,omitzero" doc:"calls that began before; default now"`
	Limit    int         `json:"limit,omitempty" minimum:"0" doc:"at most so many calls, the newest; 0: all of them"`
	Examples int         `json:"examples,omitempty" minimum:"0" maximum:"20" doc:"calls named of each group"`
}

// ReplayLine is one line of the answer: how far it is, and in the last one what
// was found or why the replay broke off.
type ReplayLine struct {
	Done   int           `json:"done" doc:"calls looked at so far"`
	Of     int           `json:"of" doc:"how many there are"`
	Result *ReplayResult `json:"result,omitempty" doc:"in the last line"`
	Error  *Failure      `json:"error,omitempty" doc:"in the last line of a replay that broke off"`
}

// ReplayResult is what a replay found.
type ReplayResult struct {
	From     time.Time         `json:"from"`
	Until    time.Time         `json:"until"`
	Warnings []routing.Problem `json:"warnings,omitempty" doc:"of the draft"`
	rerun.Result
}

type replayInput struct {
	ForTenant
	Body ReplayRequest
}

// replayedFor is how far back a replay goes that does not say.
const replayedFor = 7 * 24 * time.Hour

func (s *Server) replayResource(a huma.API) {
	add(a, anyKey, huma.Operation{
		OperationID: "replay-calls", Method: http.MethodPost, Path: "/api/replay", Tags: []string{"Configuration"},
		MaxBodyBytes: configurationMost, BodyReadTimeout: readWithin, Errors: []int{http.StatusTooManyRequests}, Metadata: map[string]any{worksKey: true},
		Summary:     "What a draft of the configuration would have changed for recorded calls",
		Description: "Decides them again by what is published and by the draft, and changes nothing. A tenant's key replays its own calls, with a draft of its own sections. A server runs one replay at a time.",
		Responses: map[string]*huma.Response{"200": {Description: "one object a line: how far it is, then the result", Content: map[string]*huma.MediaType{
			"application/jsonl": {Schema: a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[ReplayLine](), true, "ReplayLine")},
		}}},
	}, s.replayCalls)
}

// replayCalls finds what is wrong with the request, the draft or the store before
// anything is answered.
func (s *Server) replayCalls(ctx context.Context, in *replayInput) (answer *huma.StreamResponse, err error) {
	if !s.replaying.TryLock() {
		return nil, refuse(http.StatusTooManyRequests, "another replay is running on this server; try again when it is over")
	}
	defer func() {
		if err != nil {
			s.replaying.Unlock()
		}
	}()
	s.allow(ctx, time.Minute)
	run, err := s.prepare(ctx, in)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(w huma.Context) {
		defer s.replaying.Unlock()
		run.stream(s, w)
	}}, nil
}

// prepared is a replay that can begin.
type prepared struct {
	rerun.Request
	of       int
	warnings []routing.Problem
}

func (s *Server) prepare(ctx context.Context, in *replayInput) (*prepared, error) {
	r := &in.Body
	if r.Until.IsZero() {
		r.Until = s.Now()
	}
	if r.From.IsZero() {
		r.From = r.Until.Add(-replayedFor)
	}
	if !r.From.Before(r.Until) {
		return nil, wrong("body.from", "it is not before the end, %s", r.Until.UTC().Format(time.RFC3339))
	}
	tenant := callerOf(ctx).tenant
	// Published is the one the draft is compared with, so it is taken first:
	// what somebody publishes meanwhile shows as a difference at the worst.
	p := &prepared{Request: rerun.Request{
		Published: s.Configuration.Directory(), Limit: r.Limit, Examples: r.Examples,
		Filter: record.Filter{TenantID: tenant, From: r.From, Until: r.Until},
	}}
	var err error
	done, refused := s.turns.take(ctx)
	if refused != nil {
		return nil, refused
	}
	p.Draft, p.warnings, err = s.draft(ctx, r.Files)
	if done(); err != nil {
		return nil, err
	}
	if p.of, err = s.Decided.CountCalls(ctx, p.Filter); err != nil {
		return nil, s.unavailable(err, unread)
	}
	if p.Limit > 0 {
		p.of = min(p.of, p.Limit)
	}
	return p, nil
}

// draft gives the directory there would be with the files, and what may be wrong
// in them. Of a tenant's key they hold that tenant's sections alone, and what is
// said of them is about these.
func (s *Server) draft(ctx context.Context, list []ApplyFile) (*routing.Directory, []routing.Problem, error) {
	files := filesOf(list)
	key := callerOf(ctx).key
	if key.TenantID != "" && !s.ownSections(key.TenantID, files) {
		return nil, nil, refuse(http.StatusForbidden, "a tenant's key is for drafts of that tenant's own sections")
	}
	directory, problems, err := s.Configuration.Proposed(ctx, config.Request{Files: files})
	if err != nil {
		return nil, nil, s.unavailable(err, "the draft could not be checked just now")
	}
	if directory != nil {
		return directory, about(files, "", problems), nil
	}
	if grant, ok := s.Configuration.Directory().Grant(string(key.TenantID)); ok {
		problems = about(files, grant.Name, problems)
	}
	f := refuse(http.StatusUnprocessableEntity, "the draft would be refused")
	f.Code, f.Problems = "invalid_configuration", problems
	if len(problems) > 0 {
		f.Detail = config.Problems(problems).Error()
	}
	return nil, nil, f
}

func filesOf(list []ApplyFile) []routing.File {
	files := make([]routing.File, len(list))
	for i, f := range list {
		files[i] = routing.File{Name: f.Name, Data: []byte(f.Text)}
	}
	return files
}

// ownSections tells whether files configure nothing but one tenant.
func (s *Server) ownSections(tenant routing.TenantID, files []routing.File) bool {
	parsed, _ := routing.ParseFiles(files) // what is wrong in them is told by whoever checks them
	grant, ok := s.Configuration.Directory().Grant(string(tenant))
	foreign := slices.ContainsFunc(parsed.Tenants, func(t routing.TenantConfig) bool {
		return t.Tenant != grant.Name && t.Tenant != string(tenant)
	})
	return ok && !foreign && reflect.ValueOf(parsed.Operator).IsZero()
}

// about keeps the problems that are in the files, or elsewhere in what a tenant
// has published.
func about(files []routing.File, tenant string, problems []routing.Problem) []routing.Problem {
	return slices.DeleteFunc(problems, func(p routing.Problem) bool {
		whose, _, _ := strings.Cut(p.Path, ".")
		return !(p.File == "" && tenant != "" && whose == tenant) &&
			!slices.ContainsFunc(files, func(f routing.File) bool { return f.Name == p.File })
	})
}

// stream runs the replay and answers with its lines. A client that goes ends it
// with the page it is at.
func (p *prepared) stream(s *Server, w huma.Context) {
	ctx, by, began := w.Context(), callerOf(w.Context()).name(), s.Now()
	w.SetHeader("Content-Type", "application/jsonl")
	w.SetStatus(http.StatusOK)
	line := ReplayLine{Of: p.of}
	tell := func() error {
		s.allow(ctx, pageWithin)
		return writeLine(w.BodyWriter(), &line)
	}
	p.Progress = func(done int) error {
		// Calls that begin meanwhile are looked at too, so there may be more.
		line.Done, line.Of = done, max(p.of, done)
		return tell()
	}
	err := tell()
	var result rerun.Result
	if err == nil {
		result, err = rerun.Run(ctx, s.Decided, p.Request)
	}
	if err == nil {
		line.Result = &ReplayResult{From: p.Filter.From.UTC(), Until: p.Filter.Until.UTC(), Warnings: p.warnings, Result: result}
		err = tell()
	}
	log := s.Log.Info()
	if err != nil {
		log = s.Log.Warn().Err(err)
	}
	log.Str("by", by).Int("calls", line.Done).Int("changed", result.Changed).Dur("took", s.Now().Sub(began)).Msg("calls replayed under a draft")
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	line.Result, line.Error = nil, refuse(http.StatusServiceUnavailable, "the replay broke off: the store does not answer just now")
	if err := tell(); err != nil {
		s.Log.Debug().Err(err).Msg("the client went before its answer")
	}
}

func writeLine(to io.Writer, line *ReplayLine) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if _, err := to.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("answer the client: %w", err)
	}
	if w, ok := to.(http.ResponseWriter); ok {
		return http.NewResponseController(w).Flush()
	}
	return nil
}
