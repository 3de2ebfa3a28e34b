package config_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/config"
	"switchyard/routing"
)

func addHook(name, url string) func(*routing.TenantConfig) error {
	return func(c *routing.TenantConfig) error {
		c.Webhooks = append(c.Webhooks, routing.Webhook{Name: name, URL: url})
		return nil
	}
}

func TestAChangeByProgram(t *testing.T) {
	h, s, _ := opened(t)
	apply(t, h, operator, acme)
	out, err := h.Change(t.Context(), "acme", "crm key", "webhook added", addHook("erp", "https://erp.example/hook"))
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Difference{{Scope: "acme", Kind: "webhooks", Name: "erp", Change: "added"}}
	if diff := cmp.Diff(want, out.Changes); diff != "" || out.Revisions["acme"] != 2 {
		t.Errorf("%+v\n%s", out, diff)
	}
	plan, _ := h.Directory().Plan("acme")
	if w := plan.Webhooks(); len(w) != 2 || w[0].Secret != "s3cret" || w[1].ID == "" || plan.Revision() != 2 {
		t.Errorf("%+v", w)
	}
	revisions, err := s.Revisions(t.Context(), string(plan.Tenant().ID), 0, 10)
	if err != nil || revisions[0].Author != "crm key" || revisions[0].Comment != "webhook added" {
		t.Errorf("%+v, %v", revisions, err)
	}
	cfg, id, err := h.Tenant("acme")
	if err != nil || id != plan.Tenant().ID || len(cfg.Webhooks) != 2 || len(cfg.Extensions) != 2 {
		t.Errorf("%+v, %v", cfg, err)
	}
}

// Taking the last entry away empties the section; a new name keeps the id.
func TestAChangeRenamesAndEmpties(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	before, _, _ := h.Tenant("acme")
	if _, err := h.Change(t.Context(), "acme", "", "", func(c *routing.TenantConfig) error { c.Webhooks[0].Name = "crm 2"; return nil }); err != nil {
		t.Fatal(err)
	}
	after, _, _ := h.Tenant("acme")
	if after.Webhooks[0].ID != before.Webhooks[0].ID || after.Webhooks[0].Name != "crm 2" {
		t.Errorf("%+v", after.Webhooks)
	}
	if _, err := h.Change(t.Context(), "acme", "", "", func(c *routing.TenantConfig) error { c.Webhooks = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	if plan, _ := h.Directory().Plan("acme"); len(plan.Webhooks()) != 0 || plan.Revision() != 3 {
		t.Errorf("%+v", plan.Webhooks())
	}
	out, err := h.Change(t.Context(), "acme", "", "", func(*routing.TenantConfig) error { return nil })
	if err != nil || len(out.Changes) != 0 {
		t.Errorf("nothing was changed: %+v, %v", out, err)
	}
}

func TestAChangeThatIsRefused(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	running := h.Directory()
	var problems config.Problems
	_, err := h.Change(t.Context(), "acme", "", "", addHook("erp", "ftp://erp.example"))
	if !errors.As(err, &problems) || !strings.Contains(problems.Error(), "webhooks[1].url") {
		t.Errorf("%v", err)
	}
	refusal := errors.New("no")
	if _, err := h.Change(t.Context(), "acme", "", "", func(*routing.TenantConfig) error { return refusal }); !errors.Is(err, refusal) {
		t.Errorf("%v", err)
	}
	if _, err := h.Change(t.Context(), "nobody", "", "", addHook("erp", "https://erp.example")); !errors.Is(err, config.ErrNoTenant) {
		t.Errorf("%v", err)
	}
	if h.Directory() != running {
		t.Error("the running configuration was touched")
	}
}

// Two servers on one store: the second one changes what the first one made.
func TestAChangeAfterAnotherServers(t *testing.T) {
	first, s, _ := opened(t)
	apply(t, first, operator, acme)
	second, err := config.Open(context.Background(), s, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Change(t.Context(), "acme", "", "", addHook("erp", "https://erp.example/hook")); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Change(t.Context(), "acme", "", "", addHook("bi", "https://bi.example/hook")); err != nil {
		t.Fatal(err)
	}
	if cfg, _, _ := second.Tenant("acme"); len(cfg.Webhooks) != 3 {
		t.Errorf("a change was lost: %+v", cfg.Webhooks)
	}
}

func TestTheDirectoryOfARevision(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	apply(t, h, "{tenant: acme, dids: [{number: \"+13055550100\", inboundRoute: extension, routeTarget: \"1002\"}]}")
	for rev, want := range map[int]string{1: "1001", 2: "1002"} {
		d, err := h.DirectoryAt(t.Context(), "6a097cb2-504f-43be-819a-b76209976818", rev)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Decide(toAnn, now, nil); got.Destination.Target != want || got.Revision != rev {
			t.Errorf("revision %d: %+v", rev, got)
		}
	}
	if _, err := h.DirectoryAt(t.Context(), "nobody", 1); !errors.Is(err, config.ErrNoTenant) {
		t.Errorf("%v", err)
	}
}

func TestTwoWithOneName(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	_, err := h.Change(t.Context(), "acme", "", "", addHook("crm", "https://erp.example/hook"))
	if err == nil || !strings.Contains(err.Error(), `webhooks[1].name: name "crm" is here twice`) {
		t.Errorf("%v", err)
	}
}
