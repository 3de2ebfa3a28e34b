package config_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/config"
	"switchyard/internal/store"
	"switchyard/internal/store/sqlite"
	"switchyard/routing"
)

const globexID = "7b097cb2-504f-43be-819a-b76209976819"

const twoTenants = operator + `
  - id: ` + globexID + `
    name: globex
    country: US
    numbers: ["+13055550200"]
`

const globex = `
tenant: globex
extensions:
  - {extension: "2001"}
dids:
  - {number: "+13055550200", inboundRoute: extension, routeTarget: "2001"}
`

var toGlobex = routing.Call{ID: "c", CallerNumber: "+13055550111", Dialled: "+13055550200"}

func holderOn(t *testing.T, s config.Store, o config.Options) *config.Holder {
	t.Helper()
	h, err := config.Open(context.Background(), s, func() time.Time { return now }, o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// counting is a store that counts what is asked of it, can be away, and can be
// slow for one scope.
type counting struct {
	config.Store
	mu     sync.Mutex
	loads  int
	loaded []string // scopes
	away   error
	before func(publications []config.Publication)
}

func (s *counting) LoadConfig(ctx context.Context) ([]config.Object, map[string]int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loads++; s.away != nil {
		return nil, nil, s.away
	}
	return s.Store.LoadConfig(ctx)
}

func (s *counting) ConfigVersion(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return 0, s.away
	}
	return s.Store.ConfigVersion(ctx)
}

func (s *counting) ConfigSince(ctx context.Context, version int64, have map[string]int) (config.Changes, error) {
	changes, err := s.Store.ConfigSince(ctx, version, have)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes.Scopes {
		s.loaded = append(s.loaded, fmt.Sprintf("%s: %d", c.Scope, len(c.Added)))
	}
	return changes, err
}

func (s *counting) PublishConfig(ctx context.Context, changes []config.Publication) (map[string]int, error) {
	if s.before != nil {
		s.before(changes)
	}
	return s.Store.PublishConfig(ctx, changes)
}

func route(t *testing.T, h *config.Holder, call routing.Call) routing.Decision {
	t.Helper()
	return h.Directory().Decide(call, now, nil)
}

// One tenant's change loads, checks and compiles nothing of another one, here
// and on the other server.
func TestAChangeCostsItsTenantOnly(t *testing.T) {
	_, real, _ := opened(t)
	s := &counting{Store: real}
	first := holderOn(t, s, config.Options{})
	apply(t, first, twoTenants, acme, globex)
	second := holderOn(t, s, config.Options{})
	for _, h := range []*config.Holder{first, second} {
		for _, call := range []routing.Call{toAnn, toGlobex} {
			if d := route(t, h, call); d.Verdict != routing.Routed {
				t.Fatalf("%+v", d)
			}
		}
	}
	s.loads = 0
	compiled := [2]uint64{first.Health().Plans.Compiled, second.Health().Plans.Compiled}
	if _, err := first.Change(t.Context(), "acme", "", "", addHook("erp", "https://erp.example/hook")); err != nil {
		t.Fatal(err)
	}
	if loaded, err := second.CatchUp(t.Context()); err != nil || !loaded {
		t.Fatal(loaded, err)
	}
	if got := strings.Join(s.loaded, ", "); s.loads != 0 || got != acmeID+": 1" {
		t.Errorf("loaded everything %d times, and %s", s.loads, got)
	}
	for i, h := range []*config.Holder{first, second} {
		if n := h.Health().Plans.Compiled - compiled[i]; n != 1 {
			t.Errorf("server %d compiled %d plans", i, n)
		}
		if plan, _ := h.Directory().Plan("acme"); plan.Revision() != 2 || len(plan.Webhooks()) != 2 {
			t.Errorf("server %d: revision %d", i, plan.Revision())
		}
		if plan, _ := h.Directory().Plan("globex"); plan.Revision() != 1 {
			t.Errorf("server %d: revision %d", i, plan.Revision())
		}
	}
}

// While one tenant's change takes long, another's is made; one of the same
// tenant waits, and no longer than its context.
func TestALongChangeKeepsOnlyItsTenant(t *testing.T) {
	_, real, _ := opened(t)
	reached, goOn := make(chan struct{}), make(chan struct{})
	s := &counting{Store: real}
	h := holderOn(t, s, config.Options{})
	apply(t, h, twoTenants, acme, globex)
	s.before = func(changes []config.Publication) {
		if changes[0].Comment == "long" {
			close(reached)
			<-goOn
		}
	}
	ended := make(chan error)
	go func() {
		_, err := h.Change(context.Background(), "acme", "", "long", addHook("erp", "https://erp.example/hook"))
		ended <- err
	}()
	<-reached
	if _, err := h.Change(t.Context(), "globex", "", "", addHook("crm", "https://crm.globex.example/hook")); err != nil {
		t.Error(err)
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Change(impatient, "acme", "", "", addHook("bi", "https://bi.example/hook")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(goOn)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for tenant, want := range map[string]int{"acme": 2, "globex": 1} {
		if plan, _ := h.Directory().Plan(tenant); len(plan.Webhooks()) != want || plan.Revision() != 2 {
			t.Errorf("%s: %+v", tenant, plan.Webhooks())
		}
	}
}

// The operator takes a number away on one server while its tenant routes it on
// another: one of the two is refused.
func TestTheOperatorAndATenantAtOnce(t *testing.T) {
	_, real, _ := opened(t)
	s := &counting{Store: real}
	first, second := holderOn(t, s, config.Options{}), holderOn(t, s, config.Options{})
	apply(t, first, operator, "tenant: acme\nextensions: [{extension: \"1001\"}]\n")
	without := strings.Replace(operator, `numbers: ["+13055550100"]`, "numbers: []", 1)
	s.before = func(changes []config.Publication) {
		if s.before = nil; changes[0].Scope != config.OperatorScope {
			return
		}
		if _, err := second.CatchUp(t.Context()); err != nil {
			t.Error(err)
		}
		apply(t, second, acme) // routes the number
	}
	var problems config.Problems
	_, err := first.Apply(t.Context(), config.Request{Files: files(without)})
	if !errors.As(err, &problems) || !strings.Contains(problems.Error(), "+13055550100 is not granted") {
		t.Errorf("the operator's change: %v", err)
	}
	if d := route(t, first, toAnn); d.Verdict != routing.Routed || d.Revision != 2 {
		t.Errorf("%+v", d)
	}
	// And what does not touch it goes through, whoever published meanwhile.
	s.before = func(changes []config.Publication) {
		s.before = nil
		if _, err := second.CatchUp(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := second.Change(t.Context(), "acme", "", "", addHook("erp", "https://erp.example/hook")); err != nil {
			t.Error(err)
		}
	}
	if _, err := first.Apply(t.Context(), config.Request{Files: files(twoTenants)}); err != nil {
		t.Error(err)
	}
	if plan, _ := first.Directory().Plan("acme"); len(plan.Webhooks()) != 2 || first.Directory().OperatorRevision() != 2 {
		t.Errorf("%+v, operator %d", plan.Webhooks(), first.Directory().OperatorRevision())
	}
}

// A tenant whose stored configuration this version refuses keeps nobody from
// starting, nor from changing it.
func TestStartWithABrokenTenant(t *testing.T) {
	h, s, path := opened(t)
	apply(t, h, twoTenants, acme, globex)
	spoiled := config.Publication{Scope: acmeID, Base: 1, At: now, Kinds: []string{"dids"}, Objects: []config.Object{{
		Scope: acmeID, Kind: "dids", ID: "d", Name: "d", Body: []byte(`{"number":"+13055550100","inboundRoute":"extension","routeTarget":"1009"}`),
	}}}
	if _, err := s.PublishConfig(t.Context(), []config.Publication{spoiled}); err != nil {
		t.Fatal(err)
	}
	// The server that ran before goes on with what it had.
	if d := route(t, h, toAnn); d.Verdict != routing.Routed {
		t.Fatalf("%+v", d)
	}
	if _, err := h.CatchUp(t.Context()); err != nil {
		t.Error(err)
	}
	if d := route(t, h, toAnn); d.Verdict != routing.Routed || d.Revision != 1 {
		t.Errorf("%+v", d)
	}
	s.Close()
	var log strings.Builder
	s, err := sqlite.Open(context.Background(), path, store.WithKey([]byte(strings.Repeat("k", 32))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h = holderOn(t, s, config.Options{Log: zerolog.New(&log)})
	if d := route(t, h, toAnn); d.Verdict != routing.TenantBroken || d.Tenant != acmeID {
		t.Errorf("%+v", d)
	}
	route(t, h, toAnn)
	if d := route(t, h, toGlobex); d.Verdict != routing.Routed {
		t.Errorf("%+v", d)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), `no extension \"1009\"`) || !strings.Contains(log.String(), `"tenant":"acme"`) {
		t.Errorf("%d lines: %s", n, &log)
	}
	if b := h.Health().Broken; len(b) != 1 || b[0].LastGood {
		t.Errorf("%+v", b)
	}
	if _, err := h.Change(t.Context(), "globex", "", "", addHook("crm", "https://crm.globex.example/hook")); err != nil {
		t.Errorf("another tenant: %v", err)
	}
	apply(t, h, strings.Replace(twoTenants, "country: US}", "country: US, profile: carriers}", 1)) // the operator
	apply(t, h, "{tenant: acme, dids: [{number: \"+13055550100\", inboundRoute: extension, routeTarget: \"1002\"}]}")
	if d := route(t, h, toAnn); d.Verdict != routing.Routed || d.Revision != 3 || len(h.Health().Broken) != 0 {
		t.Errorf("corrected: %+v", d)
	}
}

var secretKey = []byte(strings.Repeat("k", 32))

func withSnapshot(path string) config.Options {
	return config.Options{Snapshot: path, Key: secretKey}
}

// snapshotOf publishes and has the snapshot written.
func snapshotOf(t *testing.T, h *config.Holder, texts ...string) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	apply(t, h, texts...)
	end()
	if err := h.Follow(ctx, zerolog.Nop()); err != nil { // writes what is due, and ends
		t.Fatal(err)
	}
	if err := h.Health().SnapshotError; err != nil {
		t.Fatal(err)
	}
}

func TestStartWithoutTheStore(t *testing.T) {
	_, real, _ := opened(t)
	s := &counting{Store: real}
	path := filepath.Join(t.TempDir(), "configuration.snapshot")
	snapshotOf(t, holderOn(t, s, withSnapshot(path)), twoTenants, acme, globex)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if text, _ := os.ReadFile(path); strings.Contains(string(text), "s3cret") || strings.Contains(string(text), "acme") {
		t.Error("it can be read without the key")
	}
	apply(t, holderOn(t, s, config.Options{}), "{tenant: globex, extensions: [{extension: \"2001\"}, {extension: \"2002\"}]}") // somebody else
	s.away = errors.New("connection refused")
	synctest.Test(t, func(t *testing.T) {
		h := holderOn(t, s, withSnapshot(path))
		if d := route(t, h, toGlobex); d.Verdict != routing.Routed || d.Revision != 1 {
			t.Errorf("%+v", d)
		}
		if w := h.Webhooks(acmeID); len(w) != 1 || w[0].Secret != "s3cret" {
			t.Errorf("%+v", w)
		}
		if taken := h.Health().Snapshot; !taken.Equal(now) {
			t.Errorf("taken %s", taken)
		}
		if _, err := h.Change(t.Context(), "acme", "", "", addHook("erp", "https://erp.example/hook")); !errors.Is(err, config.ErrAway) {
			t.Errorf("%v", err)
		}
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.Follow(ctx, zerolog.Nop()) }()
		time.Sleep(2 * config.FollowEvery) // of the bubble: the store stays away
		synctest.Wait()
		if h.Health().Snapshot.IsZero() {
			t.Error("the store is away")
		}
		end()
		<-ended
		s.mu.Lock()
		s.away = nil
		s.mu.Unlock()
		if loaded, err := h.CatchUp(t.Context()); !loaded || err != nil {
			t.Error(loaded, err)
		}
		if d := route(t, h, toGlobex); d.Revision != 2 || !h.Health().Snapshot.IsZero() {
			t.Errorf("%+v", d)
		}
		if _, err := h.Change(t.Context(), "acme", "", "", addHook("erp", "https://erp.example/hook")); err != nil {
			t.Error(err)
		}
	})
}

// A snapshot that is not whole, not ours or not of this version starts nothing,
// and says why.
func TestADamagedSnapshot(t *testing.T) {
	_, real, _ := opened(t)
	s := &counting{Store: real}
	path := filepath.Join(t.TempDir(), "configuration.snapshot")
	snapshotOf(t, holderOn(t, s, withSnapshot(path)), twoTenants, acme, globex)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.away = errors.New("connection refused")
	changed := func(at int) []byte {
		b := []byte(string(whole))
		b[at] ^= 1
		return b
	}
	cases := map[string]struct {
		text []byte
		key  []byte
		want string
	}{
		"empty":           {nil, secretKey, "damaged"},
		"cut in a record": {whole[:len(whole)-1], secretKey, "damaged"},
		"cut behind one":  {whole[:len(whole)/2], secretKey, "damaged"},
		"one bit":         {changed(len(whole) / 2), secretKey, "damaged"},
		"a length":        {changed(len("switchyard configuration 1\n") + 16), secretKey, "damaged"},
		"another key":     {whole, []byte(strings.Repeat("x", 32)), "another key"},
		"another version": {[]byte("switchyard configuration 0\n" + string(whole[27:])), secretKey, "no snapshot of this version"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, c.text, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := config.Open(t.Context(), s, time.Now, config.Options{Snapshot: path, Key: c.key})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "connection refused") {
				t.Errorf("%v", err)
			}
		})
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Open(t.Context(), s, time.Now, withSnapshot(path)); !errors.Is(err, os.ErrNotExist) || !errors.Is(err, s.away) {
		t.Errorf("none: %v", err)
	}
}

// One taken out of the middle of a section costs one row.
func TestPlacesAreKept(t *testing.T) {
	_, real, _ := opened(t)
	s := &counting{Store: real}
	h := holderOn(t, s, config.Options{})
	numbers := "tenant: acme\nblocklist:\n"
	for i := range 20 {
		numbers += fmt.Sprintf("  - {number: \"+130555502%02d\"}\n", i)
	}
	apply(t, h, operator, acme, numbers)
	var rows []int
	s.before = func(changes []config.Publication) {
		rows = []int{len(changes[0].Edit.Gone), len(changes[0].Edit.Added)}
	}
	unblock := func(i int) {
		if _, err := h.Change(t.Context(), "acme", "", "", func(c *routing.TenantConfig) error {
			c.Blocklist = append(c.Blocklist[:i:i], c.Blocklist[i+1:]...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	unblock(3)
	if rows[0] != 1 || rows[1] != 0 {
		t.Errorf("%v rows ended and began", rows)
	}
	apply(t, h, strings.Replace(numbers, "  - {number: \"+13055550203\"}\n", "", 1)) // the same as a file
	if rows[0] != 1 || rows[1] != 0 {
		t.Errorf("%v rows ended and began", rows)
	}
	second := holderOn(t, s, config.Options{})
	one, _, _ := h.Tenant("acme")
	two, _, _ := second.Tenant("acme")
	if len(one.Blocklist) != 19 || fmt.Sprint(one.Blocklist) != fmt.Sprint(two.Blocklist) {
		t.Errorf("%v\n%v", one.Blocklist, two.Blocklist)
	}
}
