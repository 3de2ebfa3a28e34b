package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/config"
	"switchyard/internal/keys"
)

// DraftEntry is a draft in a list.
type DraftEntry struct {
	Name      string         `json:"name"`
	Version   int64          `json:"version" doc:"of the last save; to be sent with the next one, in the body or as If-Match"`
	Author    string         `json:"author" doc:"who saved it last"`
	Comment   string         `json:"comment"`
	Base      map[string]int `json:"base" doc:"revision it was made from, by tenant's id, or operator"`
	Size      int64          `json:"size" doc:"bytes of its files"`
	UpdatedAt time.Time      `json:"updatedAt"`
}

// Draft is a draft with its files.
type Draft struct {
	DraftEntry
	Files []ApplyFile `json:"files"`
}

type (
	// DraftRef names a draft.
	DraftRef struct {
		ForTenant
		ID string `path:"id" maxLength:"64" doc:"its name"`
	}
	draftsAnswer struct{ Body draftsBody }
	draftsBody   struct {
		Drafts []DraftEntry `json:"drafts"`
	}
	draftAnswer struct {
		ETag string `header:"ETag"`
		Body draftBody
	}
	draftBody struct {
		Draft Draft `json:"draft"`
	}
	savedAnswer struct {
		ETag string `header:"ETag"`
		Body savedBody
	}
	savedBody struct {
		Draft DraftEntry `json:"draft"`
	}
	draftInput struct {
		DraftRef
		IfMatch string `header:"If-Match" maxLength:"40" doc:"version that was changed"`
		Body    struct {
			Files   []ApplyFile `json:"files"`
			Author  string      `json:"author,omitempty" maxLength:"200" doc:"the person behind the key"`
			Comment string      `json:"comment,omitempty" maxLength:"2000"`
			Version int64       `json:"version,omitempty" minimum:"0" doc:"that was changed; none: a new draft"`
		}
	}
	draftVersion struct {
		DraftRef
		Version int64 `query:"version" minimum:"0" doc:"that is meant; left out: whichever it is"`
	}
	draftPublish struct {
		DraftRef
		Body *draftPublishBody // may be left out
	}
	draftPublishBody struct {
		Author    string `json:"author,omitempty" maxLength:"200"`
		Comment   string `json:"comment,omitempty" maxLength:"2000" doc:"in place of the draft's"`
		Version   int64  `json:"version,omitempty" minimum:"0" doc:"that was looked at; left out: whichever it is"`
		DryRun    bool   `json:"dryRun,omitempty"`
		SkipTests bool   `json:"skipTests,omitempty" doc:"a superadmin's key alone"`
	}
)

func (s *Server) draftResources(a huma.API) {
	const path, one = "/api/config/drafts", "/api/config/drafts/{id}"
	tags, conflict := []string{"Configuration"}, []int{http.StatusConflict}
	add(a, anyKey, huma.Operation{OperationID: "list-drafts", Method: http.MethodGet, Path: path, Tags: tags, Summary: "Changes that are being worked on, by name", Description: ofOperator}, s.listDrafts)
	add(a, anyKey, huma.Operation{OperationID: "get-draft", Method: http.MethodGet, Path: one, Tags: tags, Summary: "A draft with its files", Description: "They may hold secrets: a readonly key is refused."}, s.getDraft)
	addWork(s, a, anyKey, huma.Operation{OperationID: "save-draft", Method: http.MethodPut, Path: one, Tags: tags, MaxBodyBytes: configurationMost, BodyReadTimeout: readWithin, Errors: []int{http.StatusConflict, http.StatusPreconditionFailed}, Summary: "Keep a draft on the server", Description: "Mistakes in its files are no reason to refuse it. If somebody else saved it meanwhile, nothing is overwritten: 409, or 412 with If-Match."}, s.saveDraft)
	add(a, anyKey, huma.Operation{OperationID: "delete-draft", Method: http.MethodDelete, Path: one, DefaultStatus: http.StatusNoContent, Tags: tags, Errors: conflict, Summary: "Delete a draft"}, s.deleteDraft)
	addWork(s, a, anyKey, huma.Operation{OperationID: "diff-draft", Method: http.MethodGet, Path: one + "/diff", Tags: tags, Summary: "What a draft would change, field by field"}, s.diffDraft)
	addWork(s, a, anyKey, huma.Operation{OperationID: "check-draft", Method: http.MethodPost, Path: one + "/check", Tags: tags, Summary: "Check a draft against all that is published, and run its tests"}, s.checkDraft)
	addWork(s, a, anyKey, huma.Operation{OperationID: "publish-draft", Method: http.MethodPost, Path: one + "/publish", Tags: tags, Errors: conflict, Summary: "Publish a draft and delete it", Description: "It stays if it is refused: with 409 when others published since it was made."}, s.publishDraft)
}

func draftEntry(d config.Draft) DraftEntry {
	return DraftEntry{Name: d.Name, Version: d.Version, Author: d.Author, Comment: d.Comment, Base: d.Base, Size: d.Size, UpdatedAt: d.UpdatedAt}
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// refusedDraft spells what is wrong with a draft; nil: it is something else.
func refusedDraft(err error) *Failure {
	var changed *config.DraftChangedError
	switch {
	case errors.As(err, &changed):
		f := refuse(http.StatusConflict, "the draft was saved by somebody else meanwhile; nothing was changed")
		f.Code, f.Detail = "stale", changed.Error()
		if changed.Now.Version > 0 {
			now := draftEntry(changed.Now)
			f.Draft = &now
		}
		return f
	case errors.Is(err, config.ErrNoDraft):
		return noSuch("draft")
	case errors.Is(err, config.ErrTooManyDrafts):
		return refuse(http.StatusConflict, "%s", config.ErrTooManyDrafts)
	case errors.Is(err, config.ErrDraftTooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "%s", config.ErrDraftTooLarge)
	case errors.Is(err, config.ErrDraftName):
		return wrong("path.id", "%s", config.ErrDraftName)
	}
	return nil
}

// ownDraft reads the draft a request names.
func (s *Server) ownDraft(ctx context.Context, in *DraftRef) (config.Draft, error) {
	d, err := s.Configuration.Draft(ctx, string(callerOf(ctx).tenant), in.ID)
	if err != nil {
		return d, s.refusedDraftOr(err, unread)
	}
	return d, nil
}

func (s *Server) refusedDraftOr(err error, text string) error {
	if f := refusedDraft(err); f != nil {
		return f
	}
	return s.unavailable(err, text)
}

func (s *Server) listDrafts(ctx context.Context, _ *ForTenant) (*draftsAnswer, error) {
	list, err := s.Configuration.Drafts(ctx, string(callerOf(ctx).tenant))
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	out := &draftsAnswer{Body: draftsBody{Drafts: make([]DraftEntry, len(list))}}
	for i, d := range list {
		out.Body.Drafts[i] = draftEntry(d)
	}
	return out, nil
}

func (s *Server) getDraft(ctx context.Context, in *DraftRef) (*draftAnswer, error) {
	d, err := s.ownDraft(ctx, in)
	if err != nil {
		return nil, err
	}
	if callerOf(ctx).key.Role == keys.Readonly {
		return nil, refuse(http.StatusForbidden, "a readonly key cannot read drafts, they may hold secrets; their diff it can")
	}
	out := &draftAnswer{ETag: etag(d.Version), Body: draftBody{Draft{DraftEntry: draftEntry(d), Files: make([]ApplyFile, len(d.Files))}}}
	for i, f := range d.Files {
		out.Body.Draft.Files[i] = ApplyFile{Name: f.Name, Text: string(f.Data)}
	}
	return out, nil
}

func (s *Server) saveDraft(ctx context.Context, in *draftInput) (*savedAnswer, error) {
	version := in.Body.Version
	if in.IfMatch != "" {
		read, err := strconv.ParseInt(strings.Trim(in.IfMatch, `"`), 10, 64)
		if err != nil || read <= 0 || version != 0 && version != read {
			return nil, wrong("header.If-Match", "not the version of a draft, or another one than in the body")
		}
		version = read
	}
	s.allow(ctx, time.Minute)
	d, err := s.Configuration.SaveDraft(ctx, config.DraftSave{
		Tenant: string(callerOf(ctx).tenant), Name: in.ID, Files: configFiles(in.Body.Files),
		Author: callerOf(ctx).author(in.Body.Author), Comment: safeName(in.Body.Comment), Version: version,
	})
	if err != nil {
		var f *Failure
		if refused := s.refused(err); errors.As(refused, &f) && f.Code == "stale" && in.IfMatch != "" {
			f.status = http.StatusPreconditionFailed
			return nil, f
		} else {
			return nil, refused
		}
	}
	return &savedAnswer{ETag: etag(d.Version), Body: savedBody{draftEntry(d)}}, nil
}

func (s *Server) deleteDraft(ctx context.Context, in *draftVersion) (*nothing, error) {
	err := s.Configuration.DeleteDraft(ctx, string(callerOf(ctx).tenant), in.ID, in.Version)
	if err != nil {
		return nil, s.refusedDraftOr(err, "the draft could not be deleted")
	}
	return nil, nil
}

func (s *Server) diffDraft(ctx context.Context, in *DraftRef) (*fileDiffAnswer, error) {
	d, err := s.ownDraft(ctx, in)
	if err != nil {
		return nil, err
	}
	s.allow(ctx, time.Minute)
	out, err := s.Configuration.Diff(ctx, d.Request())
	if err != nil {
		return nil, s.refused(err)
	}
	return &fileDiffAnswer{out}, nil
}

func (s *Server) checkDraft(ctx context.Context, in *DraftRef) (*checkedAnswer, error) {
	d, err := s.ownDraft(ctx, in)
	if err != nil {
		return nil, err
	}
	s.allow(ctx, time.Minute)
	out, err := s.Configuration.Check(ctx, d.Request())
	if err != nil {
		return nil, s.refused(err)
	}
	return &checkedAnswer{out}, nil
}

func (s *Server) publishDraft(ctx context.Context, in *draftPublish) (*applyAnswer, error) {
	var how draftPublishBody
	if in.Body != nil {
		how = *in.Body
	}
	if err := maySkip(ctx, how.SkipTests); err != nil {
		return nil, err
	}
	by, comment := callerOf(ctx).author(how.Author), safeName(how.Comment)
	s.allow(ctx, time.Minute)
	out, err := s.Configuration.PublishDraft(ctx, string(callerOf(ctx).tenant), in.ID, how.Version, func(r *config.Request) {
		r.Author, r.DryRun, r.SkipTests = by, how.DryRun, how.SkipTests
		if comment == "" {
			comment = r.Comment
		}
		r.Comment = comment
	})
	return s.applied(out, err, by, comment)
}
