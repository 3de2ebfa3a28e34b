package routing

import (
	"strings"
	"testing"
	"time"
)

// explain says who does not ring by the configuration alone, and shows no way on
// that a call cannot take.
func TestExplainShowsWhoIsNotRung(t *testing.T) {
	directory := compiled(t, File{Name: "operator.yaml", Data: []byte(`
trunks: [{name: a, gateway: a, country: US}]
tenants:
  - {id: 6a097cb2-504f-43be-819a-b76209976818, name: acme, country: US, domains: [acme.example], numbers: ["+13055550100", "+13055550101"], trunks: [a], countries: [US]}
`)}, File{Name: "acme.yaml", Data: []byte(`
tenant: acme
extensions:
  - {extension: "1001", doNotDisturb: true, forward: {busy: {number: "1002"}}, exits: {no-answer: {route: voicemail, target: "1001"}}}
  - {extension: "1002"}
  - {extension: "1003", forward: {always: {number: "1002"}}}
ringGroups:
  - {name: g, members: [{number: "1001"}, {number: "1002"}, {number: "1003"}]}
dids:
  - {number: "+13055550100", inboundRoute: extension, routeTarget: "1001"}
  - {number: "+13055550101", inboundRoute: ringgroup, routeTarget: g}
`)})
	for to, want := range map[string]string{
		"+13055550100": "extension 1001 [not rung: 1001 do-not-disturb, forwards busy]\n   busy -> extension 1002",
		"+13055550101": "[not rung: 1001 do-not-disturb, forwards busy; 1003 forwarded]",
	} {
		text := directory.Explain(Call{CallerNumber: "+13055550111", Dialled: to}, time.Unix(0, 0), nil).String()
		if !strings.Contains(text, want) || strings.Contains(text, "1001\n   no-answer") {
			t.Errorf("to %s:\n%s\nwant %q", to, text, want)
		}
	}
}
