package config_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/config"
	"switchyard/internal/store"
	"switchyard/internal/store/sqlite"
	"switchyard/routing"
)

const operator = `
trunks:
  - {name: carrier-a, gateway: carrier-a, country: US}
tenants:
  - id: 6a097cb2-504f-43be-819a-b76209976818
    name: acme
    country: US
    domains: [acme.example]
    numbers: ["+13055550100"]
    trunks: [carrier-a]
    countries: [US]
`

const acme = `
tenant: acme
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
dids:
  - {number: "+13055550100", inboundRoute: extension, routeTarget: "1001"}
webhooks:
  - {name: crm, url: "https://crm.example/hook", secret: s3cret}
`

var now = time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)

func opened(t *testing.T) (*config.Holder, *store.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	return reopened(t, path)
}

func reopened(t *testing.T, path string) (*config.Holder, *store.Store, string) {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path, store.WithKey([]byte(strings.Repeat("k", 32))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h, err := config.Open(context.Background(), s, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return h, s, path
}

func files(texts ...string) (out []routing.File) {
	for i, text := range texts {
		out = append(out, routing.File{Name: []string{"a.yaml", "b.yaml", "c.yaml"}[i], Data: []byte(text)})
	}
	return out
}

func apply(t *testing.T, h *config.Holder, texts ...string) config.Applied {
	t.Helper()
	out, err := h.Apply(context.Background(), config.Request{Files: files(texts...), Author: "ann", Comment: "why"})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var toAnn = routing.Call{ID: "c", CallerNumber: "+13055550111", Dialled: "+13055550100"}

func TestPublishedConfigurationRoutesAndSurvivesARestart(t *testing.T) {
	h, s, path := opened(t)
	if d := h.Directory().Decide(toAnn, now, nil); d.Verdict != routing.UnknownNumber {
		t.Fatalf("before anything was published: %+v", d)
	}
	out := apply(t, h, operator, acme)
	if diff := cmp.Diff(map[string]int{"operator": 1, "acme": 1}, out.Revisions); diff != "" {
		t.Error(diff)
	}
	if len(out.Changes) != 6 {
		t.Errorf("%+v", out.Changes)
	}
	want := routing.Destination{Route: routing.RouteExtension, Target: "1001"}
	if d := h.Directory().Decide(toAnn, now, nil); d.Destination != want || d.Revision != 1 {
		t.Errorf("%+v", d)
	}
	s.Close()
	h, _, _ = reopened(t, path)
	if d := h.Directory().Decide(toAnn, now, nil); d.Destination != want {
		t.Errorf("after a restart: %+v", d)
	}
}

func TestASectionReplacesItselfAndNothingElse(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	out := apply(t, h, "tenant: acme\nextensions:\n  - {extension: \"1001\", ringSeconds: 40}\n")
	want := []config.Difference{
		{Scope: "acme", Kind: "extensions", Name: "1001", Change: "changed", Fields: []config.FieldChange{{Field: "ringSeconds", Now: json.RawMessage("40")}}},
		{Scope: "acme", Kind: "extensions", Name: "1002", Change: "removed"},
	}
	if diff := cmp.Diff(want, out.Changes); diff != "" {
		t.Error(diff)
	}
	plan, _ := h.Directory().Plan("acme")
	if e, ok := plan.Extension("1001"); !ok || e.RingSeconds != 40 {
		t.Errorf("%+v", e)
	}
	if _, ok := plan.Extension("1002"); ok {
		t.Error("1002 is still there")
	}
	if w := plan.Webhooks(); len(w) != 1 || w[0].Secret != "s3cret" {
		t.Errorf("the webhooks section was not in the file and changed: %+v", w)
	}
	if plan.Revision() != 2 {
		t.Errorf("revision %d", plan.Revision())
	}
}

func TestIDsAreKeptByName(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	id := func() string {
		plan, _ := h.Directory().Plan("acme")
		return plan.Webhooks()[0].ID
	}
	before := id()
	apply(t, h, `{tenant: acme, webhooks: [{name: crm, url: "https://other.example/hook"}]}`)
	if after := id(); after != before || before == "" {
		t.Errorf("%q became %q", before, after)
	}
	if w, ok := h.Endpoint("6a097cb2-504f-43be-819a-b76209976818", before); !ok || w.URL != "https://other.example/hook" {
		t.Errorf("%+v", w)
	}
}

func TestARefusedChangeChangesNothing(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	running := h.Directory()
	for name, c := range map[string]struct{ text, where string }{
		"bad yaml":           {"tenant: acme\nextensions: [", "a.yaml:2:"},
		"unknown key":        {"tenant: acme\nextensions:\n  - {extensoin: \"1001\"}\n", "a.yaml:3:6"},
		"missing target":     {"tenant: acme\ndids:\n  - {number: \"+13055550100\", inboundRoute: extension, routeTarget: \"1009\"}\n", "a.yaml:3:"},
		"type error in rule": {"tenant: acme\nrules:\n  - {name: r, when: 'call.from == 1', then: {route: extension, target: \"1001\"}}\n", "a.yaml:3:"},
		"target taken away":  {"tenant: acme\nextensions:\n  - {extension: \"1002\"}\n", "1001"},
		"unknown tenant":     {"tenant: nobody\nextensions: []\n", "nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.Apply(context.Background(), config.Request{Files: files(c.text)})
			var problems config.Problems
			if !errors.As(err, &problems) || !slices.ContainsFunc(problems, func(p routing.Problem) bool { return strings.Contains(p.String(), c.where) }) {
				t.Errorf("%v", err)
			}
			if h.Directory() != running {
				t.Error("the running configuration was touched")
			}
		})
	}
}

func TestNobodyIsOverwritten(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	id := "6a097cb2-504f-43be-819a-b76209976818"
	change := files("{tenant: acme, blocklist: [{number: \"+13055550123\"}]}")
	if _, err := h.Apply(context.Background(), config.Request{Files: change, Base: map[string]int{id: 0}}); !errors.Is(err, config.ErrStale) {
		t.Errorf("%v", err)
	}
	if _, err := h.Apply(context.Background(), config.Request{Files: change, Base: map[string]int{id: 1}}); err != nil {
		t.Error(err)
	}
}

func TestDryRunAndNoChange(t *testing.T) {
	h, _, _ := opened(t)
	out, err := h.Apply(context.Background(), config.Request{Files: files(operator, acme), DryRun: true})
	if err != nil || len(out.Changes) != 6 || len(h.Directory().Tenants()) != 0 {
		t.Errorf("%+v, %v", out, err)
	}
	apply(t, h, operator, acme)
	if out := apply(t, h, operator, acme); len(out.Changes) != 0 || out.Revisions["acme"] != 1 {
		t.Errorf("applying the same again: %+v", out)
	}
}

// All of it at once: what is wrong in the text, and what the change breaks
// elsewhere, which is in no file.
func TestEveryProblemIsTold(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	_, err := h.Apply(context.Background(), config.Request{Files: files("tenant: acme\nextensions:\n  - {extensoin: \"1001\"}\nrules:\n  - {name: r, when: 'call.form == \"1\"', then: {route: extension, target: \"1002\"}}\n")})
	var problems config.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{"a.yaml:3:6: extensions[0]", "a.yaml:5:", "call.form", "acme.dids[0].routeTarget: no extension \"1001\""} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in\n%s", want, all)
		}
	}
}

// interrupted is a store whose client goes away right after a change was
// committed.
type interrupted struct {
	config.Store
	gone context.CancelFunc
}

func (s interrupted) PublishConfig(ctx context.Context, changes []config.Publication) (map[string]int, error) {
	defer s.gone()
	return s.Store.PublishConfig(ctx, changes)
}

func TestACommittedChangeIsUsedThoughItsClientIsGone(t *testing.T) {
	_, s, _ := opened(t)
	ctx, cancel := context.WithCancel(context.Background())
	h, err := config.Open(ctx, interrupted{s, cancel}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Apply(ctx, config.Request{Files: files(operator, acme)}); err != nil {
		t.Error(err)
	}
	if d := h.Directory().Decide(toAnn, now, nil); d.Verdict != routing.Routed {
		t.Errorf("%+v", d)
	}
}

// Two servers on one store: what one published does not keep the other from
// publishing.
func TestAnotherServersChangeIsTakenInFirst(t *testing.T) {
	first, s, _ := opened(t)
	second, err := config.Open(context.Background(), s, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	apply(t, first, operator, acme)
	apply(t, second, operator, acme)
	out := apply(t, second, "{tenant: acme, blocklist: [{number: \"+13055550123\"}]}")
	if out.Revisions["acme"] != 2 {
		t.Errorf("%+v", out)
	}
	apply(t, first, "{tenant: acme, blocklist: []}")
}

func TestOneTenantByNameAndByID(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	out := apply(t, h, "{tenant: acme, blocklist: [{number: \"+13055550123\"}]}",
		"{tenant: 6a097cb2-504f-43be-819a-b76209976818, lists: [{name: vip, numbers: [\"+13055550124\"]}]}")
	if len(out.Changes) != 2 || out.Revisions["acme"] != 2 {
		t.Errorf("%+v", out)
	}
}

func BenchmarkApplyLargeSection(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x.db")
	s, err := sqlite.Open(context.Background(), path, store.WithKey([]byte(strings.Repeat("k", 32))))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	h, err := config.Open(context.Background(), s, func() time.Time { return now })
	if err != nil {
		b.Fatal(err)
	}
	large := func(reason string) string {
		var text strings.Builder
		text.WriteString("tenant: acme\nblocklist:\n")
		for i := range 20_000 {
			fmt.Fprintf(&text, "  - {number: \"+1305%07d\", reason: %s}\n", i, reason)
		}
		return text.String()
	}
	if _, err := h.Apply(context.Background(), config.Request{Files: files(operator, acme)}); err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		if _, err := h.Apply(context.Background(), config.Request{Files: files(large(fmt.Sprint("r", i)))}); err != nil {
			b.Fatal(err)
		}
	}
}
