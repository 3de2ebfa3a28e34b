// Package api is the HTTP endpoint: health and metrics for whoever runs the
// server, and the resources that CRMs and the server's own commands talk to.
// What each resource takes and gives is in /openapi.json.
package api

import (
	"context"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/internal/config"
	"switchyard/internal/delivery"
	"switchyard/internal/keys"
	"switchyard/internal/record"
	"switchyard/routing"
)

// Configuration is what the endpoint changes and explains; *config.Holder.
type Configuration interface {
	Directory() *routing.Directory
	DirectoryThen(ctx context.Context, then config.Then) (*routing.Directory, error)
	Tenant(nameOrID string) (routing.TenantConfig, routing.TenantID, error)
	Apply(ctx context.Context, r config.Request) (config.Applied, error)
	Proposed(ctx context.Context, r config.Request) (*routing.Directory, []routing.Problem, error)
	Change(ctx context.Context, tenant, author, comment string, f func(*routing.TenantConfig) error) (config.Applied, error)
	Override(ctx context.Context, tenant, author string, o routing.Override) (config.Applied, error)
	ClearOverride(ctx context.Context, tenant, author, schedule string) (config.Applied, error)
	Revisions
	Drafts
}

// Revisions are what was published, and what would be; a tenant is a name or
// an id, "" the operator.
type Revisions interface {
	History(ctx context.Context, tenant string, before, limit int) ([]config.Revision, error)
	RevisionAt(ctx context.Context, tenant string, rev int) (config.RevisionDetail, error)
	Between(ctx context.Context, tenant string, from, to int) (config.Comparison, error)
	Written(ctx context.Context, tenant string, rev int, o config.WriteOptions) ([]byte, error)
	Diff(ctx context.Context, r config.Request) (config.FileDiff, error)
	Check(ctx context.Context, r config.Request) (config.Checked, error)
	Rollback(ctx context.Context, r config.RollbackRequest) (config.Applied, error)
}

// Drafts are changes that are being worked on.
type Drafts interface {
	SaveDraft(ctx context.Context, r config.DraftSave) (config.Draft, error)
	Draft(ctx context.Context, tenant, name string) (config.Draft, error)
	Drafts(ctx context.Context, tenant string) ([]config.Draft, error)
	DeleteDraft(ctx context.Context, tenant, name string, version int64) error
	PublishDraft(ctx context.Context, tenant, name string, version int64, how func(*config.Request)) (config.Applied, error)
}

// Gate tells whose key a request carries; *keys.Guard. The error is
// keys.ErrInvalid if it is nobody's.
type Gate interface {
	Check(ctx context.Context, key string) (keys.Key, error)
}

// Desk gives keys out and takes them back; *keys.Desk.
type Desk interface {
	Create(ctx context.Context, tenant routing.TenantID, name string, role keys.Role, by string) (keys.Key, string, error)
	List(ctx context.Context, tenant routing.TenantID) ([]keys.Key, error)
	Key(ctx context.Context, tenant routing.TenantID, id string) (keys.Key, error)
	Change(ctx context.Context, tenant routing.TenantID, id string, f func(*keys.Key) error) (keys.Key, error)
	Revoke(ctx context.Context, tenant routing.TenantID, id string) error
	Regenerate(ctx context.Context, tenant routing.TenantID, id string) (keys.Key, string, error)
}

// Records is what the endpoint reads of calls and events; a part of
// record.Ledger.
type Records interface {
	Call(ctx context.Context, id routing.CallID) (record.Call, []record.Leg, error)
	Calls(ctx context.Context, f record.Filter) ([]record.Call, error)
	EventsAfter(ctx context.Context, tenant routing.TenantID, after record.EventCursor, types []string, limit int) ([]record.Event, record.EventCursor, error)
	SaveEvents(ctx context.Context, events []record.Event) error
	Erase(ctx context.Context, tenant routing.TenantID, number string) (int, error)
}

// Server answers HTTP. All parts are needed, Phones and Recordings excepted.
type Server struct {
	Configuration Configuration
	Gate          Gate
	Desk          Desk
	Records       Records
	Decided       DecidedCalls // the same records, for replays
	Deliveries    delivery.History
	Tallies       Tallies
	// Phones may be nil: nothing is known of phones then.
	Phones Phones
	// Recordings may be nil: none can be paused then.
	Recordings       Recordings
	RecordingsFolder dialplan.Folder // where the switches put them
	// Wake has deliveries to these webhooks made without delay.
	Wake func(webhooks ...string)
	// News tells those who wait for events that there may be some. Whoever
	// stores events calls its Tell.
	News *News
	// Ready tells what keeps the server from doing all of its work, by part;
	// empty: nothing.
	Ready func(ctx context.Context) map[string]string
	// Noted tells what somebody should look at although the server works, by
	// part; may be nil.
	Noted   func() map[string]string
	Metrics http.Handler
	Version string // of this program, for the OpenAPI document
	Now     func() time.Time
	Log     zerolog.Logger

	waiting   waits
	replaying sync.Mutex // held while a replay runs
	turns     turns      // of requests with configuration files
}

// Handler gives the endpoint's routes.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.Metrics)
	// A profile of a server under load, for whoever runs it: go tool pprof.
	mux.Handle("GET /debug/pprof/profile", s.operatorsOnly(pprof.Profile))
	mux.Handle("GET /debug/pprof/", s.operatorsOnly(pprof.Index))
	s.resources(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, refuse(http.StatusNotFound, "there is nothing at %s %s", r.Method, r.URL.Path))
	})
	return withDeadlines(mux)
}

// resources adds everything that /openapi.json describes.
func (s *Server) resources(mux *http.ServeMux) huma.API {
	a := humago.New(mux, s.document())
	a.UseMiddleware(s.authenticate(a), s.bound(a))
	s.keyResources(a)
	s.webhookResources(a)
	s.deliveryResources(a)
	s.eventResources(a)
	s.callResources(a)
	s.recordingResource(a)
	s.extensionResources(a)
	s.ringGroupResources(a)
	s.scheduleResources(a)
	s.menuResources(a)
	s.blocklistResources(a)
	s.allowlistResources(a)
	s.exportResource(a)
	s.configResources(a)
	s.revisionResources(a)
	s.draftResources(a)
	s.operatorResources(a)
	s.replayResource(a)
	return a
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	wrong := s.Ready(r.Context())
	if len(wrong) > 0 {
		s.answer(w, http.StatusServiceUnavailable, map[string]any{"status": "degraded", "parts": wrong})
		return
	}
	answer := map[string]any{"status": "ready"}
	if s.Noted != nil {
		if notes := s.Noted(); len(notes) > 0 {
			answer["notes"] = notes
		}
	}
	s.answer(w, http.StatusOK, answer)
}
