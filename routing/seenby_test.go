package routing

import "testing"

// A tenant sees its own numbers, phones and trunks, as they count for calls, and
// nobody else's.
func TestSeenBy(t *testing.T) {
	_, whole, problems := CompileFiles([]File{
		{Name: "operator.yaml", Data: []byte(`
trunks: [{name: rival-line, country: GB}, {name: carrier-a, gateway: carrier-a, country: US}]
tenants:
  - {name: rival, id: 7b097cb2-504f-43be-819a-b76209976819, country: US, domains: [rival.example], numbers: ["+13055550200"], trunks: [rival-line]}
  - {name: acme, id: 6a097cb2-504f-43be-819a-b76209976818, country: US, domains: [Acme.example], numbers: ["+13055550100"], trunks: [carrier-a]}
`)},
		{Name: "acme.yaml", Data: []byte("tenant: acme\nextensions: [{extension: \"1001\"}]\ndids: [{number: \"+13055550100\", inboundRoute: extension, routeTarget: \"1001\"}]\n")},
		{Name: "rival.yaml", Data: []byte("tenant: rival\nextensions: [{extension: \"1001\"}]\ndids: [{number: \"+13055550200\", inboundRoute: extension, routeTarget: \"1001\"}]\n")},
	})
	if whole == nil {
		t.Fatal(problems)
	}
	seen, ok := whole.SeenBy("acme")
	if !ok {
		t.Fatal("there is no such tenant")
	}
	for _, c := range []struct {
		name          string
		call          Call
		tenant, trunk string
	}{
		{"its number", Call{Dialled: "+13055550100"}, "6a097cb2-504f-43be-819a-b76209976818", "carrier-a"},
		{"national, over its trunk", Call{Dialled: "3055550100", Trunk: "carrier-a"}, "6a097cb2-504f-43be-819a-b76209976818", "carrier-a"},
		{"over another's trunk", Call{Dialled: "3055550100", Trunk: "rival-line"}, "6a097cb2-504f-43be-819a-b76209976818", "carrier-a"},
		{"its phone", Call{Dialled: "1001", AuthUser: "1001", AuthDomain: "acme.example"}, "6a097cb2-504f-43be-819a-b76209976818", ""},
		{"another's number", Call{Dialled: "+13055550200"}, "", "carrier-a"},
		{"another's phone", Call{Dialled: "1001", AuthUser: "1001", AuthDomain: "rival.example"}, "", "carrier-a"},
	} {
		if d := seen.Decide(c.call, blamedAt, nil); string(d.Tenant) != c.tenant || d.Trunk != c.trunk {
			t.Errorf("%s: tenant %q, trunk %q; want %q and %q", c.name, d.Tenant, d.Trunk, c.tenant, c.trunk)
		}
	}
	if _, ok := seen.Plan("rival"); ok {
		t.Error("it has the plan of another tenant")
	}
	if _, ok := whole.SeenBy("nobody"); ok {
		t.Error("nobody sees something")
	}
}
