package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"switchyard/internal/config"
	"switchyard/routing"
)

// What is written out and published again changes nothing, secrets included.
func TestWrittenAndPublishedAgain(t *testing.T) {
	for _, ids := range []bool{false, true} {
		h, _, _ := opened(t)
		apply(t, h, operator+"blockedPrefixes: [\"+1900\"]\ndefaultCountry: US\n", strings.Replace(whole, "secret: s3cret-s3cret-s3cret", "secret: s3cret-s3cret-s3cret, previousSecret: an-older-s3cret-of-it, previousSecretUntil: \"2026-12-01T00:00:00Z\"", 1))
		before, _, _ := h.Tenant("acme")
		tenant, err := h.Written(t.Context(), "acme", 0, config.WriteOptions{IDs: ids})
		if err != nil {
			t.Fatal(err)
		}
		platform, err := h.Written(t.Context(), "", 0, config.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(tenant), "s3cret") {
			t.Errorf("a secret is in\n%s", tenant)
		}
		if out := apply(t, h, string(platform), string(tenant)); len(out.Changes) > 0 {
			t.Errorf("%+v\n%s\n%s", out.Changes, tenant, platform)
		}
		// A change of something else of the webhook leaves the secrets.
		out := apply(t, h, strings.Replace(string(tenant), "https://crm.example/hook", "https://crm.example/other", 1))
		after, _, _ := h.Tenant("acme")
		if len(out.Changes) != 1 || after.Webhooks[0].Secret != before.Webhooks[0].Secret || after.Webhooks[0].PreviousSecret != before.Webhooks[0].PreviousSecret || after.Webhooks[0].URL != "https://crm.example/other" {
			t.Errorf("%+v", out)
		}
	}
}

// A secret that is not to be changed has to be there.
func TestKeptSecretOfANewWebhook(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	_, err := h.Apply(t.Context(), config.Request{Files: files("tenant: acme\nwebhooks: [{name: erp, url: \"https://erp.example/\", secret: (unchanged)}]\n")})
	if err == nil || !strings.HasPrefix(err.Error(), `a.yaml:2:61: webhooks[0].secret: there is no secret that could stay unchanged (write the secret itself, or leave it out for none)`) {
		t.Error(err)
	}
	_, err = h.Change(t.Context(), "acme", "", "", func(c *routing.TenantConfig) error { c.Webhooks[0].Secret = routing.SecretKept; return nil })
	if err == nil || !strings.Contains(err.Error(), "webhooks") {
		t.Error(err)
	}
}

// Whatever a text is, it is read as it was.
func TestAnyTextIsWrittenAndRead(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~\n]{0,60}`), rapid.SampledFrom([]string{"true", "no", "~", "0123", "1e3", "a: b", "a #b", "- x", "a\nb", " a\nb", "a\n\n b\n", "a\n b", "\x00", "é\u2028x", "{", "'", `"`, `\`, "*a", "&a", "!t", "%x", "@", "`"}))
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		cfg := routing.TenantConfig{
			Tenant: "acme", Lists: []routing.NumberList{{Name: text, Numbers: []string{text, "b"}}},
			Rules:      []routing.Rule{{Name: "r", When: text, Set: routing.RuleSet{Tags: []string{text}}}},
			Extensions: []routing.Extension{{Extension: "1001", Exits: routing.Exits{routing.Outcome("x" + text): {Route: "hangup", Target: text}}}},
		}
		rev := 7
		file, err := config.WriteTenant(cfg, rev, config.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, problems := routing.ParseFiles([]routing.File{{Name: "a", Data: file}})
		cfg.Revision = &rev
		cfg.Webhooks = nil
		if strings.ToValidUTF8(text, "\ufffd") != text {
			return // is shown as U+FFFD
		}
		if diff := cmp.Diff([]routing.TenantConfig{cfg}, got.Tenants); diff != "" || len(problems) > 0 {
			t.Fatalf("%v %s\n%s", problems, diff, file)
		}
	})
}
