package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchyard/routing"
)

const (
	docsFolder      = "../../docs/"
	scenariosFolder = "../../testdata/scenarios/"
)

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(docsFolder + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var marked = regexp.MustCompile(`(?s)<!-- ([a-z]+)(?:: ([a-z0-9.-]+))? -->\n(.*?)<!-- end -->`)

// What stands between <!-- KIND: NAME --> and <!-- end --> in a page is taken
// from where it is true. -update writes it.
func TestDocsExamples(t *testing.T) {
	for name, kinds := range map[string][]string{
		"scenarios.md": {"scenario"},
		"webhooks.md":  {"webhooks"},
		"rules.md":     {"names"},
	} {
		text := page(t, name)
		var found []string
		filled := marked.ReplaceAllStringFunc(text, func(block string) string {
			parts := marked.FindStringSubmatch(block)
			found = append(found, parts[1])
			head, _, _ := strings.Cut(block, "\n")
			return head + "\n" + example(t, parts[1], parts[2]) + "<!-- end -->"
		})
		if !slices.Equal(found, kinds) {
			t.Errorf("docs/%s has examples %v, want %v", name, found, kinds)
		}
		if filled == text {
			continue
		}
		if !*update {
			t.Errorf("docs/%s is out of date; -update writes it", name)
			continue
		}
		if err := os.WriteFile(docsFolder+name, []byte(filled), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func example(t *testing.T, kind, name string) string {
	t.Helper()
	switch kind {
	case "scenario":
		return "\n```text\n" + scenarioText(t, name) + "```\n\n"
	case "webhooks":
		return "\n```json\n" + webhookBodies(t, name) + "```\n\n"
	case "names":
		return namesTable()
	}
	t.Fatalf("no examples of kind %q", kind)
	return ""
}

func scenarioText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(scenariosFolder + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// webhookBodies are those a scenario expects, indented.
func webhookBodies(t *testing.T, name string) string {
	t.Helper()
	s, err := Parse([]byte(scenarioText(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for line := range strings.Lines(s.Expected["webhooks"]) {
		if err := json.Indent(&out, []byte(strings.ReplaceAll(line, `"CALL"`, `"`+callID+`"`)), "", "  "); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func namesTable() string {
	var b strings.Builder
	b.WriteString("\n| name | type | what |\n|---|---|---|\n")
	for _, n := range routing.Names() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", n.Name, strings.TrimPrefix(n.Type, "google.protobuf."), n.Doc)
	}
	return b.String() + "\n"
}

var (
	namedScenario = regexp.MustCompile("`([a-z0-9-]+\\.txtar)`")
	namedTest     = regexp.MustCompile("`(Test\\w+)(?:/([^`]+))?`")
)

// docs/features.md names every scenario, and nothing that is not there.
func TestFeatures(t *testing.T) {
	text := page(t, "features.md")
	named := map[string]bool{}
	for _, m := range namedScenario.FindAllStringSubmatch(text, -1) {
		named[m[1]] = true
		if _, err := os.Stat(scenariosFolder + m[1]); err != nil {
			t.Errorf("docs/features.md: %v", err)
		}
	}
	files, err := filepath.Glob(scenariosFolder + "*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		if !named[filepath.Base(file)] {
			t.Errorf("docs/features.md does not name %s", filepath.Base(file))
		}
	}
	sources := testSources(t)
	for _, m := range namedTest.FindAllStringSubmatch(text, -1) {
		if !slices.ContainsFunc(sources, func(source string) bool {
			return strings.Contains(source, "func "+m[1]+"(t *testing.T)") && strings.Contains(source, m[2])
		}) {
			t.Errorf("docs/features.md: there is no test %s", m[0])
		}
	}
}

// testSources are the texts of all test files of the module.
func testSources(t *testing.T) []string {
	t.Helper()
	var sources []string
	for _, pattern := range []string{"../../internal/*/*_test.go", "../../internal/*/*/*_test.go", "../../cmd/*/*_test.go", "../../routing/*_test.go", "../../dialplan/*_test.go", "../../handlers/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, string(source))
		}
	}
	return sources
}

var fileBlock = regexp.MustCompile("(?ms)^```yaml\n# file: ([a-z.]+)\n(.*?)^```$")

// The example files of docs/configuration.md are a configuration without
// mistakes and warnings, and every key there is has a line.
func TestConfigurationReference(t *testing.T) {
	text := page(t, "configuration.md")
	var files []routing.File
	for _, m := range fileBlock.FindAllStringSubmatch(text, -1) {
		if m[1] != "settings.yaml" { // checked where settings are read
			files = append(files, routing.File{Name: m[1], Data: []byte(m[2])})
		}
	}
	if _, _, problems := routing.CompileFiles(files); len(files) != 2 || len(problems) > 0 {
		t.Errorf("%d example files, problems %v", len(files), problems)
	}
	keys := append(keysOf(reflect.TypeFor[routing.OperatorConfig](), ""), keysOf(reflect.TypeFor[routing.TenantConfig](), "")...)
	for _, key := range keys {
		if !strings.Contains(text, "`"+key+"`") {
			t.Errorf("docs/configuration.md has no `%s`", key)
		}
	}
}

// keysOf gives the keys of a configuration type as the reference writes them,
// without the ids that every entry may have.
func keysOf(typ reflect.Type, prefix string) []string {
	var keys []string
	for i := range typ.NumField() {
		field := typ.Field(i)
		key := prefix + field.Tag.Get("yaml")
		inner := field.Type
		switch {
		case key == prefix, field.Tag.Get("yaml") == "id":
		case inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct:
			keys = append(keys, keysOf(inner.Elem(), key+"[].")...)
		case inner == reflect.TypeFor[routing.RuleSet]():
			keys = append(keys, keysOf(inner, key+".")...)
		default:
			keys = append(keys, key)
		}
	}
	return keys
}
