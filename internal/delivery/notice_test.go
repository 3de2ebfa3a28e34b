package delivery_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

// watchDisabled makes the webhook others subscribe to what happens to the rest,
// and gives what is announced.
func (s *sim) watchDisabled(other string) *[]delivery.Notice {
	told := &[]delivery.Notice{}
	s.options.Webhooks = func(routing.TenantID) []routing.Webhook {
		return []routing.Webhook{
			{ID: "e1", Name: "crm", URL: "https://e1/token", Events: []string{"call.ended", delivery.EndpointDisabled}},
			{ID: other, Events: []string{delivery.EndpointDisabled}},
			{ID: "calls only", Events: []string{"call.ended"}},
		}
	}
	s.options.Announce = func(_ context.Context, n delivery.Notice) error {
		*told = append(*told, n)
		return nil
	}
	return told
}

func TestGoneDisables(t *testing.T) {
	simulate(t, always(410), func(t *testing.T, s *sim) {
		var log bytes.Buffer
		s.options.Log = zerolog.New(zerolog.SyncWriter(&log)).Level(zerolog.WarnLevel)
		told := s.watchDisabled("other")
		s.crm("e1", routing.Webhook{})
		s.event("c1", 1, "e1")
		s.event("c1", 2, "e1")
		_, stop := s.start()
		s.pass(time.Minute)
		stop()
		if n := s.store.states("e1"); n[delivery.Dead] != 2 || len(s.got("e1")) != 1 {
			t.Errorf("states %v after %d posts", n, len(s.got("e1")))
		}
		if len(*told) != 1 {
			t.Fatalf("told %d times", len(*told))
		}
		n := (*told)[0]
		if diff := cmp.Diff([]string{"other"}, n.Endpoints); diff != "" || n.TenantID != "t1" || n.Type != "endpoint.disabled" {
			t.Errorf("%+v", n)
		}
		const want = `{"event":"endpoint.disabled","timestamp":"2000-01-01T00:00:00Z",` +
			`"data":{"endpointId":"e1","name":"crm","reason":"gone","failingSince":"2000-01-01T00:00:00Z","attempts":1}}`
		if string(n.Body) != want {
			t.Errorf("body %s", n.Body)
		}
		if strings.Count(log.String(), `"message":"webhook disabled"`) != 1 || !strings.Contains(log.String(), `"tenant":"t1","endpoint":"e1","reason":"gone"`) {
			t.Errorf("log %s", log.String())
		}
		if strings.Contains(log.String(), "token") {
			t.Error("the log tells the URL")
		}
	})
}

func TestTheSameNoticeHasTheSameID(t *testing.T) {
	ids := map[string]bool{}
	for range 2 {
		simulate(t, always(410), func(t *testing.T, s *sim) {
			told := s.watchDisabled("other")
			fail := errors.New("away")
			announce := s.options.Announce
			s.options.Announce = func(ctx context.Context, n delivery.Notice) error {
				defer func() { fail = nil }()
				return errors.Join(announce(ctx, n), fail)
			}
			s.crm("e1", routing.Webhook{})
			s.event("c1", 1, "e1")
			s.start()
			s.pass(time.Minute)
			if len(*told) != 2 {
				t.Errorf("told %d times, want once more after the store was away", len(*told))
			}
			for _, n := range *told {
				ids[n.ID] = true
			}
		})
	}
	if len(ids) != 1 {
		t.Errorf("ids %v", ids)
	}
}

func TestTellingDelaysNobody(t *testing.T) {
	answer := func(p sent) reply {
		if p.host == "e1" {
			return reply{code: 410}
		}
		return reply{code: 200}
	}
	simulate(t, answer, func(t *testing.T, s *sim) {
		s.options.Announce = func(context.Context, delivery.Notice) error { return errors.New("away") }
		s.crm("e1", routing.Webhook{})
		s.crm("e2", routing.Webhook{})
		s.event("c1", 1, "e1")
		d, stop := s.start()
		s.pass(time.Second)
		s.event("c1", 1, "e2")
		d.Wake("e2")
		s.pass(time.Second)
		if n := s.store.states("e2"); n[delivery.Done] != 1 {
			t.Errorf("states %v while a notice cannot be stored", n)
		}
		began := time.Now()
		stop()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("stopping took %s", took)
		}
	})
}

func TestTestEvent(t *testing.T) {
	at := time.Date(2026, 4, 7, 16, 15, 2, 0, time.FixedZone("", 7200))
	n, err := delivery.NewTest("msg_1", "t1", "e1", at)
	if err != nil {
		t.Fatal(err)
	}
	var body struct {
		Event, Timestamp string
		Data             struct{ Message string }
	}
	if err := json.Unmarshal(n.Body, &body); err != nil {
		t.Fatal(err)
	}
	if body.Event != "test" || body.Timestamp != "2026-04-07T14:15:02Z" || body.Data.Message == "" {
		t.Errorf("%s", n.Body)
	}
	n.Body = nil
	want := delivery.Notice{ID: "msg_1", TenantID: "t1", Type: "test", At: at, Endpoints: []string{"e1"}}
	if diff := cmp.Diff(want, n); diff != "" {
		t.Error(diff)
	}
}
