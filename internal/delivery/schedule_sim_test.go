package delivery_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

func TestTwelveTriesOver76Hours(t *testing.T) {
	simulate(t, always(500), func(t *testing.T, s *sim) {
		s.options.Poll = time.Minute
		s.crm("e1", routing.Webhook{})
		s.event("c1", 1, "e1")
		s.start()
		s.pass(200 * time.Hour)
		posts := s.got("e1")
		if len(posts) != 12 {
			t.Fatalf("%d tries", len(posts))
		}
		at := time.Duration(0)
		for i, step := range []time.Duration{0, 5, 30, 120, 600, 1800, 7200, 18000, 36000, 50400, 72000, 86400} {
			at = max(at, 0) + step*time.Second
			if late := s.since(posts[i].at) - at; late < 0 || late > 2*time.Minute {
				t.Errorf("try %d is %s after the first, want %s", i+1, s.since(posts[i].at), at)
			}
			at = s.since(posts[i].at)
			if n := posts[i].header.Get("X-Webhook-Attempt"); n != strconv.Itoa(i+1) || posts[i].id() != "msg_c1_1" {
				t.Errorf("try %d says %s of %s", i+1, n, posts[i].id())
			}
		}
		if total := s.since(posts[11].at).Round(time.Hour); total != 76*time.Hour {
			t.Errorf("%s in all", total)
		}
		if posts[0].header.Get("X-Webhook-Timestamp") == posts[1].header.Get("X-Webhook-Timestamp") {
			t.Error("the second try was not signed anew")
		}
		if n := s.store.states("e1"); n[delivery.Dead] != 1 {
			t.Errorf("states %v", n)
		}
	})
}

func TestARetryIsOnTimeWithoutThePoll(t *testing.T) {
	simulate(t, always(500), func(t *testing.T, s *sim) {
		s.options.Poll = 24 * time.Hour
		s.crm("e1", routing.Webhook{})
		s.event("c1", 1, "e1")
		s.start()
		s.pass(time.Minute)
		posts := s.got("e1")
		if len(posts) != 3 {
			t.Fatalf("%d tries", len(posts))
		}
		for i, want := range []time.Duration{0, 5 * time.Second, 35 * time.Second} {
			if late := s.since(posts[i].at) - want; late < 0 || late > 250*time.Millisecond {
				t.Errorf("try %d after %s", i+1, s.since(posts[i].at))
			}
		}
	})
}

func TestRetryAfterIsKeptWithinTheStep(t *testing.T) {
	date := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	for name, tt := range map[string]struct {
		code int
		ask  func() string
		want time.Duration
	}{
		"within":             {429, func() string { return "7" }, 7 * time.Second},
		"of 503":             {503, func() string { return "7" }, 7 * time.Second},
		"too short":          {429, func() string { return "1" }, 5 * time.Second},
		"too long":           {429, func() string { return "86400" }, 10 * time.Second},
		"a date":             {503, func() string { return date(8 * time.Second) }, 8 * time.Second},
		"a date gone by":     {503, func() string { return date(-time.Hour) }, 5 * time.Second},
		"a date far away":    {503, func() string { return date(24 * 365 * time.Hour) }, 10 * time.Second},
		"negative":           {429, func() string { return "-8" }, 5 * time.Second},
		"beyond 64 bits":     {429, func() string { return strings.Repeat("9", 400) }, 10 * time.Second},
		"overflows a time":   {429, func() string { return "9223372036854775807" }, 10 * time.Second},
		"nonsense":           {429, func() string { return "soon" }, 5 * time.Second},
		"a fraction":         {429, func() string { return "8.5" }, 5 * time.Second},
		"nothing":            {429, func() string { return "" }, 5 * time.Second},
		"of another failure": {500, func() string { return "8" }, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			answer := func(p sent) reply {
				if p.header.Get("X-Webhook-Attempt") == "1" {
					return reply{code: tt.code, header: map[string]string{"Retry-After": tt.ask()}}
				}
				return reply{code: 200}
			}
			simulate(t, answer, func(t *testing.T, s *sim) {
				s.crm("e1", routing.Webhook{})
				s.event("c1", 1, "e1")
				s.start()
				s.pass(15 * time.Second)
				posts := s.got("e1")
				if len(posts) != 2 {
					t.Fatalf("%d tries", len(posts))
				}
				if late := s.since(posts[1].at) - tt.want; late < 0 || late > 250*time.Millisecond {
					t.Errorf("tried again after %s, want %s", s.since(posts[1].at), tt.want)
				}
			})
		})
	}
}

func TestAThrottlingEndpointIsLeftAlone(t *testing.T) {
	answer := func(p sent) reply {
		if p.id() == "msg_c1_1" && p.header.Get("X-Webhook-Attempt") == "1" {
			return reply{code: 429, header: map[string]string{"Retry-After": "8"}}
		}
		return reply{code: 200}
	}
	simulate(t, answer, func(t *testing.T, s *sim) {
		s.crm("e1", routing.Webhook{})
		s.event("c1", 1, "e1")
		d, _ := s.start()
		s.pass(time.Second)
		s.event("c2", 1, "e1")
		d.Wake("e1")
		s.pass(6900 * time.Millisecond)
		if n := len(s.got("e1")); n != 1 {
			t.Errorf("%d posts while it asked for patience", n)
		}
		s.pass(time.Second)
		if n := len(s.got("e1")); n != 3 {
			t.Errorf("%d posts after that", n)
		}
	})
}

func TestLateThrottlingDoesNotPauseAnEndpointForHours(t *testing.T) {
	answer := func(p sent) reply {
		if p.id() == "msg_c1_1" {
			return reply{code: 503, header: map[string]string{"Retry-After": "3600"}}
		}
		return reply{code: 200}
	}
	simulate(t, answer, func(t *testing.T, s *sim) {
		s.crm("e1", routing.Webhook{})
		s.store.add(delivery.Delivery{EventID: "msg_c1_1", TenantID: "t1", EndpointID: "e1", CallID: "c1", Attempt: 8, Tries: 8, OccurredAt: time.Now()})
		d, _ := s.start()
		s.pass(time.Second)
		s.event("c2", 1, "e1")
		d.Wake("e1")
		s.pass(delivery.MaxPause + time.Second)
		if n := len(s.got("e1")); n != 2 {
			t.Errorf("%d posts, want the second event's too", n)
		}
	})
}

func TestAnEndpointThatFailsIsProbed(t *testing.T) {
	var broken time.Time
	answer := func(p sent) reply {
		if p.host == "e1" && p.at.Before(broken.Add(10*time.Minute)) {
			return reply{code: 500}
		}
		return reply{code: 200}
	}
	simulate(t, answer, func(t *testing.T, s *sim) {
		broken = s.began
		s.crm("e1", routing.Webhook{})
		for i := range 200 {
			s.event(fmt.Sprint("c", i), 1, "e1")
		}
		s.start()
		s.pass(10*time.Minute - time.Second)
		// Five to eight until it is paused, then one at 15 s and after 30, 60,
		// 120, 240 more: each time one alone.
		posts := s.got("e1")
		if len(posts) < 10 || len(posts) > 14 {
			t.Errorf("%d posts in ten minutes to an endpoint that is away", len(posts))
		}
		s.pass(6 * time.Minute)
		if n := s.store.states("e1"); n[delivery.Done] < 150 {
			t.Errorf("not caught up: %v", n)
		}
		s.pass(time.Hour)
		if n := s.store.states("e1"); n[delivery.Done] != 200 {
			t.Errorf("lost: %v", n)
		}
		if h := s.store.healthOf("e1"); h.Failures != 0 || h.Slots != 0 || h.LastOKAt.IsZero() {
			t.Errorf("%+v", h)
		}
	})
}

func TestDisabledAfterFiveDays(t *testing.T) {
	simulate(t, always(503), func(t *testing.T, s *sim) {
		s.options.Poll = time.Minute
		told := s.watchDisabled("other")
		s.crm("e1", routing.Webhook{Name: "crm"})
		d, _ := s.start()
		for i := range 130 {
			s.event(fmt.Sprint("c", i), 1, "e1")
			d.Wake("e1")
			s.pass(time.Hour)
		}
		h := s.store.healthOf("e1")
		if h.DisabledWhy != delivery.WhyFailing || s.since(h.DisabledAt) < 120*time.Hour || s.since(h.DisabledAt) > 122*time.Hour {
			t.Errorf("%+v, after %s", h, s.since(h.DisabledAt))
		}
		n := len(s.got("e1"))
		s.pass(time.Hour)
		if len(s.got("e1")) != n {
			t.Error("it is still tried")
		}
		if len(*told) != 1 {
			t.Errorf("told %d times", len(*told))
		}
	})
}

func TestGivenUpAfter120Hours(t *testing.T) {
	simulate(t, always(500), func(t *testing.T, s *sim) {
		s.crm("e1", routing.Webhook{})
		for call, age := range map[routing.CallID]time.Duration{"old": 120 * time.Hour, "young": 119 * time.Hour} {
			s.store.add(delivery.Delivery{
				EventID: "msg_" + string(call), TenantID: "t1", EndpointID: "e1", CallID: call, Attempt: 3, Tries: 3,
				FirstAt: time.Now().Add(-age), OccurredAt: time.Now(),
			})
		}
		s.start()
		s.pass(time.Second)
		if n := s.store.states("e1"); n[delivery.Dead] != 1 || n[delivery.Ready] != 1 {
			t.Errorf("states %v", n)
		}
	})
}

func TestLaterEventsOfACallWaitThirtySeconds(t *testing.T) {
	var broken time.Time
	answer := func(p sent) reply {
		if p.id() == "msg_c1_1" && p.at.Before(broken.Add(time.Minute)) {
			return reply{code: 500}
		}
		return reply{code: 200}
	}
	for order, want := range map[routing.WebhookOrder]time.Duration{routing.OrderCall: 30 * time.Second, routing.OrderNone: 0} {
		t.Run(string(order), func(t *testing.T) {
			simulate(t, answer, func(t *testing.T, s *sim) {
				broken = s.began
				s.options.Poll = time.Hour
				s.crm("e1", routing.Webhook{Order: order})
				for n := range 3 {
					s.event("c1", n+1, "e1")
				}
				s.event("c2", 1, "e1")
				s.start()
				s.pass(3 * time.Hour)
				var first []string // the posts, without those of the event that fails
				for _, p := range s.got("e1") {
					late := s.since(p.at) - want
					switch flagged := p.header.Get("X-Webhook-Out-Of-Order") == "true"; p.id() {
					case "msg_c2_1":
						if flagged || s.since(p.at) > 100*time.Millisecond {
							t.Errorf("another call's event after %s, flagged: %v", s.since(p.at), flagged)
						}
					case "msg_c1_1":
						if flagged {
							t.Error("the first event is flagged")
						}
					default:
						first = append(first, p.id())
						if !flagged || late < 0 || late > 250*time.Millisecond {
							t.Errorf("%s after %s, flagged: %v", p.id(), s.since(p.at), flagged)
						}
					}
				}
				if !slices.Equal(first, []string{"msg_c1_2", "msg_c1_3"}) {
					t.Errorf("posts %v", first)
				}
				if n := s.store.states("e1"); n[delivery.Done] != 4 {
					t.Errorf("states %v", n)
				}
			})
		})
	}
}

func TestAnEventThatIsOverHoldsNothingBack(t *testing.T) {
	answer := func(p sent) reply {
		if p.id() == "msg_c1_1" && p.header.Get("X-Webhook-Attempt") == "1" {
			return reply{code: 500}
		}
		return reply{code: 200}
	}
	simulate(t, answer, func(t *testing.T, s *sim) {
		s.crm("e1", routing.Webhook{})
		s.event("c1", 1, "e1")
		s.event("c1", 2, "e1")
		s.start()
		s.pass(10 * time.Second)
		posts := s.got("e1")
		if len(posts) != 3 || posts[2].id() != "msg_c1_2" || posts[2].header.Get("X-Webhook-Out-Of-Order") != "" {
			t.Errorf("%+v", posts)
		}
	})
}

func TestReplayedIsMarked(t *testing.T) {
	simulate(t, always(200), func(t *testing.T, s *sim) {
		s.crm("e1", routing.Webhook{})
		s.store.add(delivery.Delivery{EventID: "msg_1", TenantID: "t1", EndpointID: "e1", CallID: "c1", Attempt: 12, Replayed: true, OccurredAt: time.Now()})
		s.start()
		s.pass(time.Second)
		posts := s.got("e1")
		if len(posts) != 1 || posts[0].header.Get("X-Webhook-Replayed") != "true" || posts[0].header.Get("X-Webhook-Attempt") != "13" {
			t.Errorf("%+v", posts)
		}
	})
}
