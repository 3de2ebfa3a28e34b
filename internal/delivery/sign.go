package delivery

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"switchyard/routing"
)

// headers gives what goes with a delivery at a time. Every attempt is signed
// anew, because the time is signed. Without a secret there is no signature.
func headers(d *Delivery, hook *routing.Webhook, version string, now time.Time) http.Header {
	at := strconv.FormatInt(now.Unix(), 10)
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Switchyard/"+version)
	h.Set("X-Webhook-Id", d.EventID)
	h.Set("X-Webhook-Seq", strconv.Itoa(d.Seq))
	h.Set("X-Webhook-Attempt", strconv.Itoa(d.Attempt))
	h.Set("X-Webhook-Timestamp", at)
	h.Set("Webhook-Id", d.EventID)
	h.Set("Webhook-Timestamp", at)
	if d.OutOfOrder {
		h.Set("X-Webhook-Out-Of-Order", "true")
	}
	if d.Replayed {
		h.Set("X-Webhook-Replayed", "true")
	}
	if hook.Secret != "" {
		h.Set("X-Webhook-Signature", hex.EncodeToString(sum([]byte(hook.Secret), at, d.Body)))
		var standard []string
		for _, secret := range secrets(hook, now) {
			signature := sum(standardKey(secret), d.EventID+"."+at, d.Body)
			standard = append(standard, "v1,"+base64.StdEncoding.EncodeToString(signature))
		}
		h.Set("Webhook-Signature", strings.Join(standard, " "))
	}
	return h
}

// secrets gives those that sign now, the one that stays first. A time that
// cannot be read is one that is over; the check refuses it.
func secrets(hook *routing.Webhook, now time.Time) []string {
	until, err := time.Parse(time.RFC3339, hook.PreviousSecretUntil)
	if hook.PreviousSecret == "" || err != nil || !now.Before(until) {
		return []string{hook.Secret}
	}
	return []string{hook.Secret, hook.PreviousSecret}
}

// sum is HMAC-SHA256 over "<before>.<body>".
func sum(key []byte, before string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(before))
	mac.Write([]byte("."))
	mac.Write(body)
	return mac.Sum(nil)
}

// standardKey reads a secret as Standard Webhooks writes it, whsec_ and base64;
// any other secret is the key itself.
func standardKey(secret string) []byte {
	if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if key, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			return key
		}
	}
	return []byte(secret)
}
