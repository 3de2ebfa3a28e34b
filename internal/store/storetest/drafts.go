package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/config"
	"switchyard/internal/store"
	"switchyard/routing"
)

func draft(scope, name string) config.Draft {
	return config.Draft{
		Scope: scope, Name: name, Author: "crm (bob)", Comment: "new hours", Base: map[string]int{scope: 12}, UpdatedAt: t0,
		Files: []routing.File{{Name: "acme.yaml", Data: []byte("tenant: acme\nwebhooks: [{secret: " + secret + "}]\n")}},
	}
}

func saveDraft(t testing.TB, s *store.Store, d config.Draft, was int64) int64 {
	t.Helper()
	version, err := s.SaveDraft(t.Context(), d, was)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func draftsReadBack(t *testing.T, db Database) {
	s := open(t, db, store.WithKey(testKey))
	want := draft("t1", "hours")
	want.Version = saveDraft(t, s, want, 0)
	want.Size = want.Bytes()
	got, err := s.Draft(t.Context(), "t1", "hours")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	want.Files, want.Comment, want.UpdatedAt = nil, "none left", t0.Add(time.Hour)
	want.Version = saveDraft(t, s, want, want.Version)
	want.Size = 0
	if got, err = s.Draft(t.Context(), "t1", "hours"); cmp.Diff(want, got) != "" || err != nil {
		t.Error(err, cmp.Diff(want, got))
	}
	second := draft("t1", "a")
	second.Version = saveDraft(t, s, second, 0)
	saveDraft(t, s, draft("t2", "hours"), 0)
	second.Files, second.Size = nil, second.Bytes()
	list, err := s.Drafts(t.Context(), "t1")
	if diff := cmp.Diff([]config.Draft{second, want}, list); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, c := range [][2]string{{"t1", "nothing"}, {"t3", "hours"}} {
		if _, err := s.Draft(t.Context(), c[0], c[1]); !errors.Is(err, config.ErrNoDraft) {
			t.Errorf("%v: %v", c, err)
		}
		if err := s.DeleteDraft(t.Context(), c[0], c[1], 0); !errors.Is(err, config.ErrNoDraft) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func draftChangedMeanwhile(t *testing.T, db Database) {
	s := open(t, db, store.WithKey(testKey))
	first := saveDraft(t, s, draft("t1", "hours"), 0)
	second := saveDraft(t, s, draft("t1", "hours"), first)
	for _, was := range []int64{0, first, second + 1} {
		if _, err := s.SaveDraft(t.Context(), draft("t1", "hours"), was); !errors.Is(err, config.ErrDraftChanged) {
			t.Errorf("saved over version %d as %d: %v", second, was, err)
		}
	}
	if err := s.DeleteDraft(t.Context(), "t1", "hours", first); !errors.Is(err, config.ErrDraftChanged) {
		t.Error(err)
	}
	if err := s.DeleteDraft(t.Context(), "t1", "hours", second); err != nil {
		t.Error(err)
	}
	if _, err := s.SaveDraft(t.Context(), draft("t1", "hours"), second); !errors.Is(err, config.ErrDraftChanged) {
		t.Error("saved what is gone:", err)
	}
	// A new one of the old name is another one.
	if again := saveDraft(t, s, draft("t1", "hours"), 0); again == first || again == second {
		t.Errorf("version %d was there before", again)
	}
}

func oneSavesTheDraft(t *testing.T, db Database) {
	s := open(t, db, store.WithKey(testKey))
	const people = 8
	var wait sync.WaitGroup
	results := make([]error, people)
	for i := range people {
		wait.Go(func() { _, results[i] = s.SaveDraft(t.Context(), draft("t1", "hours"), 0) })
	}
	wait.Wait()
	saved := 0
	for _, err := range results {
		switch {
		case err == nil:
			saved++
		case !errors.Is(err, config.ErrDraftChanged):
			t.Error(err)
		}
	}
	if saved != 1 {
		t.Errorf("%d saved the same draft", saved)
	}
}

func draftsAreBounded(t *testing.T, db Database) {
	s := open(t, db, store.WithKey(testKey))
	version := saveDraft(t, s, draft("t1", "0"), 0)
	for i := 1; i < config.MaxDrafts; i++ {
		saveDraft(t, s, draft("t1", fmt.Sprint(i)), 0)
	}
	if _, err := s.SaveDraft(t.Context(), draft("t1", "one more"), 0); !errors.Is(err, config.ErrTooManyDrafts) {
		t.Error(err)
	}
	version = saveDraft(t, s, draft("t1", "0"), version)
	saveDraft(t, s, draft("t2", "somebody else's"), 0)
	large := draft("t1", "0")
	large.Files[0].Data = bytes.Repeat([]byte{'x'}, config.MaxDraftsSize)
	if _, err := s.SaveDraft(t.Context(), large, version); !errors.Is(err, config.ErrTooManyDrafts) {
		t.Error(err)
	}
}

func draftsAreSealed(t *testing.T, db Database) {
	s := open(t, db, store.WithKey(testKey))
	saveDraft(t, s, draft("t1", "hours"), 0)
	if !db.Holds(t, "new hours") {
		t.Fatal("the search does not find what is stored plainly, so it proves nothing")
	}
	if db.Holds(t, secret) {
		t.Error("a draft's secret can be read in the database")
	}
}

func draftsNeedAKey(t *testing.T, db Database) {
	s := open(t, db)
	if _, err := s.SaveDraft(t.Context(), draft("t1", "hours"), 0); !errors.Is(err, store.ErrNoKey) {
		t.Error(err)
	}
}

func pagesOfRevisions(t *testing.T, db Database) {
	s := open(t, db)
	for rev := range 5 {
		p := publication("t1", rev, []string{"lists"}, object("t1", "lists", "l", fmt.Sprintf(`{"n":%d}`, rev)))
		p.Comment, p.Changes = fmt.Sprint("made ", rev+1), rev
		publish(t, s, p)
	}
	publish(t, s, publication("t2", 0, []string{"lists"}))
	for _, c := range []struct {
		before, limit int
		want          string
	}{{0, 2, "5 4"}, {4, 2, "3 2"}, {2, 2, "1"}, {1, 2, ""}, {100, 1, "5"}} {
		revs, err := s.Revisions(t.Context(), "t1", c.before, c.limit)
		got := ""
		for _, r := range revs {
			got += fmt.Sprint(" ", r.Rev)
			if r.Comment != fmt.Sprint("made ", r.Rev) || *r.Changes != r.Rev-1 || r.Author != "ann" || !r.At.Equal(t0) {
				t.Errorf("%+v", r)
			}
		}
		if err != nil || got != map[bool]string{true: "", false: " "}[c.want == ""]+c.want {
			t.Errorf("before %d, %d: %q, %v", c.before, c.limit, got, err)
		}
	}
}
