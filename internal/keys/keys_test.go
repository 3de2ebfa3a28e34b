package keys_test

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"switchyard/internal/keys"
)

const operator = "csk_live_operator"

var clock = func() time.Time { return time.Date(2026, 11, 20, 12, 0, 30, 0, time.UTC) }

func opened() (*memory, *keys.Desk, *keys.Guard) {
	m := &memory{used: make(chan time.Time, 8)}
	return m, keys.NewDesk(m, rand.Reader, clock), keys.NewGuard(m, operator, clock)
}

func TestAKeyIsShownOnceAndKeptAsAHash(t *testing.T) {
	m, desk, guard := opened()
	k, secret, err := desk.Create(t.Context(), "t1", "crm", keys.Admin, "ann")
	if err != nil || !regexp.MustCompile(`^csk_live_[0-9a-f]{48}$`).MatchString(secret) {
		t.Fatalf("%q, %v", secret, err)
	}
	if k.Hash != keys.Hash(secret) || strings.Contains(k.Hash, secret) || !strings.HasSuffix(secret, k.Hint) || len(k.Hint) != 4 {
		t.Errorf("%+v", k)
	}
	got, err := guard.Check(t.Context(), secret)
	if diff := cmp.Diff(k, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if m.list[0].CreatedBy != "ann" || !m.list[0].CreatedAt.Equal(clock()) {
		t.Errorf("%+v", m.list[0])
	}
}

// Whatever is wrong with a key, the answer is the same, and so is what it costs.
func TestKeysThatOpenNothing(t *testing.T) {
	m, desk, guard := opened()
	k, secret, err := desk.Create(t.Context(), "t1", "crm", keys.Admin, "ann")
	if err != nil {
		t.Fatal(err)
	}
	revoked, closed, _ := desk.Create(t.Context(), "t1", "old", keys.Admin, "ann")
	if err := desk.Revoke(t.Context(), "t1", revoked.ID); err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]string{
		"wrong": "csk_live_" + strings.Repeat("0", 48), "cut": secret[:len(secret)-1], "longer": secret + "0", "empty": "",
		"its hash": k.Hash, "upper case": strings.ToUpper(secret), "revoked": closed, "the operator's, cut": operator[:9], "long": strings.Repeat("x", 1<<16),
	} {
		m.looks = 0
		if got, err := guard.Check(t.Context(), key); !errors.Is(err, keys.ErrInvalid) || got.Role != "" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if m.looks != 1 {
			t.Errorf("%s: looked %d times into the store", name, m.looks)
		}
	}
	m.err = errors.New("away")
	if _, err := guard.Check(t.Context(), secret); err == nil || errors.Is(err, keys.ErrInvalid) {
		t.Errorf("without the store: %v", err)
	}
	if k, err := guard.Check(t.Context(), operator); err != nil || k.Role != keys.Superadmin {
		t.Errorf("the operator's key needs no store: %+v, %v", k, err)
	}
}

// A server without an operator's key lets nobody in, rather than everybody.
func TestNoOperatorKey(t *testing.T) {
	guard := keys.NewGuard(&memory{}, "", clock)
	if k, err := guard.Check(t.Context(), ""); !errors.Is(err, keys.ErrInvalid) {
		t.Errorf("%+v, %v", k, err)
	}
}

func TestRegenerateAndRevoke(t *testing.T) {
	_, desk, guard := opened()
	k, old, _ := desk.Create(t.Context(), "t1", "crm", keys.Readonly, "ann")
	_, fresh, err := desk.Regenerate(t.Context(), "t1", k.ID)
	if err != nil || fresh == old {
		t.Fatal(err)
	}
	if _, err := guard.Check(t.Context(), old); !errors.Is(err, keys.ErrInvalid) {
		t.Errorf("the old key: %v", err)
	}
	if got, err := guard.Check(t.Context(), fresh); err != nil || got.ID != k.ID {
		t.Errorf("the new key: %+v, %v", got, err)
	}
	if err := desk.Revoke(t.Context(), "t2", k.ID); !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("another tenant revoked it: %v", err)
	}
	for range 2 {
		if err := desk.Revoke(t.Context(), "t1", k.ID); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := desk.Regenerate(t.Context(), "t1", k.ID); !errors.Is(err, keys.ErrRevoked) {
		t.Errorf("a revoked key came back: %v", err)
	}
	if _, err := guard.Check(t.Context(), fresh); !errors.Is(err, keys.ErrInvalid) {
		t.Errorf("after it was revoked: %v", err)
	}
}

func TestLastUseIsNotedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{used: make(chan time.Time, 8)}
		guard := keys.NewGuard(m, operator, time.Now)
		_, secret, _ := keys.NewDesk(m, rand.Reader, time.Now).Create(t.Context(), "t1", "crm", keys.Admin, "ann")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- guard.Run(ctx, zerolog.Nop()) }()
		check := func() {
			if _, err := guard.Check(ctx, secret); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		check()
		check()
		time.Sleep(time.Minute)
		check()
		if got := len(m.used); got != 2 {
			t.Errorf("noted %d times, want once in each minute", got)
		}
		first, second := <-m.used, <-m.used
		if second.Sub(first) != time.Minute || first.Second() != 0 {
			t.Errorf("noted %s and %s", first, second)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Nobody notes uses, and still nobody waits.
func TestUsesDoNotDelay(t *testing.T) {
	_, desk, guard := opened()
	for range 100 {
		_, secret, _ := desk.Create(t.Context(), "t1", "crm", keys.Admin, "ann")
		if _, err := guard.Check(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
	}
}
