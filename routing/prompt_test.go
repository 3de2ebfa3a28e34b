package routing

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseTone(t *testing.T) {
	cases := []struct {
		text string
		want time.Duration // 0: refused
	}{
		{"%(500,200,440)", 700 * time.Millisecond},
		{"%(500,0,440,480)", 500 * time.Millisecond},
		{"%(100,100,1,2,3,4000)%(1,0,440)", 201 * time.Millisecond},
		{"%(500,500,440);loops=20", 20 * time.Second},
		{"%(500,500,440);loops=21", 0},
		{"%(20000,0,440)", 20 * time.Second},
		{"%(20000,1,440)", 0},
		{"%(20001,0,440)", 0},
		{"%(1,0,440);loops=100", 100 * time.Millisecond},
		{"%(1,0,440);loops=101", 0},
		{"", 0},
		{";loops=2", 0},
		{"%()", 0},
		{"%(500,200)", 0},
		{"%(500,200,)", 0},
		{"%(500,200,440", 0},
		{"%(500,200,440))", 0},
		{"%(500,200,440)x", 0},
		{"x%(500,200,440)", 0},
		{"%(0,200,440)", 0},
		{"%(500,200,0)", 0},
		{"%(500,200,4001)", 0},
		{"%(500,200,1,2,3,4,5)", 0},
		{"%(-1,200,440)", 0},
		{"%(+1,200,440)", 0},
		{"%(01,200,440)", 0},
		{"%(1.5,200,440)", 0},
		{"%(500, 200, 440)", 0},
		{"%(500,200,440);loops=", 0},
		{"%(500,200,440);loops=0", 0},
		{"%(500,200,440);loops=-1", 0},
		{"%(500,200,440);loops=2;loops=2", 0},
		{"%(500,200,440);Loops=2", 0},
		{"v=-7;%(500,200,440)", 0},
		{"%(9999999999999999999,1,440)", 0},
		{strings.Repeat("%(1,0,440)", 20), 20 * time.Millisecond},
		{strings.Repeat("%(1,0,440)", 21), 0},
	}
	for _, c := range cases {
		got, wrong := parseTone(c.text)
		if got != c.want || (wrong.message == "") != (c.want > 0) {
			t.Errorf("tone %q: %v, %q; want %v", c.text, got, wrong.message, c.want)
		}
	}
}

// FuzzParseTone: what is accepted is bounded and has no other characters than
// those of its language.
func FuzzParseTone(f *testing.F) {
	for _, seed := range []string{"%(500,200,440)", "%(500,200,440,480)%(1,1,1);loops=3", "%(,,)", ";loops=1", "%(1,0,1);loops=99999", "L=3;%(1,1,1)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		length, wrong := parseTone(text)
		if wrong.message != "" {
			if length != 0 {
				t.Fatalf("%q: %v beside %q", text, length, wrong.message)
			}
			return
		}
		if length <= 0 || length > 20*time.Second || strings.Trim(text, "%(),;lops=0123456789") != "" {
			t.Fatalf("%q lasts %v", text, length)
		}
		again, _ := parseTone(text + text)
		if !strings.Contains(text, ";") && again != 0 && again != 2*length {
			t.Fatalf("%q lasts %v, twice %v", text, length, again)
		}
	})
}

func TestPrompts(t *testing.T) {
	plan := office(t, `
extensions: [{extension: "1001"}]
ivrMenus:
  - name: main
    greeting: {file: main.wav, text: Welcome.}
    repeatGreeting: {text: Choose.}
    invalidPrompt: {tone: "%(100,100,440)"}
    language: de
    digits: {"1": {route: voicemail, target: "1001"}}
  - name: sub
    greeting: {text: Choose., language: fr-FR, voice: marie}
    invalidPrompt: {tone: "%(100,100,440)"}
    digits: {"1": {route: voicemail, target: "1001"}}
  - name: open
    greeting: {text: Hours.}
    repeatGreeting: {file: hours.ogg}
    digits: {"1": {route: voicemail, target: "1001"}}
rules:
  - {name: french, when: "call.from == \"+33123456789\"", then: {route: ivr, target: open}, set: {language: fr-FR}}
recording: {policy: always, announcement: {file: recorded.wav}}
`)
	want := []Prompt{
		{Text: "Choose.", Language: "de"},
		{Text: "Choose.", Language: "fr-FR", Voice: "marie"},
		{Text: "Hours."},
		{Text: "Hours.", Language: "de"},
		{Text: "Hours.", Language: "fr-FR"},
		{Tone: "%(100,100,440)"},
		{File: "hours.ogg"},
		{File: "main.wav", Text: "Welcome.", Language: "de"},
		{File: "recorded.wav"},
	}
	if diff := cmp.Diff(want, plan.Prompts()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecords(t *testing.T) {
	yes, no := true, false
	directions := []Direction{Inbound, Outbound, Internal}
	cases := []struct {
		policy RecordingPolicy
		set    *bool
		want   [3]bool // of directions
	}{
		{"", nil, [3]bool{}},
		{"", &yes, [3]bool{}},
		{RecordNever, nil, [3]bool{}},
		{RecordNever, &yes, [3]bool{}},
		{RecordAlways, nil, [3]bool{true, true, true}},
		{RecordAlways, &no, [3]bool{}},
		{RecordInbound, nil, [3]bool{true, false, false}},
		{RecordInbound, &yes, [3]bool{true, true, true}},
		{RecordInbound, &no, [3]bool{}},
		{RecordOutbound, nil, [3]bool{false, true, false}},
		{RecordOutbound, &no, [3]bool{}},
		{RecordByRule, nil, [3]bool{}},
		{RecordByRule, &yes, [3]bool{true, true, true}},
		{RecordByRule, &no, [3]bool{}},
	}
	for _, c := range cases {
		config := TenantConfig{Tenant: "acme"}
		if c.policy != "" {
			config.Recording = &Recording{Policy: c.policy}
		}
		directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
		if Refused(problems) {
			t.Fatal(problems)
		}
		plan := planOf(t, directory, "acme")
		if r := plan.Recording(); !*r.Stereo || r.Policy == "" {
			t.Errorf("policy %q: %+v", c.policy, r)
		}
		for i, direction := range directions {
			if got := plan.Records(direction, RuleSet{Recording: c.set}); got != c.want[i] {
				t.Errorf("policy %q, %s call, set %v: %v", c.policy, direction, c.set != nil && *c.set, got)
			}
		}
	}
}
