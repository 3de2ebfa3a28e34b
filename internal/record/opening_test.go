package record

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/handlers"
	"switchyard/routing"
)

const operatorFile = `
defaultCountry: US
trunks:
  - {name: main, gateway: gw1, country: US}
tenants:
  - id: 7d3f0d9e-5c1b-4f6a-9d2e-000000000001
    name: acme
    country: US
    domains: [acme.example.com]
    numbers: ["+17862757830"]
`

const tenantFile = `
tenant: acme
extensions:
  - {extension: "1001"}
dids:
  - {number: "+17862757830", inboundRoute: extension, routeTarget: "1001"}
webhooks:
  - {id: 7d3f0d9e-5c1b-4f6a-9d2e-000000000010, name: on, url: "https://crm.example.com/a"}
  - {id: 7d3f0d9e-5c1b-4f6a-9d2e-000000000020, name: off, url: "https://crm.example.com/b", enabled: false}
  - {id: 7d3f0d9e-5c1b-4f6a-9d2e-000000000030, name: ends, url: "https://crm.example.com/c", events: [call.ended], order: none}
`

func decide(t *testing.T, call routing.Call, at time.Time) Started {
	t.Helper()
	_, directory, problems := routing.CompileFiles([]routing.File{
		{Name: "operator.yaml", Data: []byte(operatorFile)}, {Name: "acme.yaml", Data: []byte(tenantFile)},
	})
	if directory == nil {
		t.Fatal(problems)
	}
	return Started{Call: call, Decision: directory.Decide(call, at, nil), At: at}
}

func TestOpening(t *testing.T) {
	at := time.Date(2026, 4, 7, 14, 15, 2, 0, time.UTC)
	s := decide(t, routing.Call{
		ID: "c1", Switch: "fs1", SIPCallID: "abc\r\n@x", CallerNumber: "7861234567", CallerName: "Ann\x00\u202e",
		Dialled: "7862757830", Trunk: "main", CreatedAt: at.Add(-time.Second),
	}, at)
	o := openingOf(s)
	if !o.accepted || o.before {
		t.Errorf("accepted %v, before %v", o.accepted, o.before)
	}
	if len(o.call.Facts) == 0 {
		t.Error("no facts of the decision were kept")
	}
	o.call.Facts = nil
	want := Call{
		ID: "c1", TenantID: "7d3f0d9e-5c1b-4f6a-9d2e-000000000001", Switch: "fs1", SIPCallID: "abc@x",
		Direction: routing.Inbound, Source: "live",
		CallerNumber: "+17861234567", CallerName: "Ann", CallerRaw: "7861234567",
		Dialled: "+17862757830", DialledRaw: "7862757830", InboundDID: "+17862757830",
		Destination: "1001", DestinationRoute: routing.RouteExtension,
		StartedAt: at.Add(-time.Second), Status: handlers.StatusActive,
	}
	if d := cmp.Diff(want, o.call); d != "" {
		t.Error("record (-want +got):\n", d)
	}
	for event, want := range map[string][]string{
		CallStarted: {"7d3f0d9e-5c1b-4f6a-9d2e-000000000010"},
		CallEnded:   {"7d3f0d9e-5c1b-4f6a-9d2e-000000000010", "7d3f0d9e-5c1b-4f6a-9d2e-000000000030"},
	} {
		h := happening{kind: event}
		h.subscribe(o.webhooks)
		if d := cmp.Diff(want, h.endpoints); d != "" {
			t.Errorf("subscribers of %s: %s", event, d)
		}
		if len(h.unordered) != len(want)-1 || len(h.unordered) == 1 && h.unordered[0] != want[1] {
			t.Errorf("%s goes at once to %v", event, h.unordered)
		}
	}
}

func TestOpeningOfAnUnknownNumber(t *testing.T) {
	at := time.Date(2026, 4, 7, 14, 15, 2, 0, time.UTC)
	o := openingOf(decide(t, routing.Call{ID: "c1", CallerNumber: "x\x00y", Dialled: "+4930123456"}, at))
	if o.accepted || o.call.TenantID != "" || len(o.webhooks) != 0 || !o.call.StartedAt.Equal(at) || o.call.CallerNumber == "x\x00y" {
		t.Errorf("%+v", o)
	}
}
