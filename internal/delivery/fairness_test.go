package delivery_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

// One of a hundred endpoints swallows everything and has a backlog. The others
// must not notice.
func TestABlackHoleDelaysNobody(t *testing.T) {
	slowest := map[bool]time.Duration{}
	for _, dead := range []bool{false, true} {
		answer := func(p sent) reply {
			if dead && p.host == "e0" {
				return reply{after: time.Hour}
			}
			return reply{code: 200, after: 5 * time.Millisecond}
		}
		simulate(t, answer, func(t *testing.T, s *sim) {
			for i := range 100 {
				s.crm(fmt.Sprint("e", i), routing.Webhook{})
			}
			for i := range 1000 {
				s.eventOf("t0", fmt.Sprint("backlog", i), 1, "e0")
			}
			d, _ := s.start()
			s.pass(30 * time.Second)
			for round := range 20 {
				for i := 1; i < 100; i++ {
					e := fmt.Sprint("e", i)
					s.eventOf(routing.TenantID(fmt.Sprint("t", i)), fmt.Sprint("c", round), round, e)
					d.Wake(e)
				}
				stored := time.Now()
				s.pass(500 * time.Millisecond)
				posts := s.got("")
				got := 0
				for _, p := range posts {
					if p.host != "e0" && !p.at.Before(stored) {
						got++
						slowest[dead] = max(slowest[dead], p.at.Sub(stored))
					}
				}
				if got != 99 {
					t.Fatalf("%d of 99 events came within half a second", got)
				}
			}
			if dead && s.store.healthOf("e0").Slots != 1 {
				t.Error("the dead endpoint is not dead, so this proves nothing")
			}
		})
	}
	if slowest[true] > slowest[false]+5*time.Millisecond {
		t.Errorf("slowest %s beside a dead endpoint, %s without", slowest[true], slowest[false])
	}
}

func TestSlowRequestsGiveTheirPlacesBack(t *testing.T) {
	for name, tt := range map[string]struct {
		slow int // places of the second pool
		want time.Duration
	}{
		"there is room": {8, time.Second},
		"it is full":    {2, time.Second},
		"there is none": {-1, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			answer := func(p sent) reply {
				if p.host == "fast" {
					return reply{code: 200}
				}
				return reply{code: 200, after: 4 * time.Second}
			}
			simulate(t, answer, func(t *testing.T, s *sim) {
				s.options.Concurrent, s.options.Slow = 4, tt.slow
				s.crm("fast", routing.Webhook{})
				for i := range 4 {
					e := fmt.Sprint("slow", i)
					s.crm(e, routing.Webhook{})
					s.event("c1", 1, e)
				}
				d, _ := s.start()
				s.pass(100 * time.Millisecond)
				s.event("c1", 1, "fast")
				d.Wake("fast")
				s.pass(500 * time.Millisecond)
				if fast, _ := d.UnderWay(); fast != 4 || len(s.got("fast")) != 0 {
					t.Fatalf("%d under way, %d posts of the fast one", fast, len(s.got("fast")))
				}
				s.pass(4 * time.Second)
				posts := s.got("fast")
				if len(posts) != 1 {
					t.Fatalf("%d posts", len(posts))
				}
				if late := s.since(posts[0].at) - tt.want; late < 0 || late > 100*time.Millisecond {
					t.Errorf("it came after %s, want %s", s.since(posts[0].at), tt.want)
				}
				s.pass(10 * time.Second)
				if fast, slow := d.UnderWay(); fast != 0 || slow != 0 {
					t.Errorf("%d and %d places were not given back", fast, slow)
				}
			})
		})
	}
}

func TestAPlaceOfATenantGoesToItsOtherEndpoints(t *testing.T) {
	answer := func(p sent) reply {
		if p.host == "slow" {
			return reply{code: 200, after: 3 * time.Second}
		}
		return reply{code: 200}
	}
	simulate(t, answer, func(t *testing.T, s *sim) {
		s.options.PerTenant, s.options.Poll = 2, time.Hour
		s.crm("slow", routing.Webhook{})
		s.crm("other", routing.Webhook{})
		s.crm("foreign", routing.Webhook{})
		for i := range 2 {
			s.event(fmt.Sprint("c", i), 1, "slow")
		}
		d, _ := s.start()
		s.pass(time.Second)
		s.event("c1", 1, "other")
		s.eventOf("t2", "c9", 1, "foreign")
		d.Wake("other", "foreign")
		s.pass(time.Second)
		if len(s.got("other")) != 0 || len(s.got("foreign")) != 1 {
			t.Errorf("%d posts of a tenant that has all it may have, %d of another", len(s.got("other")), len(s.got("foreign")))
		}
		s.pass(1500 * time.Millisecond)
		if posts := s.got("other"); len(posts) != 1 || s.since(posts[0].at) > 3100*time.Millisecond {
			t.Errorf("posts %+v", posts)
		}
	})
}

func TestOnlyTheEndpointsThatAreDueAreLookedAt(t *testing.T) {
	simulate(t, always(200), func(t *testing.T, s *sim) {
		s.options.Poll = time.Hour
		for i := range 10 {
			s.crm(fmt.Sprint("e", i), routing.Webhook{})
		}
		d, _ := s.start()
		s.pass(time.Second)
		for i := range 3 {
			s.event(fmt.Sprint("c", i), 1, "e3", "e5")
			d.Wake("e3", "e5")
			s.pass(time.Second)
		}
		named, all := s.store.asked()
		if diff := cmp.Diff([]string{"e3", "e5"}, named); diff != "" || all != 1 {
			t.Errorf("named %v, all %d times", named, all)
		}
		s.event("c9", 1, "e7") // somebody else stored it
		s.pass(time.Minute)
		if len(s.got("e7")) != 0 {
			t.Error("found without being told, so the next proves nothing")
		}
		d.Wake()
		s.pass(time.Second)
		if len(s.got("e7")) != 1 {
			t.Error("Wake for all did not look at all")
		}
	})
}

func TestThePollFindsWhatNobodyTold(t *testing.T) {
	simulate(t, always(200), func(t *testing.T, s *sim) {
		s.options.Poll = time.Second
		s.crm("e1", routing.Webhook{})
		s.start()
		s.pass(10 * time.Second)
		s.event("c1", 1, "e1")
		s.pass(1500 * time.Millisecond)
		if len(s.got("e1")) != 1 {
			t.Error("not found")
		}
		if _, all := s.store.asked(); all > 15 {
			t.Errorf("looked %d times in twelve seconds", all)
		}
	})
}

func TestABacklogOfManyEndpointsIsWorkedOff(t *testing.T) {
	simulate(t, always(200), func(t *testing.T, s *sim) {
		s.options.Concurrent = 8
		const endpoints, each = 50, 10
		for i := range endpoints {
			e := fmt.Sprint("e", i)
			s.crm(e, routing.Webhook{})
			for n := range each {
				s.eventOf(routing.TenantID(e), fmt.Sprint("c", n), 1, e)
			}
		}
		s.start()
		s.pass(time.Minute)
		if n := len(s.got("")); n != endpoints*each {
			t.Errorf("%d posts", n)
		}
	})
}

func TestMetricsAreToldOfEveryAttempt(t *testing.T) {
	answer := func(p sent) reply {
		if p.header.Get("X-Webhook-Attempt") == "1" {
			return reply{code: 503, after: 40 * time.Millisecond}
		}
		return reply{code: 204}
	}
	simulate(t, answer, func(t *testing.T, s *sim) {
		var got []delivery.Attempt
		s.options.Observe = func(a delivery.Attempt) { got = append(got, a) }
		s.crm("e1", routing.Webhook{})
		s.event("c1", 1, "e1")
		s.pass(time.Second) // nobody runs yet
		s.start()
		s.pass(time.Minute)
		var groups []string
		for i := range got {
			groups = append(groups, got[i].CodeGroup())
			got[i].Delay = got[i].Delay.Truncate(time.Second)
		}
		want := []delivery.Attempt{
			{Class: delivery.HTTP, Code: 503, Took: 40 * time.Millisecond, First: true, Delay: time.Second},
			{Code: 204, Done: true, Delay: 6 * time.Second},
		}
		if diff := cmp.Diff(want, got); diff != "" || !slices.Equal(groups, []string{"5xx", "2xx"}) {
			t.Errorf("%v %s", groups, diff)
		}
	})
}
