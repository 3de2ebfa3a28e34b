package api

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/config"
	"switchyard/routing"
)

// configured gives an extension as it is stored.
func (e *endpoint) configured(number string) routing.Extension {
	e.t.Helper()
	cfg, _, err := e.cfg.Tenant("acme")
	if err != nil {
		e.t.Fatal(err)
	}
	for _, x := range cfg.Extensions {
		if x.Extension == number {
			return x
		}
	}
	e.t.Fatalf("no extension %s", number)
	return routing.Extension{}
}

// apply publishes a file as the operator does.
func (e *endpoint) apply(text string) {
	e.t.Helper()
	if _, err := e.cfg.Holder.Apply(e.t.Context(), config.Request{Files: []routing.File{{Name: "more.yaml", Data: []byte(text)}}}); err != nil {
		e.t.Fatal(err)
	}
}

func (e *endpoint) revision() int { return len(e.published.scopes[acme]) }

func TestExtensionsAreListedWithTheirPhones(t *testing.T) {
	e := newEndpoint(t)
	e.phones["1001@acme.example"] = routing.PhoneState{Known: true, AsOf: noon, Contacts: 2, Calls: 1}
	e.phones["1002@acme.example"] = routing.PhoneState{Known: true, Stale: true, AsOf: noon.Add(-time.Minute)}
	e.phones["1001@rival.example"] = routing.PhoneState{Known: true, AsOf: noon, Contacts: 9, Calls: 9}
	got := given[extensionsBody](e, e.as(e.readonly, "GET", "/api/extensions", ""), 200)
	yes, no, off := true, false, false
	zero, one, two := 0, 1, 2
	earlier := noon.Add(-time.Minute)
	gone, forwarded := routing.SkipUnregistered, routing.SkipForwarded
	want := []Extension{
		{
			ID: e.configured("1001").ID, Extension: "1001", DisplayName: "Reception", RingSeconds: 20, CallLimit: 2, FollowMe: []routing.FollowMe{},
			PhoneStatus: PhoneStatus{Registered: &yes, Contacts: &two, Calls: &one, OnCall: &yes, AsOf: &noon},
		},
		{
			ID: e.configured("1002").ID, Extension: "1002", RingSeconds: 25, FollowMe: []routing.FollowMe{}, Skipped: &gone,
			PhoneStatus: PhoneStatus{Registered: &no, Contacts: &zero, Calls: &zero, OnCall: &no, AsOf: &earlier, Stale: true},
		},
		{ // of which no switch told anything
			ID: e.configured("1003").ID, Extension: "1003", RingSeconds: 25, FollowMe: []routing.FollowMe{}, Skipped: &forwarded,
			Forward: CallForwards{
				Always: &CallForward{Number: "1001", Enabled: &yes},
				Busy:   &CallForward{Number: "1002", RingSeconds: 9, Confirm: true, Enabled: &off},
			},
		},
	}
	if diff := cmp.Diff(extensionsBody{Extensions: want}, got); diff != "" {
		t.Error(diff)
	}
}

// Unknown is null, and not zero.
func TestPhonesNobodyKnowsOf(t *testing.T) {
	e := newEndpoint(t)
	for name, change := range map[string]func(){
		"no switch was asked": func() {},
		"no switches":         func() { e.server.Phones = nil },
		"no domain": func() {
			e.apply("trunks: [{name: carrier-a, gateway: carrier-a, country: US}]\ntenants: [{name: acme, id: " + acme + ", country: US, numbers: [\"+13055550100\"], trunks: [carrier-a], countries: [US]}]\n")
		},
	} {
		change()
		body := e.as(e.readonly, "GET", "/api/extensions/1001", "").Body.String()
		for _, want := range []string{`"registered":null`, `"contacts":null`, `"calls":null`, `"onCall":null`, `"asOf":null`, `"stale":false`, `"skipped":null`, `"doNotDisturb":false`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in %s", name, want, body)
			}
		}
	}
}

func TestAnExtensionIsFoundByNumberAndID(t *testing.T) {
	e := newEndpoint(t)
	id := e.configured("1001").ID
	for _, ref := range []string{"1001", id, strings.ToUpper(id)} {
		if got := given[extensionBody](e, e.as(e.readonly, "GET", "/api/extensions/"+ref, ""), 200).Extension; got.Extension != "1001" {
			t.Errorf("%s: %+v", ref, got)
		}
	}
	for _, ref := range []string{"1009", "10 01", "%00", "..%2f1001", "6a097cb2-504f-43be-819a-b76209976818"} {
		for _, of := range []string{"", "/forward"} {
			e.refused(e.as(e.readonly, "GET", "/api/extensions/"+strings.ReplaceAll(ref, " ", "%20")+of, ""), 404, "not_found")
		}
		e.refused(e.as(e.admin, "PUT", "/api/extensions/"+strings.ReplaceAll(ref, " ", "%20")+"/do-not-disturb", `{"enabled":true}`), 404, "not_found")
	}
	e.refused(e.as(e.rival, "GET", "/api/extensions/1001", ""), 404, "not_found")
	e.refused(e.as(operatorKey, "GET", "/api/extensions", ""), 422, "invalid")
	if got := given[extensionsBody](e, e.as(e.rival, "GET", "/api/extensions", ""), 200); len(got.Extensions) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestExtensionsByPage(t *testing.T) {
	e := newEndpoint(t)
	var text strings.Builder
	text.WriteString("tenant: acme\nivrMenus: []\nschedules: []\nringGroups: []\nrules: []\ndids: []\ndefaultDestination: {route: extension, target: \"2000\"}\nextensions:\n")
	for i := range 5 {
		fmt.Fprintf(&text, "  - {extension: \"%d\"}\n", 2004-i)
	}
	e.apply(text.String())
	var got []string
	next := ""
	for range 10 {
		page := given[extensionsBody](e, e.as(e.readonly, "GET", "/api/extensions?limit=2&after="+next, ""), 200)
		for _, x := range page.Extensions {
			got = append(got, x.Extension)
		}
		if next = page.Next; next == "" {
			break
		}
		if len(got) == 2 { // what goes before the next page shifts nothing
			e.apply(strings.Replace(text.String(), "  - {extension: \"2001\"}\n", "", 1))
		}
	}
	if diff := cmp.Diff([]string{"2000", "2001", "2002", "2003", "2004"}, got); diff != "" {
		t.Error(diff)
	}
	first := given[extensionsBody](e, e.as(e.readonly, "GET", "/api/extensions?limit=1", ""), 200)
	for name, path := range map[string]string{
		"invented":         "/api/extensions?after=nonsense",
		"of another list":  "/api/ring-groups?after=" + url.QueryEscape(first.Next),
		"of another's":     "/api/extensions?tenantId=rival&after=" + url.QueryEscape(first.Next),
		"the block list's": "/api/blocklist?after=" + url.QueryEscape(first.Next),
		"the allow list's": "/api/allowlist?after=" + url.QueryEscape(first.Next),
	} {
		f := e.refused(e.as(operatorKey, "GET", path+map[bool]string{true: "", false: "&tenantId=acme"}[strings.Contains(path, "rival")], ""), 400, "bad_request")
		if !strings.Contains(f.Message, "no cursor of this list") {
			t.Errorf("%s: %s", name, f.Message)
		}
	}
}

// What is left out stays, null removes, a value replaces whole; nothing else of
// the extension changes.
func TestForwardsAreSet(t *testing.T) {
	on, off := true, false
	for body, change := range map[string]func(*routing.Extension){
		`{}`:                          func(*routing.Extension) {},
		`{"always":null}`:             func(x *routing.Extension) { delete(x.Forward, "always") },
		`{"busy":null,"always":null}`: func(x *routing.Extension) { x.Forward = nil },
		`{"unregistered":null}`:       func(*routing.Extension) {},
		`{"always":{"number":"+13055550199","ringSeconds":20,"confirm":true}}`: func(x *routing.Extension) {
			x.Forward["always"] = routing.CallForward{Number: "+13055550199", RingSeconds: 20, Confirm: true}
		},
		`{"busy":{"number":"1001"}}`: func(x *routing.Extension) { x.Forward["busy"] = routing.CallForward{Number: "1001"} },
		`{"no-answer":{"number":"1002","enabled":false},"unregistered":{"number":"1001","enabled":true}}`: func(x *routing.Extension) {
			x.Forward["no-answer"] = routing.CallForward{Number: "1002", Enabled: &off}
			x.Forward["unregistered"] = routing.CallForward{Number: "1001", Enabled: &on}
		},
	} {
		t.Run(body, func(t *testing.T) {
			e := newEndpoint(t)
			want := e.configured("1003")
			change(&want)
			answer := given[CallForwards](e, e.as(e.admin, "PUT", "/api/extensions/1003/forward", body), 200)
			if diff := cmp.Diff(want, e.configured("1003")); diff != "" {
				t.Error(diff)
			}
			read := e.as(e.readonly, "GET", "/api/extensions/1003/forward", "")
			if diff := cmp.Diff(answer, given[CallForwards](e, read, 200)); diff != "" {
				t.Error(diff)
			}
			// What was read can be written back, and changes nothing.
			before, everything := e.revision(), answer
			if diff := cmp.Diff(everything, given[CallForwards](e, e.as(e.admin, "PUT", "/api/extensions/1003/forward", read.Body.String()), 200)); diff != "" {
				t.Error(diff)
			}
			if again := e.as(e.admin, "PUT", "/api/extensions/1003/forward", read.Body.String()); again.Code != 200 || e.revision() > before+1 {
				t.Errorf("%d, revision %d after %d", again.Code, e.revision(), before)
			}
		})
	}
}

func TestAForwardOfAnExtensionWithoutAny(t *testing.T) {
	e := newEndpoint(t)
	want := e.configured("1001")
	given[CallForwards](e, e.as(e.admin, "PUT", "/api/extensions/"+strings.ToUpper(want.ID)+"/forward", `{"busy":{"number":"1002"}}`), 200)
	want.Forward = map[routing.ForwardType]routing.CallForward{"busy": {Number: "1002"}}
	if diff := cmp.Diff(want, e.configured("1001")); diff != "" || e.revision() != 2 {
		t.Errorf("revision %d, %s", e.revision(), diff)
	}
	plan, _ := e.cfg.Directory().Plan("acme")
	if to, ok := plan.ForwardOf("1001", routing.ForwardBusy); !ok || to.To.Target != "1002" {
		t.Errorf("calls go to %+v", to)
	}
	if log := e.log.String(); !strings.Contains(log, `"author":"crm"`) || !strings.Contains(log, "extension 1001 forwards changed") {
		t.Errorf("the log does not say who did what: %s", log)
	}
}

func TestForwardsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		body, code, path, says string
	}{
		"to nobody":      {`{"busy":{"number":"1009"}}`, "invalid_configuration", "extensions[0].forward.busy.number", `no extension, forward or number "1009"`},
		"to itself":      {`{"always":{"number":"1001"}}`, "invalid_configuration", "extensions[0].forward.always.number", "leads back to itself"},
		"abroad":         {`{"no-answer":{"number":"+442079460000"}}`, "invalid_configuration", "extensions[0].forward.no-answer.number", "GB"},
		"for too long":   {`{"always":{"number":"1002","ringSeconds":301}}`, "invalid_configuration", "extensions[0].forward.always.ringSeconds", "between 1 and 300"},
		"for less":       {`{"always":{"number":"1002","ringSeconds":-1}}`, "invalid_configuration", "extensions[0].forward.always.ringSeconds", "between 1 and 300"},
		"no number":      {`{"always":{"confirm":true}}`, "invalid", "body.always", "number"},
		"an empty one":   {`{"always":{"number":""}}`, "invalid", "body.always.number", "length"},
		"another type":   {`{"no_answer":{"number":"1002"}}`, "invalid", "body.no_answer", "unexpected property"},
		"another field":  {`{"always":{"number":"1002","seconds":3}}`, "invalid", "body.always.seconds", "unexpected property"},
		"a mere number":  {`{"always":"1002"}`, "invalid", "body.always", "expected object"},
		"no list either": {`[]`, "invalid", "body", "expected object"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			f := e.refused(e.as(e.admin, "PUT", "/api/extensions/1001/forward", c.body), 422, c.code)
			if len(f.Problems) == 0 || !strings.Contains(f.Problems[0].Path, c.path) || !strings.Contains(f.Problems[0].Message, c.says) {
				t.Errorf("%+v", f)
			}
			if e.revision() != 1 {
				t.Error("something was published")
			}
		})
	}
}

func TestDoNotDisturb(t *testing.T) {
	e := newEndpoint(t)
	want := e.configured("1001")
	got := given[extensionBody](e, e.as(e.admin, "PUT", "/api/extensions/1001/do-not-disturb", `{"enabled":true}`), 200).Extension
	if !got.DoNotDisturb || got.Skipped == nil || *got.Skipped != routing.SkipDoNotDisturb {
		t.Errorf("%+v", got)
	}
	want.DoNotDisturb = true
	if diff := cmp.Diff(want, e.configured("1001")); diff != "" || e.revision() != 2 {
		t.Errorf("revision %d, %s", e.revision(), diff)
	}
	for range 2 { // the second time there is nothing to publish
		got = given[extensionBody](e, e.as(e.admin, "PUT", "/api/extensions/1001/do-not-disturb", `{"enabled":false}`), 200).Extension
		if got.DoNotDisturb || got.Skipped != nil || e.revision() != 3 {
			t.Errorf("revision %d, %+v", e.revision(), got)
		}
	}
	e.refused(e.as(e.admin, "PUT", "/api/extensions/1001/do-not-disturb", `{}`), 422, "invalid")
	e.refused(e.as(e.admin, "PUT", "/api/extensions/1001/do-not-disturb", `{"enabled":"yes"}`), 422, "invalid")
}

func TestExtensionsThatCouldNotBeChanged(t *testing.T) {
	e := newEndpoint(t)
	e.published.stale = true
	e.refused(e.as(e.admin, "PUT", "/api/extensions/1001/do-not-disturb", `{"enabled":true}`), 409, "conflict")
	e.refused(e.as(e.admin, "PUT", "/api/extensions/1001/forward", `{"busy":{"number":"1002"}}`), 409, "conflict")
	e.published.err = errors.New("dial tcp 10.1.2.3:5432")
	e.refused(e.as(e.admin, "PUT", "/api/extensions/1001/do-not-disturb", `{"enabled":true}`), 503, "store_unavailable")
}
