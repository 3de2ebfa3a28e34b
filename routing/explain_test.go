package routing

import (
	"encoding/json"
	"fmt"
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
			got := d.Explain(call, noon, nil).String()
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
		decision, explanation := d.Decide(call, noon, nil), d.Explain(call, noon, nil)
		if decision.Verdict != explanation.Verdict || decision.Destination != explanation.Destination || decision.Rule != explanation.Rule ||
			decision.Tenant != explanation.TenantID {
			t.Errorf("decided %+v, explained %+v", decision, explanation)
		}
	}
}

func TestExplainJSON(t *testing.T) {
	d := platform(t)
	data, err := json.MarshalIndent(d.Explain(inboundCall("+15551112222", "+15551230001"), noon, nil), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compareFile(t, "testdata/explain/rule.json", string(data)+"\n")
}

const ringingOffice = `
extensions:
  - extension: "1001"
    callLimit: 2
    followMe: [{number: mobile, delaySeconds: 10, confirm: true}]
    forward:
      busy: {number: "1002"}
      no-answer: {number: mobile, ringSeconds: 20}
    exits:
      no-answer: {route: voicemail, target: "1001"}
      failed: {route: ringgroup, target: sales}
  - extension: "1002"
    forward: {busy: {number: "1001"}, no-answer: {number: "1001"}, unregistered: {number: "+15550001111"}}
  - extension: "1003"
    forward: {always: {number: "1002"}}
    exits: {busy: {route: hangup, target: USER_BUSY}}
  - extension: "1009"
ringGroups:
  - name: sales
    extension: "2000"
    members:
      - {number: "1001"}
      - {number: "1002", delaySeconds: 5, ringSeconds: 30}
      - {number: mobile, confirm: true}
    exitKey: "0"
    exits:
      no-answer: {route: ringgroup, target: everybody}
      exit-key: {route: voicemail, target: "1001"}
  - name: everybody
    strategy: sequence
    callLimit: 3
    members: [EVERYBODY]
    exits: {call-limit: {route: hangup, target: USER_BUSY}}
forwards: [{name: mobile, number: "+15557654321"}]
defaultDestination: {route: voicemail, target: "1002"}
`

func TestExplainForwardsAndGroups(t *testing.T) {
	everybody := make([]string, 12)
	for i := range everybody {
		everybody[i] = fmt.Sprintf(`{number: "+155500020%02d"}`, i)
	}
	d := officeDirectory(t, strings.Replace(ringingOffice, "EVERYBODY", strings.Join(everybody, ", "), 1))
	for name, dialled := range map[string]string{"forwards": "1001", "forwarded": "1003", "ringgroup": "2000"} {
		t.Run(name, func(t *testing.T) {
			e := d.Explain(phoneCall("1009", "acme.test", dialled), noon, nil)
			compareFile(t, filepath.Join("testdata/explain", name+".txt"), e.String())
			data, err := json.MarshalIndent(e, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			compareFile(t, filepath.Join("testdata/explain", name+".json"), string(data)+"\n")
		})
	}
}

// However extensions forward to each other, an explanation stays of a size that
// can be shown.
func TestExplanationIsBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString("extensions:\n")
	for i := range 40 {
		fmt.Fprintf(&text, "  - {extension: \"%d\", forward: {busy: {number: \"%d\"}, no-answer: {number: \"%d\"}, unregistered: {number: \"%d\"}}}\n",
			1000+i, 1000+(i+1)%40, 1000+(i+7)%40, 1000+(i+13)%40)
	}
	d := compiled(t, File{Name: "operator.yaml", Data: []byte(strings.Replace(officeOperator, "maxForwards: 3", "maxForwards: 10", 1))},
		File{Name: "acme.yaml", Data: []byte("tenant: acme\n" + text.String())})
	shown, cut := 0, 0
	var count func(branches []Branch, depth int)
	count = func(branches []Branch, depth int) {
		for _, b := range branches {
			shown++
			if b.More {
				cut++
			}
			if b.More && b.Next != nil || depth == maxShownDepth && b.Next != nil {
				t.Error("followed too far")
			}
			count(b.Next, depth+1)
		}
	}
	e := d.Explain(phoneCall("1000", "acme.test", "1001"), noon, nil)
	count(e.Next, 1)
	if most := maxShownBranches + 5*maxShownDepth; shown > most || shown < maxShownBranches || cut == 0 {
		t.Errorf("%d branches, of which %d were not followed; the most is %d", shown, cut, most)
	}
	if text := e.String(); strings.Count(text, "…") != cut {
		t.Errorf("%d marks of %d", strings.Count(text, "…"), cut)
	}
}
