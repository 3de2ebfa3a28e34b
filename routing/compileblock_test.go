package routing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Who writes an entry that is over is told; who changes something else years
// later is not.
func TestExpiredEntriesAreWarnedOf(t *testing.T) {
	files := []File{{Name: "acme.yaml", Data: []byte(`tenant: acme
extensions: [{extension: "1001"}]
defaultDestination: {route: voicemail, target: "1001"}
blocklist:
  - {number: "+15550000001", expires: 2026-03-03T17:30:00Z}
  - {number: "+15550000002", expires: 2026-03-03T17:30:01Z}
  - {number: "+15550000003", expires: 2026-03-03T18:30:00+02:00}
allowlist:
  - {number: "+15550000001", expires: 2020-01-01T00:00:00Z}
`)}}
	cases := []struct {
		now    time.Time
		stored bool
		want   string
	}{
		{noon, false, `
acme.yaml:5:39: warning: blocklist[0].expires: expired already (leave the entry out, or give a later time)
acme.yaml:7:39: warning: blocklist[2].expires: expired already (leave the entry out, or give a later time)
acme.yaml:9:39: warning: allowlist[0].expires: expired already (leave the entry out, or give a later time)
`},
		{noon, true, "\n"},
		{time.Time{}, false, "\n"},
	}
	for _, c := range cases {
		cfg, _ := ParseFiles(files)
		cfg.Operator, cfg.Now = oneTenant(), c.now
		if c.stored {
			cfg.positions = nil
		}
		d, problems := Compile(cfg)
		if diff := cmp.Diff(c.want, "\n"+problemText(problems)); diff != "" || d == nil {
			t.Errorf("at %s, stored %v (-want +got):\n%s", c.now, c.stored, diff)
		}
	}
}

func TestPatternsOfATenantAreBounded(t *testing.T) {
	config := TenantConfig{Tenant: "acme", Extensions: []Extension{{Extension: "1001"}}, DefaultDestination: &Destination{RouteVoicemail, "1001"}}
	for i := range maxPatterns / 2 {
		config.Allowlist = append(config.Allowlist, AllowedNumber{Pattern: fmt.Sprintf(`\+1%03d\d*`, i)})
		config.Blocklist = append(config.Blocklist, BlockedNumber{Pattern: fmt.Sprintf(`\+1%03d\d*`, i), Direction: "both"})
	}
	compile := func() string {
		_, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
		return problemText(problems)
	}
	if got := compile(); got != "" {
		t.Errorf("%d patterns: %s", maxPatterns, got)
	}
	for range 3 {
		config.Blocklist = append(config.Blocklist, BlockedNumber{Pattern: `\+1999\d*`})
	}
	want := "acme.blocklist[100].pattern: more than 200 patterns (there may be any number of prefixes and numbers)\n"
	if diff := cmp.Diff(want, compile()); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// What a blocked call is routed to is part of the graph, as a start.
func TestBlockedCallsCannotBeRoutedInACircle(t *testing.T) {
	operator := oneTenant()
	config := TenantConfig{
		Tenant: "acme",
		DIDs:   []DID{{Number: "+15551230001", InboundRoute: RouteForward, RouteTarget: "+15551230002"}, {Number: "+15551230002", InboundRoute: RouteHangup, RouteTarget: "USER_BUSY"}},
		Blocklist: []BlockedNumber{
			{Number: "+15550000001", Action: BlockRoute, Then: &Destination{RouteForward, "+15551230001"}, Direction: "outbound"},
			{Number: "+15550000002", Action: BlockRoute, Then: &Destination{"external", "(555) 765-4321"}},
		},
	}
	if d, problems := Compile(Config{Operator: operator, Tenants: []TenantConfig{config}}); len(problems) > 0 {
		t.Errorf("a chain: %v", problems)
	} else if got := d.Decide(inboundCall("+15550000002", "+15551230001"), noon, nil).Destination; got != (Destination{RouteForward, "+15557654321"}) {
		t.Errorf("goes to %s, not in its one spelling", got)
	}
	config.DIDs[1] = DID{Number: "+15551230002", InboundRoute: RouteForward, RouteTarget: "+15551230001"}
	_, problems := Compile(Config{Operator: operator, Tenants: []TenantConfig{config}})
	if text := problemText(problems); !strings.Contains(text, "goes round in a circle") {
		t.Errorf("a circle is taken: %q", text)
	}
}

func TestNamesOfListEntries(t *testing.T) {
	for want, entry := range map[string]AllowedNumber{
		"+15550000001 ":         {Number: "+15550000001"},
		"+15550000001 both":     {Number: "+15550000001", Direction: "both"},
		"prefix +1900 ":         {Prefix: "+1900"},
		`pattern \+1.* inbound`: {Pattern: `\+1.*`, Direction: "inbound"},
		"anonymous ":            {Anonymous: true},
	} {
		blocked := BlockedNumber{Number: entry.Number, Prefix: entry.Prefix, Pattern: entry.Pattern, Anonymous: entry.Anonymous, Direction: entry.Direction}
		if entry.Name() != want || blocked.Name() != want {
			t.Errorf("%q and %q, want %q", entry.Name(), blocked.Name(), want)
		}
	}
}
