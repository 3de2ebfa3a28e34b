package api

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/tally"
	"switchyard/routing"
)

const entries = `
tenant: acme
blocklist:
  - {number: "(305) 555-0166", reason: robocalls, expires: "2026-11-21T00:00:00Z"}
  - {prefix: "+1786", direction: both, action: busy}
  - {pattern: '\+1305555017.', expires: "2026-11-20T12:00:00Z"}
  - {anonymous: true, action: route, then: {route: voicemail, target: "1001"}}
  - {number: "1002", cause: USER_BUSY}
  - {number: "+13055550177"}
  - {number: "+13055550177", direction: outbound}
allowlist:
  - {number: "+17865550101", reason: the boss}
  - {prefix: "+1786555", direction: outbound}
`

func (e *endpoint) blocklist() []BlockedNumber {
	e.t.Helper()
	return given[blocklistBody](e, e.as(e.readonly, "GET", "/api/blocklist", ""), 200).Blocklist
}

func (e *endpoint) allowlist() []ListedNumber {
	e.t.Helper()
	return given[allowlistBody](e, e.as(e.readonly, "GET", "/api/allowlist", ""), 200).Allowlist
}

func TestTheBlocklistIsListedWithItsHits(t *testing.T) {
	e := newEndpoint(t)
	e.apply(entries)
	got := e.blocklist()
	ids := make([]string, len(got))
	for i := range got {
		if ids[i], got[i].ID = got[i].ID, ""; ids[i] == "" {
			t.Errorf("%+v has no id", got[i])
		}
	}
	midnight, now := "2026-11-21T00:00:00Z", "2026-11-20T12:00:00Z"
	listed := func(kind, match, direction string) ListedNumber {
		return ListedNumber{Kind: kind, Match: match, Direction: direction}
	}
	want := []BlockedNumber{
		{ListedNumber: ListedNumber{Kind: "number", Match: "(305) 555-0166", Direction: "inbound", Reason: "robocalls", Expires: &midnight}, Action: "reject"},
		{ListedNumber: listed("number", "+13055550177", "inbound"), Action: "reject"},
		{ListedNumber: listed("number", "+13055550177", "outbound"), Action: "reject"},
		{ListedNumber: listed("prefix", "+1786", "both"), Action: "busy"},
		{ListedNumber: listed("number", "1002", "inbound"), Action: "reject", Cause: "USER_BUSY"},
		{ListedNumber: ListedNumber{Kind: "pattern", Match: `\+1305555017.`, Direction: "inbound", Expires: &now, Expired: true}, Action: "reject"},
		{ListedNumber: listed("anonymous", "anonymous", "inbound"), Action: "route", Then: &routing.Destination{Route: "voicemail", Target: "1001"}},
	}
	if got[1].Direction == "outbound" { // two of one number are in the order of their ids
		got[1], got[2] = got[2], got[1]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	at := noon.Add(-time.Hour)
	e.counted.hits = map[string]map[string]tally.Total{
		acme + " blocked":    {ids[3]: {N: 7, LastAt: at}},
		acme + " ring-group": {ids[0]: {N: 1, LastAt: at}},
		rival + " blocked":   {ids[1]: {N: 1, LastAt: at}},
	}
	for i, b := range e.blocklist() {
		hit := i == 3
		if hit != (b.Hits == 7) || hit != (b.LastHitAt != nil && b.LastHitAt.Equal(at)) {
			t.Errorf("%+v", b)
		}
	}
	e.counted.err = errors.New("dial tcp 10.1.2.3:5432")
	w := e.as(e.readonly, "GET", "/api/blocklist", "")
	e.refused(w, 503, "store_unavailable")
	if strings.Contains(w.Body.String(), "10.1.2.3") {
		t.Errorf("the answer tells of the store: %s", w.Body)
	}
}

func TestTheAllowListIsListed(t *testing.T) {
	e := newEndpoint(t)
	e.apply(entries)
	got := e.allowlist()
	for i := range got {
		got[i].ID = ""
	}
	want := []ListedNumber{
		{Kind: "prefix", Match: "+1786555", Direction: "outbound"},
		{Kind: "number", Match: "+17865550101", Direction: "inbound", Reason: "the boss"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestListsByPage(t *testing.T) {
	e := newEndpoint(t)
	e.apply(entries)
	var blocked, allowed []string
	next := ""
	for page := 0; page == 0 || next != ""; page++ {
		got := given[blocklistBody](e, e.as(e.readonly, "GET", "/api/blocklist?limit=3&after="+next, ""), 200)
		for _, b := range got.Blocklist {
			blocked = append(blocked, b.Match)
		}
		next = got.Next
	}
	for page := 0; page == 0 || next != ""; page++ {
		got := given[allowlistBody](e, e.as(e.readonly, "GET", "/api/allowlist?limit=1&after="+next, ""), 200)
		for _, a := range got.Allowlist {
			allowed = append(allowed, a.Match)
		}
		next = got.Next
	}
	if len(blocked) != 7 || blocked[6] != "anonymous" || len(allowed) != 2 || allowed[1] != "+17865550101" {
		t.Errorf("%q %q", blocked, allowed)
	}
	e.refused(e.as(e.readonly, "GET", "/api/blocklist?limit=1001", ""), 422, "invalid")
}

func TestANumberIsBlocked(t *testing.T) {
	for body, want := range map[string]routing.BlockedNumber{
		`{"number":"305 555 0168","reason":"spam"}`:                                                   {Number: "+13055550168", Reason: "spam"},
		`{"number":"1002","direction":"both","action":"busy"}`:                                        {Number: "1002", Direction: "both", Action: "busy"},
		`{"prefix":"+1900","direction":"outbound","cause":"CALL_REJECTED"}`:                           {Prefix: "+1900", Direction: "outbound", Cause: "CALL_REJECTED"},
		`{"pattern":"\\+1305555.*","expires":"2027-01-01T00:00:00Z"}`:                                 {Pattern: `\+1305555.*`, Expires: "2027-01-01T00:00:00Z"},
		`{"anonymous":true,"action":"route","then":{"route":"voicemail","target":"1001"}}`:            {Anonymous: true, Action: "route", Then: &routing.Destination{Route: "voicemail", Target: "1001"}},
		`{"number":"+13055550166","direction":"outbound","reason":"the other direction of an entry"}`: {Number: "+13055550166", Direction: "outbound", Reason: "the other direction of an entry"},
	} {
		t.Run(body, func(t *testing.T) {
			e := newEndpoint(t)
			entry := given[blockedBody](e, e.as(e.admin, "POST", "/api/blocklist", body), 201).Entry
			cfg, _, err := e.cfg.Tenant("acme")
			if err != nil || len(cfg.Blocklist) != 2 || cfg.Blocklist[0].Number != "+13055550166" || e.revision() != 2 {
				t.Fatalf("%v, revision %d, %+v", err, e.revision(), cfg.Blocklist)
			}
			want.ID = entry.ID
			if diff := cmp.Diff(want, cfg.Blocklist[1]); diff != "" || entry.ID == "" {
				t.Error(diff)
			}
			for _, b := range e.blocklist() {
				if b.ID == entry.ID && cmp.Diff(entry, b) != "" {
					t.Error(cmp.Diff(entry, b))
				}
			}
		})
	}
}

func TestANumberIsAllowed(t *testing.T) {
	e := newEndpoint(t)
	entry := given[allowedBody](e, e.as(e.admin, "POST", "/api/allowlist", `{"number":"(305) 555-0166","reason":"a client after all","expires":"2026-12-01T00:00:00Z"}`), 201).Entry
	if entry.Match != "+13055550166" || entry.Reason != "a client after all" || *entry.Expires != "2026-12-01T00:00:00Z" || entry.Expired || e.revision() != 2 {
		t.Errorf("revision %d, %+v", e.revision(), entry)
	}
	if list := e.allowlist(); len(list) != 2 || cmp.Diff(entry, list[0]) != "" {
		t.Errorf("%+v", list)
	}
	if got := given[NumberChecked](e, e.as(e.readonly, "GET", "/api/blocklist/check?number=%2B13055550166", ""), 200); got.Blocked || got.Allowed != "+13055550166" {
		t.Errorf("%+v", got)
	}
}

func TestEntriesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		path, body, code, at, says string
	}{
		"nobody":            {"blocklist", `{"reason":"spam"}`, "invalid_configuration", "blocklist[1].number", "no number"},
		"no number":         {"blocklist", `{"number":"call me"}`, "invalid_configuration", "blocklist[1].number", `"call me" is no telephone number`},
		"two in one":        {"blocklist", `{"number":"+13055550168","prefix":"+1900"}`, "invalid_configuration", "blocklist[1]", "in one entry"},
		"it is there":       {"blocklist", `{"number":"(305) 555-0166"}`, "invalid_configuration", "blocklist[1].number", "here twice"},
		"direction":         {"blocklist", `{"number":"+13055550168","direction":"inbuond"}`, "invalid_configuration", "blocklist[1].direction", "unknown direction"},
		"expires":           {"blocklist", `{"number":"+13055550168","expires":"tomorrow"}`, "invalid_configuration", "blocklist[1].expires", "is no time"},
		"action":            {"blocklist", `{"number":"+13055550168","action":"shout"}`, "invalid_configuration", "blocklist[1].action", "unknown action"},
		"cause":             {"blocklist", `{"number":"+13055550168","cause":"BECAUSE"}`, "invalid_configuration", "blocklist[1].cause", "no hangup cause"},
		"route to nowhere":  {"blocklist", `{"number":"+13055550168","action":"route"}`, "invalid_configuration", "blocklist[1].then", "no destination"},
		"route to nobody":   {"blocklist", `{"number":"+13055550168","action":"route","then":{"route":"voicemail","target":"1009"}}`, "invalid_configuration", "blocklist[1].then.target", "1009"},
		"pattern":           {"blocklist", `{"pattern":"("}`, "invalid_configuration", "blocklist[1].pattern", ""},
		"field":             {"blocklist", `{"number":"+13055550168","reasons":"x"}`, "invalid", "body.reasons", "unexpected property"},
		"id":                {"blocklist", `{"number":"+13055550168","id":"x"}`, "invalid", "body.id", "unexpected property"},
		"type":              {"blocklist", `{"number":13055550168}`, "invalid", "body.number", "expected string"},
		"allow nobody":      {"allowlist", `{}`, "invalid_configuration", "allowlist[1].number", "no number"},
		"allow: there":      {"allowlist", `{"number":"+13055550167"}`, "invalid_configuration", "allowlist[1].number", "here twice"},
		"allow: prefix":     {"allowlist", `{"prefix":"one"}`, "invalid_configuration", "allowlist[1].prefix", ""},
		"allow: no actions": {"allowlist", `{"number":"+13055550168","action":"busy"}`, "invalid", "body.action", "unexpected property"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			f := e.refused(e.as(e.admin, "POST", "/api/"+c.path, c.body), 422, c.code)
			if len(f.Problems) == 0 || !strings.Contains(f.Problems[0].Path, c.at) || !strings.Contains(f.Problems[0].Message, c.says) {
				t.Errorf("%+v", f)
			}
			if e.revision() != 1 {
				t.Error("something was published")
			}
		})
	}
}

func TestEntriesAreTakenAway(t *testing.T) {
	for name, ref := range map[string]func(id string) string{
		"by id":             func(id string) string { return id },
		"by ID":             strings.ToUpper,
		"by number":         func(string) string { return "+13055550166" },
		"however it is":     func(string) string { return url.PathEscape("(305) 555-0166") },
		"as it was written": func(string) string { return "3055550166" },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			given[struct{}](e, e.as(e.admin, "DELETE", "/api/blocklist/"+ref(e.blocklist()[0].ID), ""), 204)
			if left := e.blocklist(); len(left) != 0 || e.revision() != 2 {
				t.Errorf("revision %d, %+v", e.revision(), left)
			}
		})
	}
	e := newEndpoint(t)
	e.apply(entries)
	for _, ref := range []string{"+1786", `%5C+1305555017.`, "anonymous"} {
		given[struct{}](e, e.as(e.admin, "DELETE", "/api/blocklist/"+ref, ""), 204)
	}
	f := e.refused(e.as(e.admin, "DELETE", "/api/blocklist/+13055550177", ""), 409, "conflict")
	if !strings.Contains(f.Message, "2 entries match") {
		t.Error(f.Message)
	}
	before := e.revision()
	for _, ref := range []string{"+17865550199", "+178", "nothing", "%00", e.allowlist()[0].ID} {
		e.refused(e.as(e.admin, "DELETE", "/api/blocklist/"+ref, ""), 404, "not_found")
	}
	if left := e.blocklist(); len(left) != 4 || e.revision() != before {
		t.Errorf("%+v", left)
	}
	given[struct{}](e, e.as(e.admin, "DELETE", "/api/allowlist/+17865550101", ""), 204)
	given[struct{}](e, e.as(e.admin, "DELETE", "/api/allowlist/"+strings.ToUpper(e.allowlist()[0].ID), ""), 204)
	e.refused(e.as(e.admin, "DELETE", "/api/allowlist/+17865550101", ""), 404, "not_found")
	if left := e.allowlist(); len(left) != 0 {
		t.Errorf("%+v", left)
	}
}

func TestListsThatCouldNotBeChanged(t *testing.T) {
	e := newEndpoint(t)
	e.published.stale = true
	for _, path := range []string{"/api/blocklist", "/api/allowlist"} {
		e.refused(e.as(e.admin, "POST", path, `{"number":"+13055550168"}`), 409, "conflict")
	}
	e.refused(e.as(e.admin, "DELETE", "/api/blocklist/+13055550166", ""), 409, "conflict")
	e.refused(e.as(e.admin, "DELETE", "/api/allowlist/+13055550167", ""), 409, "conflict")
}

func TestANumberIsChecked(t *testing.T) {
	e := newEndpoint(t)
	e.apply(entries)
	ids := map[string]string{}
	for _, b := range e.blocklist() {
		if b.Direction != "outbound" {
			ids[b.Match] = b.ID
		}
	}
	for query, want := range map[string]NumberChecked{
		"number=%2B13055550166":                    {Blocked: true, Number: "+13055550166", ID: ids["(305) 555-0166"], Match: "+13055550166", Reason: "robocalls", Action: "reject", Cause: "CALL_REJECTED"},
		"number=+13055550166":                      {Blocked: true, Number: "+13055550166", ID: ids["(305) 555-0166"], Match: "+13055550166", Reason: "robocalls", Action: "reject", Cause: "CALL_REJECTED"},
		"number=3055550166&direction=outbound":     {Number: "+13055550166", Direction: "outbound"},
		"number=%2B17865550100&direction=outbound": {Number: "+17865550100", Direction: "outbound", Allowed: "+1786555"},
		"number=%2B17860000000&direction=outbound": {Blocked: true, Number: "+17860000000", Direction: "outbound", ID: ids["+1786"], Match: "+1786", Action: "busy", Cause: "USER_BUSY"},
		"number=%2B17865550101":                    {Number: "+17865550101", Allowed: "+17865550101"},
		"number=%2B13055550170":                    {Number: "+13055550170"}, // the pattern has expired
		"number=1002":                              {Blocked: true, Number: "1002", ID: ids["1002"], Match: "1002", Action: "reject", Cause: "USER_BUSY"},
		"number=anonymous":                         {Blocked: true, Number: "anonymous", ID: ids["anonymous"], Match: "anonymous", Action: "route", Then: &routing.Destination{Route: "voicemail", Target: "1001"}},
	} {
		if want.Direction == "" {
			want.Direction = routing.Inbound
		}
		got := given[NumberChecked](e, e.as(e.readonly, "GET", "/api/blocklist/check?"+query, ""), 200)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	if got := given[NumberChecked](e, e.as(e.rival, "GET", "/api/blocklist/check?number=%2B13055550166", ""), 200); got.Blocked {
		t.Errorf("the rival is blocked: %+v", got)
	}
	for query, at := range map[string]string{
		"": "query.number", "number=": "query.number", "number=call+me": "query.number", "number=%00%1b": "query.number",
		"number=1002&direction=internal": "query.direction", "number=1002&from=x": "query.from",
	} {
		if f := e.refused(e.as(e.readonly, "GET", "/api/blocklist/check?"+query, ""), 422, "invalid"); f.Problems[0].Path != at {
			t.Errorf("%s: %+v", query, f)
		}
	}
	e.refused(e.as(operatorKey, "GET", "/api/blocklist/check?number=1002", ""), 422, "invalid")
}

// What is checked is what calls go by.
func TestACheckAgreesWithCalls(t *testing.T) {
	e := newEndpoint(t)
	e.apply(entries)
	for _, number := range []string{"+13055550166", "+13055550170", "+13055550177", "+17865550101", "+17865550102", "+17860000000", "+13055550111"} {
		call := routing.Call{CallerNumber: number, Dialled: "+13055550100", Trunk: "carrier-a"}
		d := e.cfg.Directory().Decide(call, noon, nil)
		got := given[NumberChecked](e, e.as(e.readonly, "GET", "/api/blocklist/check?number="+url.QueryEscape(number), ""), 200)
		if got.Blocked != (d.Block != nil) || d.Block != nil && (d.Block.ID != got.ID || d.Block.Cause != got.Cause) {
			t.Errorf("%s: checked %+v, decided %s %+v", number, got, d.Verdict, d.Block)
		}
	}
}
