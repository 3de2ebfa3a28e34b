package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"switchyard/internal/config"
	"switchyard/routing"
)

func rollback(t *testing.T, h *config.Holder, tenant string, to int) config.Applied {
	t.Helper()
	out, err := h.Rollback(t.Context(), config.RollbackRequest{Tenant: tenant, To: to, Author: "bob", Comment: "it was better"})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRollback(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, whole)
	first, _, _ := h.Tenant("acme")
	apply(t, h, "tenant: acme\nextensions: [{extension: \"1001\"}, {extension: \"1002\"}, {extension: \"1003\"}]\nrules: []\ntests: []\nwebhooks: []\nrecording: {policy: never}\ncallerId: \"+13055550100\"\n")
	if _, err := h.Override(t.Context(), "acme", "1001", routing.Override{Schedule: "office", State: routing.OverrideClosed, Until: "2026-11-22T00:00:00Z"}); err != nil {
		t.Fatal(err)
	}
	before, _, _ := h.Tenant("acme")
	dry, err := h.Rollback(t.Context(), config.RollbackRequest{Tenant: "acme", To: 1, DryRun: true})
	if err != nil || dry.Revisions["acme"] != 3 || len(dry.Changes) == 0 {
		t.Errorf("%+v %v", dry, err)
	}
	out := rollback(t, h, "acme", 1)
	if diff := cmp.Diff(changeLines(dry.Changes), changeLines(out.Changes)); diff != "" || out.Revisions["acme"] != 4 {
		t.Errorf("%v %s", out.Revisions, diff)
	}
	after, _, _ := h.Tenant("acme")
	first.Overrides = before.Overrides // those are for now
	if diff := cmp.Diff(first, after); diff != "" {
		t.Error(diff)
	}
	history, err := h.History(t.Context(), "acme", 0, 10)
	if err != nil || len(history) != 4 || history[0].Author != "bob" || history[0].Comment != "rollback to revision 1: it was better" || *history[0].Changes != len(out.Changes) {
		t.Errorf("%+v %v", history, err)
	}
	if then, err := h.Between(t.Context(), "acme", 1, 4); err != nil || len(then.Changes) != 1 || then.Changes[0].Kind != "overrides" {
		t.Errorf("%v %v", changeLines(then.Changes), err)
	}
	if again := rollback(t, h, "acme", 1); len(again.Changes) > 0 || again.Revisions["acme"] != 4 {
		t.Errorf("%+v", again)
	}
	rollback(t, h, "acme", 3)
	if cfg, _, _ := h.Tenant("acme"); cmp.Diff(before, cfg, cmpopts.EquateEmpty()) != "" {
		t.Error("and back again:", cmp.Diff(before, cfg, cmpopts.EquateEmpty()))
	}
}

// What has become impossible meanwhile is refused, and nothing is changed.
func TestRollbackIsChecked(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	apply(t, h, "tenant: acme\ndids: []\n")
	apply(t, h, strings.Replace(operator, `numbers: ["+13055550100"]`, `numbers: ["+13055550101"]`, 1))
	_, err := h.Rollback(t.Context(), config.RollbackRequest{Tenant: "acme", To: 1})
	var problems config.Problems
	if !errors.As(err, &problems) || !strings.Contains(err.Error(), "+13055550100 is not granted to the tenant") {
		t.Errorf("%v", err)
	}
	if cfg, _, _ := h.Tenant("acme"); len(cfg.DIDs) != 0 {
		t.Errorf("%+v", cfg.DIDs)
	}
	if out := rollback(t, h, "", 1); out.Revisions["operator"] != 3 {
		t.Errorf("%+v", out)
	}
	rollback(t, h, "acme", 1)
	// And the operator cannot take a number back that is routed.
	if _, err := h.Rollback(t.Context(), config.RollbackRequest{To: 2}); !errors.As(err, &problems) {
		t.Errorf("%v", err)
	}
}

func TestRollbackToNothing(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	apply(t, h, "tenant: acme\nlists: [{name: vip, numbers: [\"+13055550111\"]}]\n")
	for _, to := range []int{0, -1, 3, 1 << 30} {
		if _, err := h.Rollback(t.Context(), config.RollbackRequest{Tenant: "acme", To: to}); !errors.Is(err, config.ErrNoRevision) {
			t.Errorf("%d: %v", to, err)
		}
	}
	if _, err := h.Rollback(t.Context(), config.RollbackRequest{Tenant: "nobody", To: 1}); !errors.Is(err, config.ErrNoTenant) {
		t.Error(err)
	}
	base := 1
	var stale *config.StaleError
	if _, err := h.Rollback(t.Context(), config.RollbackRequest{Tenant: "acme", To: 1, Base: &base}); !errors.As(err, &stale) || stale.Scopes[0].Current != 2 {
		t.Error(err)
	}
	for _, c := range [][2]int{{0, 5}, {5, 0}, {-1, 1}} {
		if _, err := h.Between(t.Context(), "acme", c[0], c[1]); !errors.Is(err, config.ErrNoRevision) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if r, err := h.RevisionAt(t.Context(), "acme", 2); err != nil || r.Rev != 2 || len(r.Differences) != 1 {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := h.RevisionAt(t.Context(), "acme", 3); !errors.Is(err, config.ErrNoRevision) {
		t.Error(err)
	}
}
