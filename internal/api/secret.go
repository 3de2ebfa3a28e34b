package api

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"switchyard/routing"
)

const defaultOverlap = 24 // hours

func (s *Server) rotateSecret(ctx context.Context, in *rotation) (*rotationAnswer, error) {
	var asked rotationBody
	if in.Body != nil {
		asked = *in.Body
	}
	fresh, made := asked.Secret, ""
	if fresh == "" {
		var b [32]byte
		if _, err := rand.Read(b[:]); err != nil {
			return nil, err
		}
		made = "whsec_" + base64.StdEncoding.EncodeToString(b[:])
		fresh = made
	}
	overlap := defaultOverlap
	if asked.OverlapHours != nil {
		overlap = *asked.OverlapHours
	}
	until := s.Now().UTC().Add(time.Duration(overlap) * time.Hour).Truncate(time.Second)
	tenant, w, err := s.updateWebhook(ctx, in.WebhookRef, "got a new secret", func(w *routing.Webhook) error {
		if w.Secret == fresh {
			return wrong("body.secret", "this is the secret it has")
		}
		rotate(w, fresh, until, overlap > 0)
		return nil
	})
	if err != nil {
		return nil, err
	}
	shown, err := s.webhookAnswer(ctx, tenant, w)
	if err != nil {
		return nil, err
	}
	return &rotationAnswer{Body: rotatedBody{Webhook: shown.Body.Webhook, Secret: made}}, nil
}

// rotate gives a webhook a new secret; the old one signs too until then, if it
// is to overlap.
func rotate(w *routing.Webhook, fresh string, until time.Time, overlap bool) {
	old := w.Secret
	forgetPrevious(w)
	w.Secret = fresh
	if overlap && old != "" {
		w.PreviousSecret, w.PreviousSecretUntil = old, until.Format(time.RFC3339)
	}
}

func forgetPrevious(w *routing.Webhook) { w.PreviousSecret, w.PreviousSecretUntil = "", "" }
