package delivery_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"switchyard/routing"
)

// A receiver that knows only one of two secrets takes what is sent while both
// sign, by the library that Standard Webhooks publishes.
func TestSecretsDuringRotation(t *testing.T) {
	secret := func(text string) string { return "whsec_" + base64.StdEncoding.EncodeToString([]byte(text)) }
	primary, previous := secret("the new key, 24 bytes ok"), secret("the old key, 24 bytes ok")
	simulate(t, always(200), func(t *testing.T, s *sim) {
		// The library reads its own clock, which is this test's.
		s.crm("e1", routing.Webhook{
			Secret: primary, PreviousSecret: previous, PreviousSecretUntil: s.began.Add(time.Hour).Format(time.RFC3339),
		})
		d, _ := s.start()
		send := func(call string) sent {
			s.event(call, 1, "e1")
			d.Wake("e1")
			s.pass(time.Second)
			posts := s.got("e1")
			return posts[len(posts)-1]
		}
		during := send("c1")
		for _, known := range []string{primary, previous} {
			if err := verify(t, known, during); err != nil {
				t.Errorf("during the rotation: %v", err)
			}
		}
		if err := verify(t, secret("a key that nobody has...."), during); err == nil {
			t.Error("any secret verifies")
		}
		signatures := strings.Split(during.header.Get("Webhook-Signature"), " ")
		if len(signatures) != 2 {
			t.Fatalf("signatures %v", signatures)
		}
		primaryFirst := during.header.Clone()
		primaryFirst.Set("Webhook-Signature", signatures[0])
		if err := verify(t, primary, sent{header: primaryFirst, body: during.body}); err != nil {
			t.Errorf("the first signature is not the primary's: %v", err)
		}

		s.pass(time.Hour)
		afterwards := send("c2")
		if err := verify(t, primary, afterwards); err != nil {
			t.Errorf("after the rotation: %v", err)
		}
		if err := verify(t, previous, afterwards); err == nil {
			t.Error("the previous secret signs for ever")
		}
	})
}

func TestOneSecretVerifies(t *testing.T) {
	simulate(t, always(200), func(t *testing.T, s *sim) {
		secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		s.crm("e1", routing.Webhook{Secret: secret})
		s.event("c1", 1, "e1")
		s.start()
		s.pass(time.Second)
		p := s.got("e1")[0]
		if err := verify(t, secret, p); err != nil {
			t.Error(err)
		}
		if err := verify(t, secret, sent{header: p.header, body: p.body + " "}); err == nil {
			t.Error("a changed body verifies")
		}
		header := p.header.Clone()
		header.Set("Webhook-Id", "msg_other")
		if err := verify(t, secret, sent{header: header, body: p.body}); err == nil {
			t.Error("a changed id verifies")
		}
	})
}

// verify is what a receiver with a Standard Webhooks library does.
func verify(t *testing.T, secret string, p sent) error {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return hook.Verify([]byte(p.body), http.Header(p.header))
}
