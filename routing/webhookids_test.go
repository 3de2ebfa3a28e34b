package routing

import (
	"strings"
	"testing"
)

const takenID = "4e3ef9ab-3a85-4bfc-9f2a-27d70b7f3a11"

// Whoever writes another tenant's id is refused, and the other is not, in
// whatever order the tenants come: what is stored has no positions.
func TestAnotherTenantsWebhookID(t *testing.T) {
	files := []File{
		{Name: "operator.yaml", Data: []byte(`
tenants:
  - {id: 5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a10, name: acme, domains: [acme.example.com], country: US}
  - {id: 6c1f7f0e-4a53-4d0f-8a55-1d6d5e2f7a11, name: globex, domains: [globex.example.com], country: US}
`)},
		{Name: "acme.yaml", Data: []byte("tenant: acme\nwebhooks:\n  - {name: a, url: \"https://a.example.com/\", id: " + takenID + "}\n")},
		{Name: "globex.yaml", Data: []byte("tenant: globex\nwebhooks:\n  - {name: b, url: \"https://b.example.com/\", id: " + takenID + "}\n")},
	}
	for _, stored := range []string{"acme", "globex"} {
		cfg, problems := ParseFiles(files)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		delete(cfg.positions, stored)
		_, problems = Compile(cfg)
		if len(problems) != 1 || !strings.Contains(problems[0].Message, "another tenant's webhook") {
			t.Fatalf("%s is stored: %v", stored, problems)
		}
		if p := problems[0]; p.File == stored+".yaml" || p.Line != 3 || p.Hint == "" || strings.Contains(p.String(), stored) {
			t.Errorf("%s is stored: %s", stored, p)
		}
	}
}
