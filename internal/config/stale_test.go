package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/config"
	"switchyard/routing"
)

// tryPublish publishes files that say what they were made from, as somebody.
func tryPublish(t *testing.T, h *config.Holder, who, why string, texts ...string) (config.Applied, error) {
	t.Helper()
	return h.Apply(t.Context(), config.Request{Files: files(texts...), Author: who, Comment: why, NeedsBase: true})
}

// Two people edit at once: the second is told what the first did, and nothing is
// overwritten.
func TestTheSecondIsTold(t *testing.T) {
	h, s, _ := opened(t)
	apply(t, h, operator, acme)
	if out, err := tryPublish(t, h, "bob", "new hours", "tenant: acme\nrevision: 1\nlists: [{name: vip, numbers: [\"+13055550111\"]}]\n"); err != nil || out.Revisions["acme"] != 2 {
		t.Fatal(out, err)
	}
	apply(t, h, "tenant: acme\nblocklist: [{number: \"+13055550166\"}]\nextensions: [{extension: \"1001\", displayName: Reception}, {extension: \"1003\"}]\n")
	anns := "tenant: acme\nrevision: 1\nlists: [{name: gold, numbers: [\"+13055550112\"]}]\n"
	_, err := tryPublish(t, h, "ann", "gold", anns)
	var stale *config.StaleError
	if !errors.As(err, &stale) || !errors.Is(err, config.ErrStale) {
		t.Fatal(err)
	}
	want := `acme is at revision 3, this was made from 1: 2 by bob "new hours" added lists vip; 3 by ann "why" added blocklist +13055550166 , changed extensions 1001, removed extensions 1002, 1 more`
	if got := err.Error(); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("\n%s\n%s", got, want)
	}
	if got := stale.Scopes[0]; got.Base != 1 || got.Current != 3 || len(got.Since) != 2 || got.Since[0].Rev != 2 || *got.Since[1].Changes != 4 {
		t.Errorf("%+v", got)
	}
	cfg, _, _ := h.Tenant("acme")
	if len(cfg.Lists) != 1 || cfg.Lists[0].Name != "vip" {
		t.Errorf("overwritten: %+v", cfg.Lists)
	}
	if _, err := tryPublish(t, h, "ann", "gold", strings.Replace(anns, "revision: 1", "revision: 3", 1)); err != nil {
		t.Error(err)
	}
	// One that comes by another server is told the same.
	second, err := config.Open(t.Context(), s, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	apply(t, h, "tenant: acme\nlists: []\n")
	if _, err := tryPublish(t, second, "eve", "", strings.NewReplacer("revision: 1", "revision: 4", "gold", "silver").Replace(anns)); !errors.As(err, &stale) || stale.Scopes[0].Current != 5 {
		t.Errorf("%v", err)
	}
}

func TestBaseRevisions(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	apply(t, h, "tenant: acme\nlists: [{name: vip, numbers: [\"+13055550111\"]}]\n")
	list := "lists: [{name: gold, numbers: [\"+13055550112\"]}]\n"
	for _, c := range []struct {
		name, text, want string
		base             map[string]int
	}{
		{"none said", "tenant: acme\n" + list, "the files of acme do not say which revision they were made from", nil},
		{"one there never was", "tenant: acme\nrevision: 9\n" + list, "acme is at revision 2, this was made from 9, which there never was", nil},
		{"before the first", "tenant: acme\nrevision: 0\n" + list, "acme is at revision 2, this was made from 0: 1 by ann", nil},
		{"negative", "tenant: acme\nrevision: -1\n" + list, "a.yaml:2:11: revision: -1 is no revision", nil},
		{"by the request", "tenant: acme\nrevision: 2\n" + list, "acme is at revision 2, this was made from 1", map[string]int{"acme": 1}},
		{"by the request, by id", "tenant: acme\nrevision: 2\n" + list, "acme is at revision 2, this was made from 1", map[string]int{"6a097cb2-504f-43be-819a-b76209976818": 1}},
		{"the operator's", "revision: 0\ndefaultCountry: CA\n", "operator is at revision 1, this was made from 0: 1 by ann", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := h.Apply(t.Context(), config.Request{Files: files(c.text), Base: c.base, NeedsBase: true, DryRun: true})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Error(err)
			}
		})
	}
	if _, err := h.Apply(t.Context(), config.Request{Files: files("tenant: acme\nrevision: 1\n" + list), Base: map[string]int{"acme": 2}, NeedsBase: true}); err != nil {
		t.Error(err)
	}
}

// Phones override schedules all day: that is no reason to refuse files that say
// nothing of it.
func TestOverridesMakeNobodyStale(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, whole)
	if _, err := h.Override(t.Context(), "acme", "1001", routing.Override{Schedule: "office", State: routing.OverrideClosed, Until: "2026-11-22T00:00:00Z"}); err != nil {
		t.Fatal(err)
	}
	out, err := tryPublish(t, h, "ann", "", "tenant: acme\nrevision: 1\nallowlist: []\n")
	if err != nil || out.Revisions["acme"] != 3 {
		t.Error(out, err)
	}
	if cfg, _, _ := h.Tenant("acme"); len(cfg.Overrides) != 1 || cfg.Overrides[0].State != routing.OverrideClosed {
		t.Errorf("%+v", cfg.Overrides)
	}
	if _, err := tryPublish(t, h, "ann", "", "tenant: acme\nrevision: 1\noverrides: []\n"); !errors.Is(err, config.ErrStale) {
		t.Error(err)
	}
}

// A tenant says nothing of others, and learns nothing of them.
func TestATenantsFiles(t *testing.T) {
	const id = "6a097cb2-504f-43be-819a-b76209976818"
	h, _, _ := opened(t)
	rival := strings.Replace(operator, "tenants:\n", "tenants:\n  - {id: 7b097cb2-504f-43be-819a-b76209976819, name: rival, country: US, numbers: [\"+13055550200\"]}\n", 1)
	apply(t, h, rival, acme, "tenant: rival\nextensions: [{extension: \"7777\"}]\n")
	for _, c := range []struct{ name, text, want string }{
		{"the operator's", operator, "belong to the operator"},
		{"an operator's mistake", "nonsense: 1\n", "belong to the operator"},
		{"another tenant's", "tenant: rival\nextensions: []\n", `there is no such tenant: "rival"`},
		{"nobody's", "tenant: nobody\nextensions: []\n", `there is no such tenant: "nobody"`},
		{"another tenant's, by id", "tenant: 7b097cb2-504f-43be-819a-b76209976819\nextensions: []\n", "there is no such tenant"},
		{"another tenant's number", "tenant: acme\ndids: [{number: \"+13055550200\", inboundRoute: extension, routeTarget: \"1001\"}]\n", "+13055550200 is not granted to the tenant"},
		{"an operator's field", "tenant: acme\nsuspended: false\n", `unknown key "suspended"`},
		{"another tenant's extension", "tenant: acme\ndids: [{number: \"+13055550100\", inboundRoute: extension, routeTarget: \"7777\"}]\n", `no extension "7777"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := h.Apply(t.Context(), config.Request{Tenant: id, Files: files(c.text)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v %v", out, err)
			}
			var problems config.Problems
			for _, p := range problems {
				if strings.Contains(p.String(), "rival") {
					t.Errorf("told of another tenant: %s", p)
				}
			}
		})
	}
	out, err := h.Apply(t.Context(), config.Request{Tenant: id, Files: files("tenant: acme\nlists: []\n", "tenant: "+id+"\nblocklist: [{number: \"+13055550166\"}]\n")})
	if err != nil || out.Revisions["acme"] != 2 {
		t.Error(out, err)
	}
	for _, w := range out.Warnings {
		if strings.Contains(w.String(), "rival") {
			t.Errorf("told of another tenant: %s", w)
		}
	}
}

func TestDiffOfFiles(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	apply(t, h, "tenant: acme\nlists: [{name: vip, numbers: [\"+13055550111\"]}]\n")
	out, err := h.Diff(t.Context(), config.Request{Files: files("tenant: acme\nrevision: 1\nextensions: [{extension: \"1001\", ringSeconds: 900}]\n")})
	if err != nil || len(out.Stale) != 1 || out.Revisions["acme"] != 2 {
		t.Errorf("%+v %v", out, err)
	}
	want := []string{"changed extensions 1001", "removed extensions 1002"}
	var got []string
	for _, d := range out.Changes {
		got = append(got, d.Change+" "+d.Kind+" "+d.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if plan, _ := h.Directory().Plan("acme"); plan.Revision() != 2 {
		t.Error("published")
	}
}

// A base of what the files do not change protects nothing, and is refused.
func TestBaseOfSomethingElse(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	change := files("tenant: acme\nlists: [{name: vip, numbers: [\"+13055550111\"]}]\n")
	for name, refused := range map[string]bool{"acmee": true, "operator": true, "acme": false} {
		_, err := h.Apply(t.Context(), config.Request{Files: change, Author: "bob", Base: map[string]int{name: 1}, DryRun: true})
		var problems config.Problems
		if got := errors.As(err, &problems) && problems[0].Path == "base."+name; got != refused || !refused && err != nil {
			t.Errorf("base %s: %v", name, err)
		}
	}
}
