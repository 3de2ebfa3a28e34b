package storetest

import (
	"bytes"
	"errors"
	"testing"

	"switchyard/internal/config"
	"switchyard/internal/store"
)

const secret = "hmac-secret-that-nobody-may-read"

func hook() config.Publication {
	return publication("t1", 0, []string{"webhooks", "lists"},
		object("t1", "webhooks", "h1", `{"url":"https://crm.example.com/","secret":"`+secret+`"}`),
		object("t1", "lists", "l", `{"note":"plain-text-to-find"}`))
}

func secretsAreSealed(t *testing.T, db Database) {
	s := open(t, db, store.WithKey(testKey))
	p := hook()
	publish(t, s, p)
	if !db.Holds(t, "plain-text-to-find") {
		t.Fatal("the search does not find what is stored plainly, so it proves nothing")
	}
	if db.Holds(t, secret) || db.Holds(t, "crm.example.com") {
		t.Error("the webhook can be read in the database")
	}
	objects, _ := load(t, s)
	if len(objects) != 2 || !bytes.Equal(objects[1].Body, p.Objects[0].Body) {
		t.Errorf("loaded %v", objects)
	}
}

func secretsNeedAKey(t *testing.T, db Database) {
	s := open(t, db)
	if _, err := s.PublishConfig(t.Context(), []config.Publication{hook()}); !errors.Is(err, store.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	if objects, revs := load(t, s); len(objects) != 0 || len(revs) != 0 {
		t.Errorf("the refused change left %v %v", objects, revs)
	}
	if _, err := db.Open(t.Context(), store.WithKey([]byte("short"))); err == nil {
		t.Error("a key of 5 bytes was taken")
	}
}

func wrongKey(t *testing.T, db Database) {
	s, err := db.Open(t.Context(), store.WithKey(testKey))
	if err != nil {
		t.Fatal(err)
	}
	publish(t, s, hook())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(t.Context(), store.WithKey(bytes.Repeat([]byte{7}, 32))); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("opened with another key: %v", err)
	}
	s = open(t, db)
	if _, _, err := s.LoadConfig(t.Context()); !errors.Is(err, store.ErrNoKey) {
		t.Errorf("loaded secrets without a key: %v", err)
	}
}
