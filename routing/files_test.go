package routing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFilesJoinsTheFilesOfATenant(t *testing.T) {
	cfg, problems := ParseFiles(platformFiles(t))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if len(cfg.Tenants) != 2 || cfg.Tenants[0].Tenant != "acme" || cfg.Tenants[1].Tenant != "globex" {
		t.Fatalf("tenants %+v", cfg.Tenants)
	}
	acme := cfg.Tenants[0]
	if len(acme.Rules) != 5 || len(acme.Extensions) != 3 || len(acme.DIDs) != 2 {
		t.Errorf("%d rules, %d extensions, %d dids", len(acme.Rules), len(acme.Extensions), len(acme.DIDs))
	}
	if acme.Extensions[1].Extension != "1002" {
		t.Errorf("a number without quotes is read as %q", acme.Extensions[1].Extension)
	}
	if *acme.Rules[3].Enabled {
		t.Error("enabled: false is read as true")
	}
}

func TestParseFilesTellsEmptySectionsFromMissingOnes(t *testing.T) {
	cfg, problems := ParseFiles([]File{{Name: "a.yaml", Data: []byte("tenant: acme\nrules: []\nlists:\nextensions:\n  - extension: \"1001\"\n")}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	acme := cfg.Tenants[0]
	if acme.Rules == nil || acme.Lists == nil || acme.DIDs != nil {
		t.Errorf("rules nil: %v, lists nil: %v, dids nil: %v", acme.Rules == nil, acme.Lists == nil, acme.DIDs == nil)
	}
}

func TestParseFilesTakesJSONAndEmptyFiles(t *testing.T) {
	cfg, problems := ParseFiles([]File{
		{Name: "empty.yaml"},
		{Name: "comment.yaml", Data: []byte("# nothing yet\n")},
		{Name: "a.json", Data: []byte(`{"tenant": "acme", "extensions": [{"extension": "1001", "exits": {"busy": {"route": "voicemail", "target": "1001"}}}]}`)},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []TenantConfig{{
		Tenant:     "acme",
		Extensions: []Extension{{Extension: "1001", Exits: Exits{Busy: {RouteVoicemail, "1001"}}}},
	}}
	if diff := cmp.Diff(want, cfg.Tenants); diff != "" {
		t.Errorf("tenants (-want +got):\n%s", diff)
	}
}

func TestCompileNamesTheOwnerWhereThereAreNoFiles(t *testing.T) {
	_, problems := Compile(Config{
		Operator: OperatorConfig{Tenants: []TenantGrant{{ID: acmeID, Name: "acme", Timezone: "Mars"}}},
		Tenants: []TenantConfig{
			{Tenant: "acme", Rules: []Rule{{Name: "a", When: "call.frm == ''", Then: Destination{RouteHangup, "USER_BUSY"}}}},
			{Tenant: string(acmeID)},
		},
	})
	got := problemText(problems)
	want := strings.Join([]string{
		`operator.tenants[0].timezone: unknown time zone "Mars" (a name like Europe/Berlin)`,
		`acme.rules[0].when: unknown name call.frm (did you mean call.from?)`,
		string(acmeID) + `.tenant: tenant "acme" is configured twice`,
	}, "\n") + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func FuzzParseFiles(f *testing.F) {
	for _, file := range platformFiles(f) {
		f.Add(file.Data)
	}
	for _, text := range []string{"tenant: a\nrules: [{when: '", "- - - -", "a: &b *b", "{[", "? : ?", "tenant: \xff\n", "a: |\n  b\n c", "tenant: a\nextensions: [{exits: {busy: }}]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, directory, problems := CompileFiles([]File{{Name: "a.yaml", Data: data}})
		if directory == nil != Refused(problems) {
			t.Errorf("directory %v beside %v", directory, problems)
		}
		lines := strings.Count(string(data), "\n") + 1
		for _, p := range problems {
			if p.File != "a.yaml" || p.Line < 1 || p.Line > lines || p.Column < 1 {
				t.Errorf("a problem outside the file's %d lines: %+v", lines, p)
			}
		}
	})
}
