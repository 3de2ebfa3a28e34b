package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/config"
	"switchyard/internal/keys"
	"switchyard/routing"
)

// ApplyRequest is the body of POST /api/config/apply.
type ApplyRequest struct {
	Files     []ApplyFile    `json:"files"`
	Author    string         `json:"author,omitempty" maxLength:"200" doc:"the person behind the key; shown beside the key's name"`
	Comment   string         `json:"comment,omitempty" maxLength:"2000" doc:"why"`
	DryRun    bool           `json:"dryRun,omitempty" doc:"check and compare, change nothing"`
	Base      map[string]int `json:"base,omitempty" doc:"revision by tenant, or operator, that the change was made from, in place of what the files say; another current one is refused with 409"`
	NeedsBase bool           `json:"needsBase,omitempty" doc:"refuse files of which neither base nor their own revision says what they were made from"`
	SkipTests bool           `json:"skipTests,omitempty" doc:"publish whatever the tests of the configuration say; a superadmin's key alone"`
}

// ApplyFile is one configuration file, by the name its problems are shown with.
type ApplyFile struct {
	Name string `json:"name" maxLength:"1000"`
	Text string `json:"text"`
}

// FilesRequest is the body of what only looks at files.
type FilesRequest struct {
	Files []ApplyFile `json:"files"`
}

type (
	applyInput struct {
		ForTenant
		Body ApplyRequest
	}
	applyAnswer struct{ Body config.Applied }
	filesInput  struct {
		ForTenant
		Body FilesRequest
	}
	fileDiffAnswer struct{ Body config.FileDiff }
	checkedAnswer  struct{ Body config.Checked }
)

const tenantsOwn = "A tenant's key may say what belongs to its tenant; trunks, tenants and numbers are the operator's. With ?tenantId= a superadmin's key is as a tenant's."

func (s *Server) configResources(a huma.API) {
	tags, conflict := []string{"Configuration"}, []int{http.StatusConflict}
	large := func(o huma.Operation) huma.Operation {
		o.Method, o.Tags, o.MaxBodyBytes, o.BodyReadTimeout = http.MethodPost, tags, configurationMost, readWithin
		return o
	}
	addWork(s, a, anyKey, large(huma.Operation{OperationID: "apply-configuration", Path: "/api/config/apply", Errors: conflict, Summary: "Publish configuration files, whole or not at all", Description: tenantsOwn}), s.apply)
	addWork(s, a, reading, large(huma.Operation{OperationID: "diff-configuration", Path: "/api/config/diff", Summary: "What configuration files would change, field by field", Description: tenantsOwn}), s.diff)
	addWork(s, a, anyKey, large(huma.Operation{OperationID: "check-configuration", Path: "/api/config/check", Summary: "Check configuration files against all that is published, and run their tests", Description: tenantsOwn}), s.check)
}

// configFiles reads files of a request.
func configFiles(in []ApplyFile) []routing.File {
	files := make([]routing.File, len(in))
	for i, f := range in {
		files[i] = routing.File{Name: legible(f.Name), Data: []byte(f.Text)}
	}
	return files
}

// maySkip refuses what only the operator may do without.
func maySkip(ctx context.Context, skip bool) error {
	if skip && callerOf(ctx).key.Role != keys.Superadmin {
		return refuse(http.StatusForbidden, "only a superadmin's key can publish without the tests; change or remove those that are wrong")
	}
	return nil
}

func (s *Server) apply(ctx context.Context, in *applyInput) (*applyAnswer, error) {
	r := in.Body
	if err := maySkip(ctx, r.SkipTests); err != nil {
		return nil, err
	}
	by := callerOf(ctx).author(r.Author)
	s.allow(ctx, time.Minute)
	out, err := s.Configuration.Apply(ctx, config.Request{
		Files: configFiles(r.Files), Author: by, Comment: safeName(r.Comment), DryRun: r.DryRun,
		Base: r.Base, NeedsBase: r.NeedsBase, SkipTests: r.SkipTests, Tenant: callerOf(ctx).tenant,
	})
	return s.applied(out, err, by, r.Comment)
}

// applied tells the log and the client what became of a change.
func (s *Server) applied(out config.Applied, err error, by, comment string) (*applyAnswer, error) {
	if err != nil {
		return nil, s.refused(err)
	}
	s.Log.Info().Str("author", by).Str("comment", safeName(comment)).Bool("dry_run", out.DryRun).
		Int("changes", len(out.Changes)).Interface("revisions", out.Revisions).Msg("configuration applied")
	return &applyAnswer{out}, nil
}

func (s *Server) diff(ctx context.Context, in *filesInput) (*fileDiffAnswer, error) {
	s.allow(ctx, time.Minute)
	out, err := s.Configuration.Diff(ctx, config.Request{Files: configFiles(in.Body.Files), Tenant: callerOf(ctx).tenant})
	if err != nil {
		return nil, s.refused(err)
	}
	return &fileDiffAnswer{out}, nil
}

func (s *Server) check(ctx context.Context, in *filesInput) (*checkedAnswer, error) {
	s.allow(ctx, time.Minute)
	out, err := s.Configuration.Check(ctx, config.Request{Files: configFiles(in.Body.Files), Tenant: callerOf(ctx).tenant})
	if err != nil {
		return nil, s.refused(err)
	}
	return &checkedAnswer{out}, nil
}

// refusedRevision spells what is wrong with the revision a request names, or
// with whose files it has; nil: it is something else.
func refusedRevision(err error) *Failure {
	var stale *config.StaleError
	var none *config.NoRevisionError
	var noBase *config.NoBaseError
	switch {
	case errors.As(err, &stale):
		f := refuse(http.StatusConflict, "the configuration was changed by somebody else meanwhile; nothing was changed")
		f.Code, f.Detail, f.Stale = "stale", stale.Error(), stale.Scopes
		return f
	case errors.As(err, &none):
		return refuse(http.StatusNotFound, "%s", none)
	case errors.Is(err, config.ErrNoRevision):
		return noSuch("revision")
	case errors.As(err, &noBase):
		f := refuse(http.StatusUnprocessableEntity, "%s", noBase)
		f.Code, f.Detail = "no_base", "a line like `revision: 12` in the files says it"
		return f
	case errors.Is(err, config.ErrNotYours):
		return refuse(http.StatusForbidden, "%s", config.ErrNotYours)
	}
	return nil
}
