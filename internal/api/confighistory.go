package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/config"
)

type (
	revisionsInput struct {
		ForTenant
		Limit  int `query:"limit" minimum:"1" maximum:"1000" default:"50"`
		Before int `query:"before" minimum:"0" maximum:"2147483646" doc:"only revisions before this one: next of the page before"`
	}
	revisionsAnswer struct{ Body revisionsBody }
	revisionsBody   struct {
		Revisions []config.Revision `json:"revisions" doc:"the newest first"`
		Next      int               `json:"next,omitempty" doc:"before, for the next page; left out: that was all"`
	}
	// RevisionRef names a revision.
	RevisionRef struct {
		ForTenant
		ID int `path:"id" minimum:"1" maximum:"2147483646" doc:"its number"`
	}
	revisionAnswer struct{ Body revisionBody }
	revisionBody   struct {
		Revision config.RevisionDetail `json:"revision"`
	}
	comparisonInput struct {
		ForTenant
		From int `query:"from" minimum:"0" maximum:"2147483646" doc:"0, or left out: before the first one"`
		To   int `query:"to" minimum:"0" maximum:"2147483646" doc:"0, or left out: the current one"`
	}
	comparisonAnswer struct{ Body config.Comparison }
	fileInput        struct {
		ForTenant
		Revision int  `query:"revision" minimum:"0" maximum:"2147483646" doc:"0, or left out: the current one"`
		IDs      bool `query:"ids" doc:"with the ids of all objects, so that one can get another name and stay the same one"`
	}
	fileAnswer struct{ Body fileBody }
	fileBody   struct {
		Name string `json:"name" doc:"the tenant's, or operator"`
		Text string `json:"text" doc:"YAML; published again it changes nothing. Secrets stand as (unchanged), overrides are left out"`
	}
	rollbackInput struct {
		ForTenant
		Body RollbackRequest
	}
)

// RollbackRequest is the body of POST /api/config/rollback.
type RollbackRequest struct {
	To        int    `json:"to" minimum:"1" maximum:"2147483646" doc:"the revision whose content is to be published again"`
	Base      *int   `json:"base,omitempty" doc:"the revision that was looked at; another current one is refused with 409"`
	Author    string `json:"author,omitempty" maxLength:"200"`
	Comment   string `json:"comment,omitempty" maxLength:"2000"`
	DryRun    bool   `json:"dryRun,omitempty"`
	SkipTests bool   `json:"skipTests,omitempty" doc:"a superadmin's key alone"`
}

const ofOperator = "A superadmin's key without ?tenantId= is about what the operator owns."

func (s *Server) revisionResources(a huma.API) {
	tags := []string{"Configuration"}
	add(a, anyKey, huma.Operation{OperationID: "list-revisions", Method: http.MethodGet, Path: "/api/config/revisions", Tags: tags, Summary: "Who published what, when and why", Description: ofOperator}, s.listRevisions)
	add(a, anyKey, huma.Operation{OperationID: "get-revision", Method: http.MethodGet, Path: "/api/config/revisions/{id}", Tags: tags, Summary: "One revision and what it changed, field by field", Description: ofOperator}, s.getRevision)
	add(a, anyKey, huma.Operation{OperationID: "compare-revisions", Method: http.MethodGet, Path: "/api/config/diff", Tags: tags, Summary: "What differs between two revisions, field by field", Description: ofOperator}, s.compareRevisions)
	add(a, anyKey, huma.Operation{OperationID: "get-configuration-file", Method: http.MethodGet, Path: "/api/config/file", Tags: tags, Summary: "A revision as a configuration file", Description: ofOperator}, s.configurationFile)
	addWork(s, a, anyKey, huma.Operation{OperationID: "rollback-configuration", Method: http.MethodPost, Path: "/api/config/rollback", Tags: tags, Errors: []int{http.StatusConflict}, Summary: "Publish what an earlier revision was, as a new one", Description: "It is checked like any change. Overrides of schedules stay as they are. " + ofOperator}, s.rollback)
}

func (s *Server) listRevisions(ctx context.Context, in *revisionsInput) (*revisionsAnswer, error) {
	list, err := s.Configuration.History(ctx, string(callerOf(ctx).tenant), in.Before, in.Limit+1)
	if err != nil {
		return nil, s.unreadRevision(err)
	}
	out := &revisionsAnswer{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = list[in.Limit-1].Rev
	}
	out.Body.Revisions = append([]config.Revision{}, list...)
	return out, nil
}

// unreadRevision spells why nothing is told of revisions.
func (s *Server) unreadRevision(err error) error {
	if f := refusedRevision(err); f != nil {
		return f
	}
	return s.unavailable(err, unread)
}

func (s *Server) getRevision(ctx context.Context, in *RevisionRef) (*revisionAnswer, error) {
	s.allow(ctx, time.Minute)
	r, err := s.Configuration.RevisionAt(ctx, string(callerOf(ctx).tenant), in.ID)
	if err != nil {
		return nil, s.unreadRevision(err)
	}
	return &revisionAnswer{revisionBody{r}}, nil
}

func (s *Server) compareRevisions(ctx context.Context, in *comparisonInput) (*comparisonAnswer, error) {
	s.allow(ctx, time.Minute)
	out, err := s.Configuration.Between(ctx, string(callerOf(ctx).tenant), in.From, in.To)
	if err != nil {
		return nil, s.unreadRevision(err)
	}
	return &comparisonAnswer{out}, nil
}

func (s *Server) configurationFile(ctx context.Context, in *fileInput) (*fileAnswer, error) {
	s.allow(ctx, time.Minute)
	tenant, name := string(callerOf(ctx).tenant), config.OperatorScope
	if grant, ok := s.Configuration.Directory().Grant(tenant); ok {
		name = grant.Name
	}
	text, err := s.Configuration.Written(ctx, tenant, in.Revision, config.WriteOptions{IDs: in.IDs})
	if err != nil {
		return nil, s.unreadRevision(err)
	}
	return &fileAnswer{fileBody{name, string(text)}}, nil
}

func (s *Server) rollback(ctx context.Context, in *rollbackInput) (*applyAnswer, error) {
	r := in.Body
	if err := maySkip(ctx, r.SkipTests); err != nil {
		return nil, err
	}
	by := callerOf(ctx).author(r.Author)
	s.allow(ctx, time.Minute)
	out, err := s.Configuration.Rollback(ctx, config.RollbackRequest{
		Tenant: string(callerOf(ctx).tenant), To: r.To, Base: r.Base, Author: by, Comment: safeName(r.Comment), DryRun: r.DryRun, SkipTests: r.SkipTests,
	})
	return s.applied(out, err, by, r.Comment)
}
