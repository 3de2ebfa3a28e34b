package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/config"
)

const acmeID = "6a097cb2-504f-43be-819a-b76209976818"

func TestADraftIsPublished(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	text := "tenant: acme\nlists: [{name: vip, numbers: [\"+13055550111\"]}]\n"
	d, err := h.SaveDraft(t.Context(), config.DraftSave{Tenant: "acme", Name: "hours", Files: files(text), Author: "bob", Comment: "new hours"})
	if err != nil || d.Base[acmeID] != 1 {
		t.Fatalf("%+v %v", d, err)
	}
	if checked, err := h.Check(t.Context(), d.Request()); err != nil || checked.Refused {
		t.Errorf("%+v %v", checked, err)
	}
	if diff, err := h.Diff(t.Context(), d.Request()); err != nil || len(diff.Changes) != 1 {
		t.Errorf("%+v %v", diff, err)
	}
	out, err := h.PublishDraft(t.Context(), "acme", "hours", d.Version, func(r *config.Request) { r.Author = "ann" })
	if err != nil || out.Revisions["acme"] != 2 {
		t.Fatalf("%+v %v", out, err)
	}
	if r, _ := h.RevisionAt(t.Context(), "acme", 0); r.Author != "ann" || r.Comment != "new hours" {
		t.Errorf("%+v", r)
	}
	if _, err := h.Draft(t.Context(), "acme", "hours"); !errors.Is(err, config.ErrNoDraft) {
		t.Error("the draft stays:", err)
	}
}

// A draft that others overtook is refused and stays, until it is saved as made
// from what there is now.
func TestAStaleDraft(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	text := "tenant: acme\nlists: [{name: vip, numbers: [\"+13055550111\"]}]\n"
	save := config.DraftSave{Tenant: "acme", Name: "hours", Files: files(text)}
	d, err := h.SaveDraft(t.Context(), save)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, h, "tenant: acme\nblocklist: [{number: \"+13055550166\"}]\n")
	publish := func() error {
		_, err := h.PublishDraft(t.Context(), "acme", "hours", 0, func(*config.Request) {})
		return err
	}
	var stale *config.StaleError
	if err := publish(); !errors.As(err, &stale) || stale.Scopes[0].Base != 1 || stale.Scopes[0].Current != 2 {
		t.Error(err)
	}
	if checked, err := h.Check(t.Context(), d.Request()); err != nil || !checked.Refused || len(checked.Stale) != 1 {
		t.Errorf("%+v %v", checked, err)
	}
	// Saving it again does not make it newer than it is.
	save.Version = d.Version
	if d, err = h.SaveDraft(t.Context(), save); err != nil || d.Base[acmeID] != 1 {
		t.Errorf("%+v %v", d, err)
	}
	save.Version, save.Files = d.Version, files("revision: 2\n"+text)
	if d, err = h.SaveDraft(t.Context(), save); err != nil || d.Base[acmeID] != 2 {
		t.Errorf("%+v %v", d, err)
	}
	if err := publish(); err != nil {
		t.Error(err)
	}
}

func TestTwoPeopleSaveADraft(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	save := config.DraftSave{Tenant: "acme", Name: "hours", Author: "bob", Files: files("tenant: acme\n")}
	first, err := h.SaveDraft(t.Context(), save)
	if err != nil {
		t.Fatal(err)
	}
	var changed *config.DraftChangedError
	if _, err := h.SaveDraft(t.Context(), save); !errors.As(err, &changed) || !errors.Is(err, config.ErrDraftChanged) || changed.Now.Author != "bob" {
		t.Error(err)
	}
	save.Version, save.Author = first.Version, "ann"
	if _, err := h.SaveDraft(t.Context(), save); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SaveDraft(t.Context(), save); !errors.As(err, &changed) || !strings.Contains(err.Error(), "saved by ann at 2026-11-20 15:00:00") {
		t.Error(err)
	}
	if _, err := h.PublishDraft(t.Context(), "acme", "hours", first.Version, func(*config.Request) {}); !errors.As(err, &changed) {
		t.Error("published what was not looked at:", err)
	}
	if err := h.DeleteDraft(t.Context(), "acme", "hours", first.Version); !errors.As(err, &changed) {
		t.Error(err)
	}
	if list, err := h.Drafts(t.Context(), "acme"); err != nil || len(list) != 1 || list[0].Files != nil {
		t.Errorf("%+v %v", list, err)
	}
}

func TestDraftsThatAreRefused(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	large := files(strings.Repeat("# \n", config.MaxDraftSize/3))
	for _, c := range []struct {
		name string
		save config.DraftSave
		want error
	}{
		{"a slash", config.DraftSave{Tenant: "acme", Name: "a/b"}, config.ErrDraftName},
		{"dots", config.DraftSave{Tenant: "acme", Name: ".."}, config.ErrDraftName},
		{"no name", config.DraftSave{Tenant: "acme"}, config.ErrDraftName},
		{"a long name", config.DraftSave{Tenant: "acme", Name: strings.Repeat("a", 65)}, config.ErrDraftName},
		{"a line break", config.DraftSave{Tenant: "acme", Name: "a\n"}, config.ErrDraftName},
		{"too large", config.DraftSave{Tenant: "acme", Name: "a", Files: large}, config.ErrDraftTooLarge},
		{"nobody's", config.DraftSave{Tenant: "nobody", Name: "a"}, config.ErrNoTenant},
		{"with the operator's", config.DraftSave{Tenant: "acme", Name: "a", Files: files(operator)}, config.ErrNotYours},
		{"with another tenant's", config.DraftSave{Tenant: "acme", Name: "a", Files: files("tenant: rival\n")}, config.ErrNoTenant},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := h.SaveDraft(t.Context(), c.save); !errors.Is(err, c.want) {
				t.Error(err)
			}
		})
	}
	// Mistakes are no reason: it is being worked on.
	d, err := h.SaveDraft(t.Context(), config.DraftSave{Tenant: "acme", Name: "a", Files: files("tenant: acme\nrulez: [\n")})
	if err != nil {
		t.Fatal(err)
	}
	back, err := h.Draft(t.Context(), acmeID, "a")
	if diff := cmp.Diff(d.Files, back.Files); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if checked, err := h.Check(t.Context(), d.Request()); err != nil || !checked.Refused || len(checked.Problems) == 0 {
		t.Errorf("%+v %v", checked, err)
	}
}
