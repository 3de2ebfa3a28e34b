package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/routing"
)

func asked(e *endpoint, query string) record.Filter {
	e.t.Helper()
	given[callsBody](e, e.as(e.admin, "GET", "/api/calls?"+query, ""), 200)
	return e.records.asked[len(e.records.asked)-1]
}

func TestCallFilters(t *testing.T) {
	yes, no := true, false
	base := record.Filter{TenantID: acme, Limit: 100}
	with := func(f func(*record.Filter)) record.Filter { c := base; f(&c); return c }
	for query, want := range map[string]record.Filter{
		"":                            base,
		"forwarded=true":              with(func(f *record.Filter) { f.Forwarded = &yes }),
		"forwarded=1":                 with(func(f *record.Filter) { f.Forwarded = &yes }),
		"forwarded=false":             with(func(f *record.Filter) { f.Forwarded = &no }),
		"forwardedTo=%2B1305":         with(func(f *record.Filter) { f.ForwardedTo = "+1305" }),
		"forwardedTo=+1305":           with(func(f *record.Filter) { f.ForwardedTo = "+1305" }), // not escaped
		"direction=inbound":           with(func(f *record.Filter) { f.Direction = "inbound" }),
		"status=no_answer&limit=1000": with(func(f *record.Filter) { f.Status, f.Limit = "no_answer", 1000 }),
		"number=+13055550111":         with(func(f *record.Filter) { f.Number = "+13055550111" }),
		"number=(305)+555-0111":       with(func(f *record.Filter) { f.Number = "+13055550111" }),
		"number=1001":                 with(func(f *record.Filter) { f.Number = "1001" }),
		"rule=early&tenantId=acme":    with(func(f *record.Filter) { f.Rule = "early" }),
		"dateFrom=2026-11-01":         with(func(f *record.Filter) { f.From = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }),
		"dateTo=2026-11-30":           with(func(f *record.Filter) { f.Until = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC) }),
		"dateFrom=2026-11-01&dateTo=2026-11-01&timezone=America/New_York": with(func(f *record.Filter) {
			// The clocks go back on this day: it has 25 hours.
			f.From, f.Until = time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC), time.Date(2026, 11, 2, 5, 0, 0, 0, time.UTC)
		}),
	} {
		t.Run(query, func(t *testing.T) {
			e := newEndpoint(t)
			if diff := cmp.Diff(want, asked(e, query)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCallFiltersThatMeanNothing(t *testing.T) {
	for query, says := range map[string]string{
		"limit=-1":                                    "query.limit",
		"limit=0":                                     "query.limit",
		"limit=1000000000":                            "query.limit",
		"limit=1e9":                                   "query.limit",
		"limit=99999999999999999999":                  "query.limit",
		"dateFrom=0000-01-01":                         "dateFrom",
		"dateFrom=-001-01-01":                         "dateFrom",
		"dateTo=9999-12-31":                           "dateTo",
		"dateTo=2026-02-30":                           "dateTo",
		"dateFrom=yesterday":                          "dateFrom",
		"dateFrom=2026-11-02&dateTo=2026-11-01":       "before dateFrom",
		"timezone=Mars/Olympus":                       "timezone",
		"timezone=../../etc/passwd":                   "timezone",
		"timezone=Local":                              "timezone",
		"direction=up":                                "query.direction",
		"status=gone":                                 "query.status",
		"forwarded=maybe":                             "query.forwarded",
		"colour=red":                                  "colour",
		"number=" + strings.Repeat("1", 41):           "query.number",
		"rule=" + strings.Repeat("%F0%9F%98%80", 300): "query.rule",
	} {
		e := newEndpoint(t)
		f := e.refused(e.as(e.admin, "GET", "/api/calls?"+query, ""), 422, "invalid")
		if !strings.Contains(f.Detail, says) || len(f.Problems) == 0 {
			t.Errorf("%s: %+v", query, f)
		}
		if len(e.records.asked) > 0 {
			t.Errorf("%s: the store was asked %+v", query, e.records.asked)
		}
	}
}

func TestCallsPageByPage(t *testing.T) {
	e := newEndpoint(t)
	for i := range 5 {
		e.records.calls = append(e.records.calls, record.Call{ID: routing.CallID(fmt.Sprint("c", i)), TenantID: acme, StartedAt: noon.Add(time.Duration(i/2) * time.Second), Status: "completed"})
	}
	var got []string
	next := ""
	for range 3 {
		page := given[callsBody](e, e.as(e.admin, "GET", "/api/calls?limit=2&after="+next, ""), 200)
		for _, c := range page.Calls {
			got = append(got, string(c.ID))
		}
		next = page.Next
	}
	if diff := cmp.Diff([]string{"c4", "c3", "c2", "c1", "c0"}, got); diff != "" || next != "" {
		t.Errorf("next %q\n%s", next, diff)
	}
}

// Why a call went where it went is told by the revision it was decided by,
// whatever was published since.
func TestACallIsExplainedByItsRevision(t *testing.T) {
	e := newEndpoint(t)
	morning := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	call := routing.Call{ID: "c1", CallerNumber: "+13055550111", Dialled: "+13055550100", Trunk: "carrier-a"}
	d := e.cfg.Directory().Decide(call, morning, nil)
	e.records.calls = []record.Call{{
		ID: "c1", TenantID: acme, Direction: d.Direction, CallerRaw: "+13055550111", CallerNumber: "+13055550111", DialledRaw: "+13055550100",
		Rule: d.Rule, Revision: d.Revision, Facts: d.Facts, StartedAt: morning.Add(-time.Second), Status: "completed",
		Steps: []record.Step{{N: 1, Destination: d.Destination, Outcome: routing.Answered}},
	}}
	explained := func() CallDetail {
		t.Helper()
		return given[callBody](e, e.as(e.readonly, "GET", "/api/calls/c1", ""), 200).Call
	}
	before := explained()
	if x := before.Explanation; x == nil || x.Rule != "early" || x.Destination.Target != "1002" || !x.AsRecorded || !strings.Contains(x.By, "revision 1, by which") || !strings.Contains(x.Text, "now.hour < 12  true: now.hour is 9") ||
		!strings.Contains(x.Text, "step 1: extension 1002, by decision: answered\nended: completed, ") {
		t.Errorf("%+v", x)
	}
	if len(before.Legs) != 1 || len(before.Steps) != 1 || before.Facts["from"] != "+13055550111" {
		t.Errorf("%+v", before)
	}
	if w := e.post("/api/config/apply", `{"files":[{"name":"a.yaml","text":"{tenant: acme, rules: []}"}]}`); w.Code != 200 {
		t.Fatal(w.Body)
	}
	if x := explained().Explanation; x.Revision != 1 || x.Rule != "early" || !x.AsRecorded {
		t.Errorf("after another revision: %+v", x)
	}
	e.published.err = errors.New("away")
	if x := explained().Explanation; x.AsRecorded || x.Rule != "" || !strings.Contains(x.By, "revision 2 of today: revision 1") {
		t.Errorf("without the old revision: %+v", x)
	}
}

// How numbers are read is the operator's to say: it counts as it was, too.
func TestACallIsExplainedByTheOperatorOfThen(t *testing.T) {
	e := newEndpoint(t)
	call := routing.Call{ID: "c1", CallerNumber: "3055550166", Dialled: "3055550100", Trunk: "carrier-a"}
	d := e.cfg.Directory().Decide(call, noon, nil)
	kept := record.Opening(&call, &d)
	kept.Status = handlers.StatusBlocked
	e.records.calls = []record.Call{kept}
	german := strings.ReplaceAll(strings.Replace(platform, "gateway: carrier-a, country: US", "gateway: carrier-a, country: DE", 1), "\n", "\\n")
	if w := e.post("/api/config/apply", `{"files":[{"name":"operator.yaml","text":"`+strings.ReplaceAll(german, `"`, `\"`)+`"}]}`); w.Code != 200 {
		t.Fatal(w.Body)
	}
	if now := e.cfg.Directory().Decide(call, noon, nil); now.Verdict != routing.UnknownNumber {
		t.Fatalf("the call is still read in the old way: %+v", now)
	}
	x := given[callBody](e, e.as(e.admin, "GET", "/api/calls/c1", ""), 200).Call.Explanation
	if x == nil || x.Verdict != routing.CallerBlocked || x.Caller != "+13055550166" || !x.AsRecorded || x.Operator != 1 {
		t.Errorf("%+v", x)
	}
}

// A phone's call is explained as one, and an anonymous one as such.
func TestExplanationsOfOtherCalls(t *testing.T) {
	for name, c := range map[string]struct {
		call  routing.Call
		check string
	}{
		"a phone's":    {routing.Call{ID: "c1", CallerNumber: "+13055559999", Dialled: "1002", AuthUser: "1001", AuthDomain: "acme.example"}, "internal call from \"1001\" to \"1002\""},
		"an anonymous": {routing.Call{ID: "c1", CallerNumber: "anonymous", Anonymous: true, Dialled: "+13055550100", Trunk: "carrier-a"}, "anonymous caller"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			d := e.cfg.Directory().Decide(c.call, noon, nil)
			e.records.calls = []record.Call{{
				ID: "c1", TenantID: acme, Direction: d.Direction, CallerRaw: c.call.CallerNumber, CallerNumber: d.Caller.String(), DialledRaw: c.call.Dialled,
				Rule: d.Rule, Revision: d.Revision, Facts: d.Facts, StartedAt: noon, Status: "completed", Steps: []record.Step{{N: 1, Destination: d.Destination}},
			}}
			x := given[callBody](e, e.as(e.admin, "GET", "/api/calls/c1", ""), 200).Call.Explanation
			if x == nil || !x.AsRecorded || !strings.Contains(x.Text, c.check) {
				t.Errorf("%+v", x)
			}
		})
	}
}

func TestACallOfNobodyHasNoExplanation(t *testing.T) {
	e := newEndpoint(t)
	e.records.calls = []record.Call{{ID: "c1", Status: "unknown_number", StartedAt: noon}}
	if got := given[callBody](e, e.as(operatorKey, "GET", "/api/calls/c1", ""), 200); got.Call.Explanation != nil {
		t.Errorf("%+v", got)
	}
	e.refused(e.as(e.admin, "GET", "/api/calls/c1", ""), 404, "not_found")
}

func TestErase(t *testing.T) {
	e := newEndpoint(t)
	if got := given[erased](e, e.as(e.admin, "POST", "/api/calls/erase", `{"number":"305 555 0111"}`), 200); got.Erased != 3 || e.records.erased[0] != acme+" +13055550111" {
		t.Errorf("%+v, %v", got, e.records.erased)
	}
	// The session of a call that is not over still writes the number.
	e.records.calls = append(e.records.calls, record.Call{ID: "live", TenantID: acme, CallerNumber: "+13055550111", Status: handlers.StatusActive})
	if got := given[erased](e, e.as(e.admin, "POST", "/api/calls/erase", `{"number":"+13055550111"}`), 200); got.Active != 1 {
		t.Errorf("%+v", got)
	}
	if strings.Contains(e.log.String(), "5550111") {
		t.Errorf("the log keeps what was to be erased: %s", &e.log)
	}
	e.refused(e.as(operatorKey, "POST", "/api/calls/erase", `{"number":"305 555 0111"}`), 422, "invalid")
}

func TestExport(t *testing.T) {
	e := newEndpoint(t)
	for i := range 2*exportPage + 1 {
		e.records.calls = append(e.records.calls, record.Call{ID: routing.CallID(fmt.Sprintf("c%04d", i)), TenantID: acme, CallerName: "=1+1", StartedAt: noon.Add(time.Duration(i) * time.Second)})
	}
	w := e.as(e.readonly, "GET", "/api/calls/export", "")
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\r\n")
	if w.Code != 200 || len(lines) != 2*exportPage+2 || !strings.HasPrefix(lines[0], "id,") || !strings.HasPrefix(lines[1], "c1000,") || strings.Contains(w.Body.String(), ",=1+1") {
		t.Errorf("%d, %d lines: %s …", w.Code, len(lines), lines[:2])
	}
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/csv") || !strings.Contains(w.Header().Get("Content-Disposition"), "calls.csv") {
		t.Errorf("%v", w.Header())
	}
	if len(e.records.asked) != 3 {
		t.Errorf("the store was asked %d times", len(e.records.asked))
	}
	seen := map[string]bool{}
	for line := range strings.Lines(e.as(e.admin, "GET", "/api/calls/export?format=jsonl", "").Body.String()) {
		var row record.Row
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		seen[string(row.ID)] = true
	}
	if len(seen) != 2*exportPage+1 {
		t.Errorf("%d calls in the JSON lines", len(seen))
	}
	e.refused(e.as(e.admin, "GET", "/api/calls/export?format=xls", ""), 422, "invalid")
	e.records.err = errors.New("away")
	e.refused(e.as(e.admin, "GET", "/api/calls/export", ""), 503, "store_unavailable")
}

// The store fails in the middle of an export: the connection breaks, and nobody
// takes what came for all there was.
func TestAnExportThatBreaksOff(t *testing.T) {
	e := newEndpoint(t)
	for i := range exportPage {
		e.records.calls = append(e.records.calls, record.Call{ID: routing.CallID(fmt.Sprint("c", i)), TenantID: acme, StartedAt: noon})
	}
	e.server.Records = &failing{records: e.records}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("the answer ended like a whole one: %v", p)
		}
	}()
	e.as(e.admin, "GET", "/api/calls/export", "")
}
