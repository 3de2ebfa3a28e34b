package routing

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// defaultWebhookEvents are what an endpoint gets that names none; the others of
// webhookEvents only if it names them.
var (
	defaultWebhookEvents = []string{"call.started", "call.answered", "call.forwarded", "call.ended"}
	webhookEvents        = append(slices.Clone(defaultWebhookEvents), "call.missed", "recording.ready", "endpoint.disabled")
)

const (
	defaultWebhookTimeout = 5 // seconds
	maxWebhookTimeout     = 30
	// minSecret is how many characters of a secret are enough. Whoever sees one
	// signed body can try out secrets at home.
	minSecret = 16
)

// Events are the events a webhook can subscribe to.
func Events() []string { return slices.Clone(webhookEvents) }

func (t *tenantCompiler) webhooks() {
	names, ids, urls := seen{}, seen{}, seen{}
	for i, w := range t.config.Webhooks {
		at := path{"webhooks", i}
		t.named(ids, names, w.ID, w.Name, at)
		t.webhookURL(urls, w.URL, at.with("url"))
		t.webhookEvents(w.Events, at.with("events"))
		t.webhookSecrets(&w, at)
		w.Order = t.webhookOrder(w.Order, at.with("order"))
		w.TimeoutSeconds = t.seconds(w.TimeoutSeconds, defaultWebhookTimeout, maxWebhookTimeout, at.with("timeoutSeconds"))
		written := w.ID != ""
		if !written {
			w.ID = derivedID(t.plan.grant.ID, w.Name)
		}
		t.webhookIDs.add(w.ID, webhookPlace{scope: t.scope, tenant: t.plan.grant.ID, at: at.with("id"), written: written})
		if len(w.Events) == 0 {
			w.Events = slices.Clone(defaultWebhookEvents)
		}
		if enabled(w.Enabled) {
			t.plan.webhooks = append(t.plan.webhooks, w)
		}
	}
}

// webhookURL never shows the URL itself: what is wrong with it may be a
// password that it carries.
func (t *tenantCompiler) webhookURL(known seen, text string, p path) {
	if text == "" {
		t.add(p, "no url", "")
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "":
		t.add(p, "not a complete URL", "write it like https://crm.example.com/hooks")
	case u.Scheme != "https" && u.Scheme != "http":
		t.add(p, fmt.Sprintf("a webhook cannot be reached by %q", u.Scheme), "http or https")
	case u.User != nil:
		t.add(p, "a URL with a user or password in it", "deliveries are signed with the secret instead")
	case u.Fragment != "":
		t.add(p, "a URL with a fragment (#) in it", "")
	case known[text] != "":
		t.add(p, "the same url twice", "first in "+known[text])
	default:
		known[text] = t.whereIs(p)
	}
}

func (t *tenantCompiler) webhookEvents(events []string, at path) {
	known := seen{}
	for i, event := range events {
		if !slices.Contains(webhookEvents, event) {
			hint := didYouMean(event, webhookEvents)
			if hint == "" {
				hint = anyOf(webhookEvents)
			}
			t.add(at.with(i), fmt.Sprintf("unknown event %q", event), hint)
			continue
		}
		t.unique(known, event, "event", at.with(i))
	}
}

func (t *tenantCompiler) webhookOrder(order WebhookOrder, p path) WebhookOrder {
	orders := []WebhookOrder{OrderCall, OrderNone}
	switch {
	case order == "" && !t.written(p):
		return OrderCall
	case !slices.Contains(orders, order):
		t.add(p, fmt.Sprintf("unknown order %q", order), anyOf(orders))
	}
	return order
}

// webhookSecrets checks the secret, and the one that it replaces for a while.
// Neither is ever shown.
func (t *tenantCompiler) webhookSecrets(w *Webhook, at path) {
	t.secretStrength(w.Secret, at.with("secret"))
	old, until := at.with("previousSecret"), at.with("previousSecretUntil")
	switch {
	case w.PreviousSecret == "" && w.PreviousSecretUntil != "":
		t.add(until, "there is no previousSecret", "")
	case w.PreviousSecret == "":
	case w.Secret == "":
		t.add(old, "there is no secret that follows it", "")
	case w.PreviousSecret == w.Secret:
		t.add(old, "the same as secret", "leave it out")
	case w.PreviousSecretUntil == "":
		t.add(old, "no previousSecretUntil", "until when both sign, for example 24 hours from now")
	}
	if w.PreviousSecretUntil == "" {
		return
	}
	if _, err := time.Parse(time.RFC3339, w.PreviousSecretUntil); err != nil {
		t.add(until, fmt.Sprintf("%q is no time", w.PreviousSecretUntil), "write it like 2026-04-07T14:15:00Z")
	}
}

func (t *tenantCompiler) secretStrength(secret string, p path) {
	encoded, standard := strings.CutPrefix(secret, "whsec_")
	if standard {
		if _, err := base64.StdEncoding.DecodeString(encoded); err != nil {
			t.warn(p, "what follows whsec_ is no base64", "receivers that use a Standard Webhooks library will not take it")
			return
		}
	}
	if secret != "" && utf8.RuneCountInString(encoded) < minSecret {
		t.warn(p, fmt.Sprintf("shorter than %d characters", minSecret), "take a long random text")
	}
}

// derivedID gives something without an id the same one every time: UUID v5 of
// its name under its tenant's id.
func derivedID(tenant TenantID, name string) string {
	space, err := uuid.Parse(string(tenant))
	if err != nil {
		space = uuid.NameSpaceOID
	}
	return uuid.NewSHA1(space, []byte(name)).String()
}
