package routing_test

import (
	"testing"
	"time"

	"switchyard/routing"
)

func TestScreenOfOneNumber(t *testing.T) {
	directory, problems := routing.Compile(routing.Config{
		Operator: routing.OperatorConfig{Tenants: []routing.TenantGrant{{ID: "6a097cb2-504f-43be-819a-b76209976818", Name: "acme", Country: "US"}}},
		Tenants: []routing.TenantConfig{{
			Tenant: "acme", Extensions: []routing.Extension{{Extension: "1001"}, {Extension: "1002"}},
			Blocklist: []routing.BlockedNumber{
				{Number: "+13055550166", Reason: "robocalls", Expires: "2026-11-21T00:00:00Z"},
				{Prefix: "+1786"}, {Number: "1002"}, {Anonymous: true}, {Number: "+13055550177", Direction: "outbound"},
			},
			Allowlist: []routing.AllowedNumber{{Number: "+17865550101"}},
		}},
	})
	if directory == nil {
		t.Fatal(problems)
	}
	plan, _ := directory.Plan("acme")
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		number    string
		direction routing.Direction
		now       time.Time
		blocked   string // by what
		allowed   string
		read      string
	}{
		{"+13055550166", routing.Inbound, at, "+13055550166", "", "+13055550166"},
		{"(305) 555-0166", routing.Inbound, at, "+13055550166", "", "+13055550166"},
		{"+13055550166", routing.Inbound, at.AddDate(0, 0, 1), "", "", "+13055550166"}, // it has expired
		{"+13055550166", routing.Outbound, at, "", "", "+13055550166"},
		{"+13055550177", routing.Outbound, at, "+13055550177", "", "+13055550177"},
		{"+17865550100", routing.Inbound, at, "+1786", "", "+17865550100"},
		{"+17865550101", routing.Inbound, at, "", "+17865550101", "+17865550101"},
		{"1002", routing.Inbound, at, "1002", "", "1002"},
		{"1001", routing.Inbound, at, "", "", "1001"},
		{"anonymous", routing.Inbound, at, "anonymous", "", ""},
		{"anonymous", routing.Outbound, at, "", "", ""},
		{"+13055550166", routing.Internal, at, "", "", "+13055550166"},
		{"no number", routing.Inbound, at, "", "", "no number"},
	} {
		got := plan.Screen(c.number, c.direction, c.now)
		by := ""
		if got.Block != nil {
			by = got.Block.Match
		}
		if by != c.blocked || got.Allowed != c.allowed || got.Number.String() != c.read {
			t.Errorf("%s, %s: blocked by %q, allowed by %q, read as %q", c.number, c.direction, by, got.Allowed, got.Number)
		}
	}
}
