package main

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func noEnvironment(string) string { return "" }

func settingsFrom(t *testing.T, text string) (settings, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return readSettings(file, noEnvironment)
}

// What a settings file does not say stays at its default.
func TestSettingsDefaults(t *testing.T) {
	debug := defaultSettings()
	debug.Log.Level = "debug"
	for text, want := range map[string]settings{
		"":                           defaultSettings(),
		"---\n":                      defaultSettings(),
		"# esl: {listen: \"x:1\"}\n": defaultSettings(),
		"esl:\n":                     defaultSettings(),
		"esl: {allow: }\n":           defaultSettings(),
		"log: {level: debug}\n":      debug,
	} {
		got, err := settingsFrom(t, text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (- want, + got):\n%s", text, diff)
		}
	}
}

var (
	settingsBlock = regexp.MustCompile("(?ms)^```yaml\n# file: settings.yaml\n(.*?)^```$")
	helpBlock     = regexp.MustCompile(`(?ms)^  esl: .*?grace:[^\n]*`)
)

// docs/configuration.md has a line for every setting, with the variable that
// sets it, and its example is read without a mistake.
func TestSettingsReference(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	block := settingsBlock.FindSubmatch(text)
	if block == nil {
		t.Fatal("docs/configuration.md has no example of a settings file")
	}
	usable(t, string(block[1]))
	for key, field := range settingsKeys(reflect.TypeFor[settings](), "") {
		variable := "SWITCHYARD_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
		if line := "| `" + key + "` | `" + variable + "` |"; !strings.Contains(string(text), line) {
			t.Errorf("docs/configuration.md has no line %s", line)
		}
		value, want := "7", any(7)
		switch reflect.Zero(field.Type).Interface().(type) {
		case string:
			want = "7"
		case []string:
			value, want = "7, 8", []string{"7", "8"}
		case bool:
			value, want = "true", true
		}
		s, err := readSettings("", func(name string) string { return map[string]string{variable: value}[name] })
		if err != nil {
			t.Errorf("%s: %v", variable, err)
		}
		if got := at(s, key); !reflect.DeepEqual(got, want) {
			t.Errorf("%s=%s makes %s %v", variable, value, key, got)
		}
	}
}

// What serve --help shows are the defaults.
func TestSettingsInHelp(t *testing.T) {
	shown := helpBlock.FindString(serveCommand{}.Help())
	got := usable(t, regexp.MustCompile("(?m)^  ").ReplaceAllString(shown, ""))
	want := defaultSettings()
	want.ESL.Allow, want.Webhooks.Allow = []string{"127.0.0.0/8"}, []string{}
	want.Switches, want.CDR.Folders, want.Speech.Command = []string{}, []string{}, []string{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-) and serve --help (+):\n%s", diff)
	}
}

// usable reads settings and everything in them that is looked at later.
func usable(t *testing.T, text string) settings {
	t.Helper()
	s, err := settingsFrom(t, text)
	if err != nil {
		t.Fatal(err)
	}
	_, peers := s.allowedPeers()
	_, targets := s.webhookTargets()
	_, grace := s.grace()
	_, sessions := s.maxSessions()
	_, log := newLog(s, os.Stderr)
	_, lease := s.lease()
	_, _, retention := s.retention()
	_, switches := s.switchAddresses()
	_, prompts := s.prompts()
	_, recordings := s.recordingsFolder()
	_, speech := s.speech()
	for _, err := range []error{peers, targets, grace, sessions, log, lease, retention, switches, prompts, recordings, speech} {
		if err != nil {
			t.Error(err)
		}
	}
	return s
}

// settingsKeys gives the settings by their path.
func settingsKeys(typ reflect.Type, prefix string) map[string]reflect.StructField {
	keys := map[string]reflect.StructField{}
	for i := range typ.NumField() {
		field := typ.Field(i)
		key := prefix + field.Tag.Get("yaml")
		if field.Type.Kind() == reflect.Struct {
			maps.Copy(keys, settingsKeys(field.Type, key+"."))
			continue
		}
		keys[key] = field
	}
	return keys
}

// at gives the value of a setting.
func at(s settings, key string) any {
	v := reflect.ValueOf(s)
	for name := range strings.SplitSeq(key, ".") {
		i := slices.IndexFunc(reflect.VisibleFields(v.Type()), func(f reflect.StructField) bool { return f.Tag.Get("yaml") == name })
		v = v.Field(i)
	}
	return v.Interface()
}
