package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"switchyard/internal/record"
	"switchyard/routing"
)

func (r *records) DecidedCalls(ctx context.Context, f record.Filter) ([]record.Call, error) {
	return r.Calls(ctx, f)
}

func (r *records) CountCalls(ctx context.Context, f record.Filter) (int, error) {
	f.Limit = record.MaxCalls
	calls, err := r.Calls(ctx, f)
	return len(calls), err
}

// recordedAt is a call of before that came to a number at a time.
func recordedAt(id string, tenant routing.TenantID, number string, at time.Time) record.Call {
	return record.Call{
		ID: routing.CallID(id), TenantID: tenant, Direction: routing.Inbound, CallerNumber: "+13055550122", CallerRaw: "+13055550122",
		Dialled: number, DialledRaw: number, StartedAt: at, Status: "no_answer",
		Facts: map[string]string{"now": at.Format(time.RFC3339), "from": "+13055550122", "to": number, "did": number},
	}
}

// replayable is an endpoint with a call of the morning, which its first rule sent
// to 1002, one of the afternoon, and one of the rival's.
func replayable(t *testing.T) *endpoint {
	e := newEndpoint(t)
	e.records.calls = []record.Call{
		recordedAt("morning", acme, "+13055550100", noon.Add(-4*time.Hour)),
		recordedAt("afternoon", acme, "+13055550100", noon.Add(-20*time.Hour)),
		recordedAt("rivals", rival, "+13055550200", noon.Add(-time.Hour)),
	}
	return e
}

// drafted is the body of a replay of files.
func drafted(t *testing.T, texts ...string) string {
	t.Helper()
	r := ReplayRequest{Examples: 3}
	for i, text := range texts {
		r.Files = append(r.Files, ApplyFile{Name: fmt.Sprintf("draft%d.yaml", i+1), Text: text})
	}
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

const withoutRules = "tenant: acme\nrules: []\n"

func (e *endpoint) replayed(w *httptest.ResponseRecorder) (lines []ReplayLine) {
	e.t.Helper()
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/jsonl" {
		e.t.Fatalf("%d %s", w.Code, w.Body)
	}
	for text := bufio.NewScanner(w.Body); text.Scan(); {
		var line ReplayLine
		if err := json.Unmarshal(text.Bytes(), &line); err != nil {
			e.t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestReplayOfCalls(t *testing.T) {
	e := replayable(t)
	before := len(e.published.scopes[acme])
	for name, tt := range map[string]struct {
		key, query string
		calls      int
	}{
		"a tenant's key":             {e.admin, "", 2},
		"the operator's, of all":     {operatorKey, "", 3},
		"the operator's, of one":     {operatorKey, "?tenantId=acme", 2},
		"the operator's, of another": {operatorKey, "?tenantId=rival", 1},
	} {
		lines := e.replayed(e.as(tt.key, "POST", "/api/replay"+tt.query, drafted(t, withoutRules)))
		last := lines[len(lines)-1]
		if len(lines) != 3 || lines[0].Of != tt.calls || lines[0].Done != 0 || lines[1].Done != tt.calls || last.Result == nil {
			t.Fatalf("%s: %+v", name, lines)
		}
		r := last.Result
		if !r.Until.Equal(noon) || !r.From.Equal(noon.AddDate(0, 0, -7)) || r.Calls != tt.calls {
			t.Errorf("%s: %d calls of %s to %s", name, r.Calls, r.From, r.Until)
		}
		if tt.query == "?tenantId=rival" {
			if r.Changed != 0 {
				t.Errorf("%s: %+v", name, r)
			}
			continue
		}
		if r.Changed != 1 || len(r.Groups) != 1 || len(r.Groups[0].Examples) != 1 {
			t.Fatalf("%s: %+v", name, r)
		}
		g := r.Groups[0]
		if got := fmt.Sprintf("%s by %s -> %s by %s: %s", g.From, g.From.By(), g.To, g.To.By(), g.Examples[0].CallUUID); got !=
			`extension 1002 by rule "early" -> extension 1001 by no rule: morning` {
			t.Errorf("%s: %s", name, got)
		}
	}
	if len(e.published.scopes[acme]) != before {
		t.Error("something was published")
	}
}

func TestReplayOfCallsIsRefused(t *testing.T) {
	e := replayable(t)
	for name, tt := range map[string]struct {
		key, body string
		code      int
		says      string
	}{
		"another tenant's section": {e.admin, drafted(t, withoutRules, "tenant: rival\nrules: []\n"), 403, "forbidden"},
		"by its id":                {e.admin, drafted(t, "tenant: "+rival+"\nrules: []\n"), 403, "forbidden"},
		"the operator's section":   {e.admin, drafted(t, "trunks: []\n"), 403, "forbidden"},
		"a readonly key":           {e.readonly, drafted(t, withoutRules), 403, "forbidden"},
		"a draft with a mistake":   {e.admin, drafted(t, "tenant: acme\nrules: [{name: x, when: nothing, then: {route: extension, target: \"1001\"}}]\n"), 422, "invalid_configuration"},
		"no configuration":         {e.admin, drafted(t, "tenant: [\n"), 422, "invalid_configuration"},
		"no time":                  {e.admin, `{"files":[],"from":"2026-11-20T12:00:00Z","until":"2026-11-20T12:00:00Z"}`, 422, "invalid"},
		"too many examples":        {e.admin, `{"files":[],"examples":21}`, 422, "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			f := e.refused(e.as(tt.key, "POST", "/api/replay", tt.body), tt.code, tt.says)
			if tt.code == 422 && len(f.Problems) == 0 {
				t.Errorf("nothing is said of what is wrong: %+v", f)
			}
		})
	}
	if lines := e.replayed(e.as(e.admin, "POST", "/api/replay", drafted(t, "tenant: "+acme+"\nrules: []\n"))); lines[len(lines)-1].Result.Changed != 1 {
		t.Error("a draft that names the tenant by its id is refused")
	}
}

// slow is a store whose pages come when the test lets them, or not at all.
type slow struct {
	*records
	asked chan context.Context
	next  chan error
}

func (s slow) DecidedCalls(ctx context.Context, f record.Filter) ([]record.Call, error) {
	s.asked <- ctx
	select {
	case err := <-s.next:
		if err != nil {
			return nil, err
		}
		return s.records.DecidedCalls(ctx, f)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// There is one replay at a time, whoever asks. It ends when its client goes, and
// says so when the store does.
func TestReplaysOneByOne(t *testing.T) {
	e := replayable(t)
	s := slow{e.records, make(chan context.Context), make(chan error)}
	e.server.Decided = s
	start := func(ctx context.Context) <-chan *httptest.ResponseRecorder {
		return e.begin(ctx, e.admin, "/api/replay", drafted(t, withoutRules))
	}
	first := start(t.Context())
	<-s.asked
	e.refused(e.as(operatorKey, "POST", "/api/replay", drafted(t)), http.StatusTooManyRequests, "too_many_requests")
	s.next <- nil
	if lines := e.replayed(<-first); lines[len(lines)-1].Result == nil {
		t.Errorf("the first one: %+v", lines)
	}

	ctx, goAway := context.WithCancel(t.Context())
	second := start(ctx)
	<-s.asked
	goAway()
	if lines := e.replayed(<-second); len(lines) != 1 {
		t.Errorf("the client has gone and is told %+v", lines)
	}

	third := start(t.Context())
	<-s.asked
	s.next <- errors.New("gone")
	lines := e.replayed(<-third)
	if last := lines[len(lines)-1]; last.Result != nil || last.Error == nil || last.Error.Code != "store_unavailable" {
		t.Errorf("the store has gone, and the client is told %+v", lines)
	}
	e.server.Decided, e.records.err = e.records, errors.New("gone")
	e.refused(e.as(e.admin, "POST", "/api/replay", drafted(t)), http.StatusServiceUnavailable, "store_unavailable")
}
