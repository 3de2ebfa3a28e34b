package storetest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/handlers"
	"switchyard/internal/delivery"
	"switchyard/internal/record"
	"switchyard/internal/store"
	"switchyard/routing"
)

const (
	eraseE164 = "+17861234567"
	eraseRaw  = "7861234567"
)

func erase(t testing.TB, s *store.Store, tenant routing.TenantID, number string, want int) {
	t.Helper()
	if n, err := s.Erase(t.Context(), tenant, number); err != nil || n != want {
		t.Errorf("erased %s of %s in %d calls, %v; want %d", number, tenant, n, err, want)
	}
}

// texts is all that a tenant's reading of a call shows.
func texts(t testing.TB, s *store.Store, id routing.CallID) string {
	t.Helper()
	c, legs, err := s.Call(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal([]any{c, legs})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		b = append(b, e.Body...)
	}
	return string(b)
}

func eraseACaller(t *testing.T, db Database) {
	s := open(t, db)
	was := fullCall("c1")
	was.Facts = map[string]string{
		"call.from": eraseE164, "call.callerName": was.CallerName, "call.to": "+17862757830",
		"call.headers": "<sip:7861234567@192.0.2.1>", "call.bucket": "17861234567890",
	}
	ended := event("c1", "call.ended")
	ended.Body = []byte(`{"event":"call.ended","data":{"callUuid":"c1","caller":"` + eraseE164 + `","n":[1.50,"x\u003cy"],"callerName":"Zoë \"x\" O'Hara"}}`)
	save(t, s, record.Change{Call: was, Legs: []record.Leg{fullLeg("c1", "c1")}, Events: []record.Event{ended}})
	erase(t, s, was.TenantID, eraseE164, 1)

	want := was
	want.CallerNumber, want.CallerRaw, want.CallerName = "erased", "erased", ""
	want.Facts = map[string]string{
		"call.from": "erased", "call.callerName": "erased", "call.to": "+17862757830",
		"call.headers": "erased", "call.bucket": "17861234567890",
	}
	got, legs, err := s.Call(t.Context(), "c1")
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v, record (-want +got):\n%s", err, d)
	}
	wantLeg := fullLeg("c1", "c1")
	wantLeg.Number = "erased"
	if d := cmp.Diff([]record.Leg{wantLeg}, legs); d != "" {
		t.Error("legs (-want +got):\n", d)
	}
	events, err := s.Events(t.Context(), "c1")
	wantBody := `{"event":"call.ended","data":{"callUuid":"c1","caller":"erased","n":[1.50,"x\u003cy"],"callerName":"erased"}}`
	if err != nil || string(events[0].Body) != wantBody {
		t.Errorf("%v, body\n%s\nwant\n%s", err, events[0].Body, wantBody)
	}
	erase(t, s, was.TenantID, eraseE164, 0)
	erase(t, s, was.TenantID, "erased", 0)
}

// eraseEverywhere has the number in each place where a record can have it.
func eraseEverywhere(t *testing.T, db Database) {
	s := open(t, db)
	set := []func(*record.Change){
		func(c *record.Change) { c.Call.CallerNumber, c.Call.CallerRaw = eraseE164, eraseRaw },
		func(c *record.Change) { c.Call.Dialled, c.Call.DialledRaw = eraseE164, "1"+eraseRaw },
		func(c *record.Change) { c.Call.CallerRaw = "sip:" + eraseRaw + "@192.0.2.1" },
		func(c *record.Change) { c.Call.CallerName = eraseE164 },
		func(c *record.Change) { c.Call.InboundDID = eraseE164 },
		func(c *record.Change) { c.Call.Destination = eraseE164 },
		func(c *record.Change) { c.Call.OriginalDest = eraseE164 },
		func(c *record.Change) { c.Call.ForwardedTo = eraseE164 },
		func(c *record.Change) { c.Call.Tags = []string{"vip", "from " + eraseE164} },
		func(c *record.Change) { c.Call.Facts = map[string]string{"a": "b", "x": eraseRaw} },
		func(c *record.Change) { c.Call.Steps = []record.Step{{N: 1, Called: eraseE164, From: t0}} },
		func(c *record.Change) {
			c.Call.Steps = []record.Step{{N: 1, Digits: []string{"9", eraseE164[1:] + "#"}, From: t0}}
		},
		func(c *record.Change) { c.Call.Steps = []record.Step{{N: 1, Note: "dialled " + eraseE164, From: t0}} },
		func(c *record.Change) {
			c.Legs = []record.Leg{{CallID: c.Call.ID, LegID: "b", Side: "b", Number: eraseRaw, Source: record.SourceESL}}
		},
		func(c *record.Change) { c.Call.Destination = "2" + eraseE164[1:] }, // another number, with this one in it
		func(c *record.Change) { c.Call.TenantID, c.Call.CallerNumber = "other", eraseE164 },
	}
	for i, put := range set {
		c := record.Change{Call: activeCall(fmt.Sprintf("c%02d", i))}
		c.Call.Status = handlers.StatusCompleted
		put(&c)
		save(t, s, c)
	}
	erase(t, s, "tenant", eraseRaw, len(set)-2)
	for i := range set {
		left := strings.Contains(texts(t, s, routing.CallID(fmt.Sprintf("c%02d", i))), eraseRaw)
		if want := i >= len(set)-2; left != want {
			t.Errorf("the number is still in call %d: %t, want %t", i, left, want)
		}
	}
	erase(t, s, "tenant", eraseE164, 0)
}

func eraseAnExtension(t *testing.T, db Database) {
	s := open(t, db)
	c := activeCall("c1")
	c.CallerNumber, c.CallerRaw, c.Dialled, c.Destination = "1001", "1001", "10010", "+13055551001"
	c.Facts = map[string]string{"call.from": "1001", "at": "2026-04-07T10:01:00Z", "id": "8f14e45f-1001-467f", "call.to": "10010"}
	save(t, s, record.Change{Call: c})
	erase(t, s, "tenant", "1001", 1)
	c.CallerNumber, c.CallerRaw = "erased", "erased"
	c.Facts["call.from"] = "erased"
	if got, _, err := s.Call(t.Context(), "c1"); err != nil || cmp.Diff(c, got) != "" {
		t.Errorf("%v (-want +got):\n%s", err, cmp.Diff(c, got))
	}
}

func eraseManyCalls(t *testing.T, db Database) {
	s := open(t, db)
	var changes []record.Change
	for i := range 3*maxRowsOfAStatement - 1 {
		c := activeCall(fmt.Sprintf("c%03d", i))
		c.CallerNumber = []string{eraseE164, "+4930123456"}[i%2]
		changes = append(changes, record.Change{Call: c})
	}
	save(t, s, changes...)
	erase(t, s, "tenant", eraseRaw, 0) // no call says that this is how it writes the number
	erase(t, s, "tenant", " "+eraseE164+" ", (len(changes)+1)/2)
	if _, err := s.Erase(t.Context(), "tenant", " "); err == nil {
		t.Error("erased nothing in particular")
	}
}

// eraseWhatEndpointsSaid: an endpoint may answer with what it was sent.
func eraseWhatEndpointsSaid(t *testing.T, db Database) {
	s := open(t, db)
	for id, number := range map[string]string{"c1": eraseE164, "c2": "+4930123456"} {
		c := change(id, "call.started", "e1")
		c.Call.CallerNumber = number
		save(t, s, c)
	}
	ds := claim(t, s, t0, 10, 10)
	settle(t, s, ds, func(r *delivery.Result) { r.Done, r.Response = true, []byte("thanks for "+eraseE164) })
	erase(t, s, "tenant", eraseE164, 1)
	for _, d := range ds {
		attempts, err := s.Attempts(t.Context(), "tenant", d.ID)
		want := map[routing.CallID]string{"c1": "erased", "c2": "thanks for " + eraseE164}[d.CallID]
		if err != nil || len(attempts) != 1 || string(attempts[0].Response) != want {
			t.Errorf("%v, attempts of %s: %+v, want the answer %q", err, d.CallID, attempts, want)
		}
	}
}
