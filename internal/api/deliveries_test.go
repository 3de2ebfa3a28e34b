package api

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/delivery"
)

// sent fills the history: three of acme's, with one of its rival's between.
func (e *endpoint) sent() {
	id := e.hook("crm").ID
	one := func(n int64, state delivery.State) delivery.Sent {
		return delivery.Sent{Delivery: delivery.Delivery{ID: n, TenantID: acme, EndpointID: id, EventID: "msg", EventType: "call.ended", CallID: "c1", Seq: int(n), Attempt: 2, OccurredAt: noon}, State: state, NextAt: noon.Add(time.Minute)}
	}
	foreign := one(3, delivery.Dead)
	foreign.TenantID = rival
	e.deliveries.list = []delivery.Sent{one(1, delivery.Done), one(2, delivery.Dead), foreign, one(4, delivery.Ready)}
}

func TestDeliveriesPageByPage(t *testing.T) {
	e := newEndpoint(t)
	e.sent()
	first := given[deliveriesBody](e, e.as(e.readonly, "GET", "/api/deliveries?limit=2", ""), 200)
	second := given[deliveriesBody](e, e.as(e.readonly, "GET", "/api/deliveries?limit=2&after="+first.Next, ""), 200)
	var ids []int64
	for _, d := range append(first.Deliveries, second.Deliveries...) {
		ids = append(ids, d.ID)
	}
	if diff := cmp.Diff([]int64{4, 2, 1}, ids); diff != "" || second.Next != "" {
		t.Error(diff, second.Next)
	}
	if d := first.Deliveries[0]; d.NextAt == nil || d.Event != "call.ended" || d.Last != nil || d.Attempts != 2 {
		t.Errorf("%+v", d)
	}
	if d := first.Deliveries[1]; d.NextAt != nil {
		t.Errorf("one that was given up has a next attempt: %+v", d)
	}
	given[deliveriesBody](e, e.as(e.admin, "GET", "/api/webhooks/crm/deliveries?state=failed", ""), 200)
	last := e.deliveries.asked[len(e.deliveries.asked)-1]
	if want := (delivery.HistoryFilter{TenantID: acme, EndpointID: e.hook("crm").ID, State: delivery.Dead, Limit: 100}); last != want {
		t.Errorf("%+v", last)
	}
	for _, query := range []string{"limit=0", "limit=1001", "state=lost", "from=yesterday", "colour=red"} {
		e.refused(e.as(e.admin, "GET", "/api/deliveries?"+query, ""), 422, "invalid")
	}
}

func TestADeliveryWithItsAttempts(t *testing.T) {
	e := newEndpoint(t)
	e.sent()
	e.deliveries.attempts = map[int64][]delivery.Result{4: {
		{TenantID: acme, Attempt: 1, At: noon, Took: 1500 * time.Millisecond, Class: delivery.Blocked, Error: "the address is not allowed", Response: []byte("inside secret")},
		{TenantID: acme, Attempt: 2, At: noon, Code: 503, Class: delivery.HTTP, Response: []byte("<b>\xff\u202egnp.exe\x07\r\n</b>")},
	}}
	w := e.as(e.admin, "GET", "/api/deliveries/4", "")
	got := given[deliveryBody](e, w, 200).Delivery
	if len(got.Tried) != 2 || got.Tried[0].TookMs != 1500 || got.Tried[0].Response != "" || got.Tried[1].Response != "<b>\ufffdgnp.exe \n</b>" {
		t.Errorf("%+v", got.Tried)
	}
	if strings.Contains(w.Body.String(), "inside secret") {
		t.Error("what a blocked address answered is shown")
	}
	e.refused(e.as(e.admin, "GET", "/api/deliveries/3", ""), 404, "not_found")
	e.refused(e.as(e.admin, "GET", "/api/deliveries/9", ""), 404, "not_found")
	for _, id := range []string{"0", "-1", "x", "99999999999999999999"} {
		e.refused(e.as(e.admin, "GET", "/api/deliveries/"+id, ""), 422, "invalid")
	}
	e.refused(e.as(e.admin, "GET", "/api/deliveries/9223372036854775807", ""), 404, "not_found")
}

func TestReplay(t *testing.T) {
	e := newEndpoint(t)
	e.sent()
	body := `{"callId":"c1","webhookId":"` + e.hook("crm").ID + `","from":"2026-11-20T00:00:00Z","until":"2026-11-21T00:00:00Z","failedOnly":true}`
	if got := given[replayed](e, e.as(e.admin, "POST", "/api/deliveries/replay", body), 200); got.Replayed != 2 || <-e.woken != "hook-a" {
		t.Errorf("%+v", got)
	}
	want := delivery.ReplayRequest{TenantID: acme, EndpointID: e.hook("crm").ID, CallID: "c1", From: noon.Add(-12 * time.Hour), Until: noon.Add(12 * time.Hour), FailedOnly: true}
	if diff := cmp.Diff([]delivery.ReplayRequest{want}, e.deliveries.replays); diff != "" {
		t.Error(diff)
	}
	for body, code := range map[string]int{
		`{}`: 422, `{"id":0}`: 422, `{"id":-4}`: 422, `{"everything":true}`: 422, `{"from":"soon"}`: 422,
		`{"id":3}`: 404, `{"id":9}`: 404, `{"eventId":"msg_of_nobody"}`: 404, `{"callId":"c9"}`: 404, `{"webhookId":"w9"}`: 404,
	} {
		e.refused(e.as(e.admin, "POST", "/api/deliveries/replay", body), code, map[int]string{404: "not_found", 422: "invalid"}[code])
	}
	if len(e.deliveries.replays) != 1 {
		t.Errorf("%+v", e.deliveries.replays)
	}
}
