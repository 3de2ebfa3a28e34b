package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/keys"
	"switchyard/routing"
)

func testAPIKey(id string, tenant routing.TenantID, created time.Time) keys.Key {
	return keys.Key{ID: id, TenantID: tenant, Name: "CRM " + id, Role: keys.Admin, Hash: "hash-" + id, Hint: "9f2c", CreatedAt: created, CreatedBy: "operator"}
}

func saveKey(t testing.TB, s keys.Store, k keys.Key) {
	t.Helper()
	if err := s.SaveKey(context.Background(), k); err != nil {
		t.Fatal(err)
	}
}

func keysReadBack(t *testing.T, db Database) {
	s := open(t, db)
	root := testAPIKey("k0", "", t0)
	root.Role = keys.Superadmin
	second, first := testAPIKey("k1", "t1", t0.Add(time.Second)), testAPIKey("k2", "t1", t0)
	first.LastUsedAt, first.RevokedAt = t0.Add(time.Minute), t0.Add(time.Hour)
	for _, k := range []keys.Key{root, second, first, testAPIKey("k3", "t2", t0)} {
		saveKey(t, s, k)
	}
	if got, err := s.KeyByHash(t.Context(), "hash-k2"); err != nil || cmp.Diff(first, got) != "" {
		t.Errorf("%v, %s", err, cmp.Diff(first, got))
	}
	if _, err := s.KeyByHash(t.Context(), "hash"); !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("a hash that is nobody's: %v", err)
	}
	for tenant, want := range map[routing.TenantID][]keys.Key{"t1": {first, second}, "": {root}, "t3": nil} {
		if got, err := s.Keys(t.Context(), tenant); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("keys of %q: %v, %s", tenant, err, cmp.Diff(want, got))
		}
	}
	for _, double := range []keys.Key{testAPIKey("k1", "t9", t0), {ID: "k9", Hash: "hash-k1", CreatedAt: t0}} {
		if err := s.SaveKey(t.Context(), double); err == nil {
			t.Errorf("a second key %s with hash %s was stored", double.ID, double.Hash)
		}
	}
}

func keysChange(t *testing.T, db Database) {
	s := open(t, db)
	k := testAPIKey("k1", "t1", t0)
	saveKey(t, s, k)
	for _, foreign := range []keys.Key{testAPIKey("k1", "t2", t0), testAPIKey("k1", "", t0), testAPIKey("k2", "t1", t0)} {
		if err := s.ChangeKey(t.Context(), foreign); !errors.Is(err, keys.ErrUnknown) {
			t.Errorf("key %s of %q changed: %v", foreign.ID, foreign.TenantID, err)
		}
	}
	before := k
	k.Name, k.Role, k.Hash, k.Hint, k.RevokedAt = "billing", keys.Readonly, "hash-new", "77ab", t0.Add(time.Hour)
	for _, change := range []keys.Key{k, before} {
		if err := s.ChangeKey(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.KeyByHash(t.Context(), before.Hash)
	before.RevokedAt = k.RevokedAt
	if d := cmp.Diff(before, got); err != nil || d != "" {
		t.Errorf("a change that knew nothing of the revocation: %v, %s", err, d)
	}
	if _, err := s.KeyByHash(t.Context(), k.Hash); !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("the hash that was replaced opens something: %v", err)
	}
}

func keyUseIsNoted(t *testing.T, db Database) {
	s := open(t, db)
	k := testAPIKey("k1", "t1", t0)
	saveKey(t, s, k)
	k.RevokedAt = t0.Add(time.Hour)
	if err := s.ChangeKey(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{time.Minute, 3 * time.Minute, 2 * time.Minute} {
		if err := s.KeyUsed(t.Context(), "k1", t0.Add(at)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.KeyUsed(t.Context(), "nobody", t0); err != nil {
		t.Error(err)
	}
	k.LastUsedAt = t0.Add(3 * time.Minute)
	if got, err := s.KeyByHash(t.Context(), k.Hash); err != nil || cmp.Diff(k, got) != "" {
		t.Errorf("%v, %s", err, cmp.Diff(k, got))
	}
}
