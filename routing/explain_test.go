package routing

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What people see of some calls: testdata/explain has one file a call.
func TestExplainText(t *testing.T) {
	d := platform(t)
	calls := map[string]Call{
		"route": with(inboundCall("+15557770000", "15551230001"), func(c *Call) {
			c.CallerName = "Eve\x1b[2J"
			c.Headers = map[string]string{"X-Campaign": "autumn"}
		}),
		"rule":      inboundCall("+15551112222", "+15551230001"),
		"blocked":   inboundCall("+15550000001", "+15551230001"),
		"anonymous": with(inboundCall("+15550000001", "+15551230003"), func(c *Call) { c.Anonymous = true }),
		"unknown":   with(inboundCall("+15557770000", "sip:\x07"), func(c *Call) { c.AuthUser, c.AuthDomain = "1001", "evil.example.com" }),
		"internal":  phoneCall("1001", "acme.test", "1003"),
		"outside":   phoneCall("1001", "acme.test", "5557650000"),
		"denied":    phoneCall("1001", "acme.test", "+442079460018"),
		"suspended": inboundCall("+15557770000", "+15551240001"),
		"no-route":  inboundCall("+15557770000", "+49309876543"),
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			got := d.Explain(call, noon).String()
			compareFile(t, filepath.Join("testdata/explain", name+".txt"), got)
			if strings.ContainsAny(got, "\x1b\x07") {
				t.Error("control characters of the call are shown")
			}
		})
	}
}

func compareFile(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// An explanation that tells something else than what happened is worse than
// none.
func TestExplainDecidesAsDecideDoes(t *testing.T) {
	d := platform(t)
	for _, call := range []Call{
		inboundCall("+15557770000", "+15551230001"), inboundCall("+15551112222", "+15551230001"), inboundCall("+15550000001", "+15551230001"),
		inboundCall("", ""), phoneCall("1001", "acme.test", "1002"), phoneCall("1001", "acme.test", "+442079460018"),
	} {
		decision, explanation := d.Decide(call, noon), d.Explain(call, noon)
		if decision.Verdict != explanation.Verdict || decision.Destination != explanation.Destination || decision.Rule != explanation.Rule ||
			decision.Tenant != explanation.TenantID {
			t.Errorf("decided %+v, explained %+v", decision, explanation)
		}
	}
}

func TestExplainJSON(t *testing.T) {
	d := platform(t)
	data, err := json.MarshalIndent(d.Explain(inboundCall("+15551112222", "+15551230001"), noon), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compareFile(t, "testdata/explain/rule.json", string(data)+"\n")
}
