package routing

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/google/uuid"
)

// webhookEvents are what an endpoint can subscribe to.
var webhookEvents = []string{"call.started", "call.answered", "call.forwarded", "call.ended"}

const (
	defaultWebhookTimeout = 5 // seconds
	maxWebhookTimeout     = 30
)

func (t *tenantCompiler) webhooks() {
	names, ids, urls := seen{}, seen{}, seen{}
	for i, w := range t.config.Webhooks {
		at := path{"webhooks", i}
		t.named(ids, names, w.ID, w.Name, at)
		t.webhookURL(urls, w.URL, at.with("url"))
		t.webhookEvents(w.Events, at.with("events"))
		w.TimeoutSeconds = t.seconds(w.TimeoutSeconds, defaultWebhookTimeout, maxWebhookTimeout, at.with("timeoutSeconds"))
		if w.ID == "" {
			w.ID = derivedID(t.plan.grant.ID, w.Name)
		}
		if len(w.Events) == 0 {
			w.Events = slices.Clone(webhookEvents)
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

// derivedID gives something without an id the same one every time: UUID v5 of
// its name under its tenant's id.
func derivedID(tenant TenantID, name string) string {
	space, err := uuid.Parse(string(tenant))
	if err != nil {
		space = uuid.NameSpaceOID
	}
	return uuid.NewSHA1(space, []byte(name)).String()
}
