package store

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestSealedBodyBelongsToItsObject(t *testing.T) {
	s, err := newSealer(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.seal("t1/webhooks/a", []byte(`{"secret":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := s.open("t1/webhooks/a", sealed); err != nil || string(body) != `{"secret":"x"}` {
		t.Errorf("%s, %v", body, err)
	}
	if body, err := s.open("t2/webhooks/a", sealed); !errors.Is(err, ErrWrongKey) {
		t.Errorf("opened for another tenant: %s, %v", body, err)
	}
	if body, err := s.open("t1/webhooks/a", sealed[:len(sealedPrefix)+8]); err == nil {
		t.Errorf("opened a cut-off body: %s", body)
	}
	again, err := s.seal("t1/webhooks/a", []byte(`{"secret":"x"}`))
	if err != nil || again == sealed {
		t.Error("the same body sealed twice looks the same")
	}
	if !strings.HasPrefix(sealed, sealedPrefix) {
		t.Errorf("%s is not marked as sealed", sealed)
	}
}
