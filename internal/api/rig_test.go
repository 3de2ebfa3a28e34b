package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/config"
	"switchyard/internal/delivery"
	"switchyard/internal/keys"
	"switchyard/internal/record"
	"switchyard/internal/tally"
	"switchyard/routing"
)

const (
	operatorKey = "csk_live_operator"
	acme        = "6a097cb2-504f-43be-819a-b76209976818"
	rival       = "7b097cb2-504f-43be-819a-b76209976819"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const platform = `
trunks: [{name: carrier-a, gateway: carrier-a, country: US}]
tenants:
  - name: acme
    id: 6a097cb2-504f-43be-819a-b76209976818
    country: US
    domains: [acme.example]
    numbers: ["+13055550100"]
    trunks: [carrier-a]
    countries: [US]
  - name: rival
    id: 7b097cb2-504f-43be-819a-b76209976819
    country: US
    domains: [rival.example]
    numbers: ["+13055550200"]
    trunks: [carrier-a]
`

const tenant = `
tenant: acme
extensions:
  - {extension: "1001", displayName: Reception, ringSeconds: 20, callLimit: 2, exits: {busy: {route: voicemail, target: "1001"}}}
  - {extension: "1002"}
  - {extension: "1003", forward: {always: {number: "1001"}, busy: {number: "1002", ringSeconds: 9, confirm: true, enabled: false}}}
ringGroups: [{name: sales, extension: "1100", members: [{number: "1001"}, {number: "1002", delaySeconds: 5}, {number: "1003"}]}]
ivrMenus:
  - {name: main, extension: "1200", greeting: {file: main.wav}, digits: {"1": {route: extension, target: "1001"}, "9": {route: repeat}}, directDial: {deny: ["1003"]}, exits: {no-input: {route: extension, target: "1001"}}}
schedules:
  - name: office
    timezone: America/New_York
    schedules: [{days: [monday, tuesday, wednesday, thursday, friday], startTime: "09:00", endTime: "17:00"}]
    holidays: [{name: Thanksgiving, month: november, weekday: thursday, nth: 4}]
    openAction: {route: ringgroup, target: sales}
    afterHoursAction: {route: voicemail, target: "1001"}
blocklist: [{number: "+13055550166", reason: robocalls}]
allowlist: [{number: "+13055550167", reason: the boss}]
dids: [{number: "+13055550100", inboundRoute: extension, routeTarget: "1001"}]
rules: [{name: early, when: "now.hour < 12", then: {route: extension, target: "1002"}}]
webhooks: [{name: crm, url: "https://crm.example/hook", secret: s3cret-s3cret-s3cret}]
`

// endpoint is a server under test, its stores and what it logged.
type endpoint struct {
	t          testing.TB
	server     *Server
	cfg        *configuration
	published  *published
	keys       *keyring
	records    *records
	deliveries *history
	counted    *counted
	phones     phones
	switches   *switches
	woken      chan string
	log        bytes.Buffer
	handler    func() http.Handler // of server; made at the first request, after the test has changed the server

	admin, readonly, rival, rivalReadonly string // keys
}

func newEndpoint(t testing.TB) *endpoint {
	t.Helper()
	e := &endpoint{t: t, published: &published{}, keys: &keyring{}, records: &records{}, deliveries: &history{}, counted: &counted{}, phones: phones{}, switches: &switches{}, woken: make(chan string, 100)}
	now := func() time.Time { return noon }
	holder, err := config.Open(t.Context(), e.published, now)
	if err != nil {
		t.Fatal(err)
	}
	e.cfg = &configuration{Holder: holder}
	if _, err := holder.Apply(t.Context(), config.Request{Files: []routing.File{{Name: "operator.yaml", Data: []byte(platform)}, {Name: "acme.yaml", Data: []byte(tenant)}}}); err != nil {
		t.Fatal(err)
	}
	desk := keys.NewDesk(e.keys, rand.Reader, now)
	key := func(tenant routing.TenantID, name string, role keys.Role) string {
		_, secret, err := desk.Create(t.Context(), tenant, name, role, "test")
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	e.admin, e.readonly = key(acme, "crm", keys.Admin), key(acme, "board", keys.Readonly)
	e.rival, e.rivalReadonly = key(rival, "spy", keys.Admin), key(rival, "spy board", keys.Readonly)
	e.server = &Server{
		Configuration: e.cfg,
		Gate:          keys.NewGuard(e.keys, operatorKey, now),
		Desk:          desk,
		Records:       e.records,
		Decided:       e.records,
		Deliveries:    e.deliveries,
		Tallies:       e.counted,
		Phones:        e.phones,
		Recordings:    e.switches,
		Wake: func(webhooks ...string) {
			for _, id := range webhooks {
				e.woken <- id
			}
		},
		News:    &News{},
		Ready:   func(context.Context) map[string]string { return nil },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("switchyard_calls_live 3\n")) }),
		Now:     now,
		Log:     zerolog.New(zerolog.SyncWriter(&e.log)),
	}
	e.handler = sync.OnceValue(e.server.Handler)
	if e.server.RecordingsFolder, err = dialplan.ParseFolder("/var/lib/voip-recordings"); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *endpoint) do(method, path, body string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(e.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	e.handler().ServeHTTP(w, r)
	return w
}

// as makes a request with a key.
func (e *endpoint) as(key, method, path, body string) *httptest.ResponseRecorder {
	return e.do(method, path, body, http.Header{"Authorization": {"Bearer " + key}})
}

func (e *endpoint) post(path, body string) *httptest.ResponseRecorder {
	return e.as(operatorKey, "POST", path, body)
}

// refused expects an error of the documented shape.
func (e *endpoint) refused(w *httptest.ResponseRecorder, code int, name string) Failure {
	e.t.Helper()
	var f Failure
	if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil {
		e.t.Fatalf("%d, and not an error's body: %s", w.Code, w.Body)
	}
	if w.Code != code || f.Code != name || f.Message == "" {
		e.t.Errorf("answered %d %s, want %d with code %s", w.Code, w.Body, code, name)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		e.t.Errorf("content type %q", got)
	}
	return f
}

// given expects an answer and reads it.
func given[T any](e *endpoint, w *httptest.ResponseRecorder, code int) T {
	e.t.Helper()
	var out T
	if w.Code != code {
		e.t.Fatalf("answered %d %s, want %d", w.Code, w.Body, code)
	}
	if code == http.StatusNoContent {
		return out
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		e.t.Fatalf("%v in %s", err, w.Body)
	}
	return out
}

// configuration is the real holder, unless a test says what Apply gives.
type configuration struct {
	*config.Holder
	instead func(config.Request) (config.Applied, error)
	mu      sync.Mutex
	calls   int
}

func (c *configuration) Apply(ctx context.Context, r config.Request) (config.Applied, error) {
	c.mu.Lock()
	c.calls++
	c.mu.Unlock()
	if c.instead != nil {
		return c.instead(r)
	}
	return c.Holder.Apply(ctx, r)
}

// published keeps every revision of every scope in memory.
type published struct {
	scopes map[string][][]config.Object // by revision, from 1
	stale  bool                         // somebody else always is faster
	err    error

	history map[string][]config.Revision // by revision, from 1
	drafts  map[[2]string]config.Draft
	saves   int64 // of drafts
}

func (p *published) LoadConfig(context.Context) ([]config.Object, map[string]int, error) {
	var objects []config.Object
	revisions := map[string]int{}
	for scope, revs := range p.scopes {
		objects = append(objects, revs[len(revs)-1]...)
		revisions[scope] = len(revs)
	}
	slices.SortStableFunc(objects, func(a, b config.Object) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Place, b.Place))
	})
	return objects, revisions, p.err
}

func (p *published) ConfigVersion(context.Context) (int64, error) {
	n := 0
	for _, revs := range p.scopes {
		n += len(revs)
	}
	return int64(n), p.err
}

func (p *published) ConfigSince(ctx context.Context, _ int64, have map[string]int) (config.Changes, error) {
	version, err := p.ConfigVersion(ctx)
	out := config.Changes{Version: version}
	for scope, revs := range p.scopes {
		if len(revs) > have[scope] {
			c := config.ScopeChange{Scope: scope, Revision: len(revs)}
			if c.Added = revs[len(revs)-1]; have[scope] > 0 {
				c.Gone = revs[have[scope]-1]
			}
			out.Scopes = append(out.Scopes, c)
		}
	}
	return out, err
}

func (p *published) PublishConfig(_ context.Context, changes []config.Publication) (map[string]int, error) {
	if p.err != nil {
		return nil, p.err
	}
	if p.scopes == nil {
		p.scopes = map[string][][]config.Object{}
	}
	out := map[string]int{}
	for _, c := range changes {
		revs := p.scopes[c.Scope]
		if len(revs) != c.Base || p.stale {
			return nil, config.ErrStale
		}
		next := slices.Clone(c.Objects)
		if len(revs) > 0 {
			for _, o := range revs[len(revs)-1] {
				if !slices.Contains(c.Kinds, o.Kind) {
					next = append(next, o)
				}
			}
		}
		p.scopes[c.Scope] = append(revs, next)
		out[c.Scope] = len(p.scopes[c.Scope])
		p.publishedBy(c)
	}
	return out, nil
}

func (p *published) ConfigAt(_ context.Context, scope string, rev int) ([]config.Object, error) {
	if rev < 1 || rev > len(p.scopes[scope]) {
		return nil, p.err
	}
	return p.scopes[scope][rev-1], p.err
}

// keyring keeps keys in memory.
type keyring struct {
	mu   sync.Mutex
	list []keys.Key
	err  error
}

func (k *keyring) SaveKey(_ context.Context, key keys.Key) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = append(k.list, key)
	return k.err
}

func (k *keyring) KeyByHash(_ context.Context, hash string) (keys.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if i := slices.IndexFunc(k.list, func(key keys.Key) bool { return key.Hash == hash }); i >= 0 {
		return k.list[i], k.err
	}
	return keys.Key{}, cmp.Or(k.err, keys.ErrUnknown)
}

func (k *keyring) Keys(_ context.Context, tenant routing.TenantID) (out []keys.Key, _ error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range k.list {
		if key.TenantID == tenant {
			out = append(out, key)
		}
	}
	return out, k.err
}

func (k *keyring) ChangeKey(_ context.Context, key keys.Key) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.list {
		if k.list[i].ID == key.ID {
			k.list[i] = key
		}
	}
	return k.err
}

func (k *keyring) KeyUsed(context.Context, string, time.Time) error { return k.err }

// records keeps calls and events in memory, in the order they were added.
type records struct {
	mu     sync.Mutex
	calls  []record.Call
	events []record.Event
	erased []string
	asked  []record.Filter
	err    error
}

func (r *records) Call(_ context.Context, id routing.CallID) (record.Call, []record.Leg, error) {
	for _, c := range r.calls {
		if c.ID == id {
			return c, []record.Leg{{CallID: id, LegID: string(id), Side: "a"}}, r.err
		}
	}
	return record.Call{}, nil, cmp.Or(r.err, record.ErrUnknownCall)
}

func (r *records) Calls(_ context.Context, f record.Filter) (out []record.Call, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, f)
	sorted := slices.SortedFunc(slices.Values(r.calls), func(a, b record.Call) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
	})
	for _, c := range sorted {
		switch {
		case f.TenantID != "" && c.TenantID != f.TenantID, f.Status != "" && c.Status != f.Status:
		case f.After != nil && (c.StartedAt.After(f.After.StartedAt) || c.StartedAt.Equal(f.After.StartedAt) && c.ID >= f.After.ID):
		case len(out) < f.Limit:
			out = append(out, c)
		}
	}
	return out, r.err
}

func (r *records) EventsAfter(_ context.Context, tenant routing.TenantID, after record.EventCursor, types []string, limit int) (out []record.Event, _ record.EventCursor, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, e := range r.events {
		if at := int64(i + 1); at > after.ID && len(out) < limit {
			after.ID = at
			if e.TenantID == tenant && (len(types) == 0 || slices.Contains(types, e.Type)) {
				out = append(out, e)
			}
		}
	}
	return out, after, r.err
}

func (r *records) SaveEvents(_ context.Context, events []record.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, events...)
	return r.err
}

func (r *records) Erase(_ context.Context, tenant routing.TenantID, number string) (int, error) {
	r.erased = append(r.erased, string(tenant)+" "+number)
	return 3, r.err
}

// history keeps deliveries in memory, by rising id.
type history struct {
	mu       sync.Mutex
	list     []delivery.Sent
	attempts map[int64][]delivery.Result
	health   map[string]delivery.Health
	enabled  []string
	replays  []delivery.ReplayRequest
	asked    []delivery.HistoryFilter
	err      error
}

func (h *history) Deliveries(_ context.Context, f delivery.HistoryFilter) (out []delivery.Sent, _ error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, f)
	for _, d := range slices.Backward(h.list) {
		switch {
		case d.TenantID != f.TenantID, f.Before > 0 && d.ID >= f.Before, f.EndpointID != "" && d.EndpointID != f.EndpointID:
		case f.CallID != "" && d.CallID != f.CallID, f.EventID != "" && d.EventID != f.EventID, f.State != "" && d.State != f.State:
		case len(out) < f.Limit:
			out = append(out, d)
		}
	}
	return out, h.err
}

func (h *history) Attempts(_ context.Context, tenant routing.TenantID, id int64) ([]delivery.Result, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []delivery.Result
	for _, r := range h.attempts[id] {
		if r.TenantID == tenant {
			out = append(out, r)
		}
	}
	return out, h.err
}

func (h *history) Replay(_ context.Context, r delivery.ReplayRequest, _ time.Time) (int, []string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.replays = append(h.replays, r)
	return 2, []string{"hook-a"}, h.err
}

func (h *history) Health(_ context.Context, tenant routing.TenantID) (map[string]delivery.Health, error) {
	out := map[string]delivery.Health{}
	for id, known := range h.health {
		if known.TenantID == tenant {
			out[id] = known
		}
	}
	return out, h.err
}

func (h *history) Enable(_ context.Context, tenant routing.TenantID, id string) error {
	h.enabled = append(h.enabled, string(tenant)+" "+id)
	return h.err
}

// failing is a store that answers once and is away then.
type failing struct {
	*records
	once bool
}

func (f *failing) Calls(ctx context.Context, filter record.Filter) ([]record.Call, error) {
	if f.once {
		return nil, errors.New("away")
	}
	f.once = true
	return f.records.Calls(ctx, filter)
}

// putInLine is a store that lines deliveries up and makes none.
type putInLine struct {
	*records
	history *history
}

func (p putInLine) SaveEvents(ctx context.Context, events []record.Event) error {
	p.history.mu.Lock()
	defer p.history.mu.Unlock()
	for _, e := range events {
		p.history.list = append(p.history.list, delivery.Sent{
			Delivery: delivery.Delivery{ID: int64(len(p.history.list) + 1), TenantID: e.TenantID, EndpointID: e.Endpoints[0], EventID: e.ID, EventType: e.Type, CallID: e.CallID},
			State:    delivery.Ready,
		})
	}
	return p.records.SaveEvents(ctx, events)
}

// counted is what was counted, by tenant and kind.
type counted struct {
	hits map[string]map[string]tally.Total
	err  error
}

func (c *counted) Tallies(_ context.Context, tenant routing.TenantID, kind handlers.TallyKind) (map[string]tally.Total, error) {
	return c.hits[string(tenant)+" "+string(kind)], c.err
}

// phones are what the switches say, by extension@domain.
type phones map[string]routing.PhoneState

func (p phones) Phone(domain, extension string) routing.PhoneState { return p[extension+"@"+domain] }

func (p phones) Watched() bool { return true }

// switches are asked to pause recordings.
type switches struct {
	asked []string
	err   error
}

func (s *switches) Mask(_ context.Context, switchName string, call routing.CallID, file dialplan.RecordingFile, on bool) error {
	s.asked = append(s.asked, fmt.Sprintf("%s %s %s %t", switchName, call, file, on))
	return s.err
}
