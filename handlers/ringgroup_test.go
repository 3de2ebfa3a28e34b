package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/esl/esltest"
	"switchyard/routing"
)

const sales = `
tenant: acme
extensions:
  - {extension: "1001", callLimit: 1}
  - {extension: "1002"}
  - {extension: "1003"}
  - {extension: "1009"}
  - {extension: "1010"}
  - {extension: "1011"}
ringGroups:
  - {name: one, extension: "301", callLimit: 1, skipBusy: false, members: [{number: "1002"}]}
  - {name: two, extension: "302", callLimit: 2, skipBusy: false, members: [{number: "1002"}], exits: {call-limit: {route: hangup, target: CALL_REJECTED}}}
  - {name: idle, extension: "303", members: [{number: "1002"}], exits: {nobody-available: {route: hangup, target: USER_BUSY}}}
  - {name: mixed, extension: "304", id: 0c1d2e3f-0000-4000-8000-000000000001, strategy: random, members: [{number: "1001"}, {number: "1002"}, {number: "1003"}]}
  - {name: turns, extension: "305", id: 0c1d2e3f-0000-4000-8000-000000000002, strategy: round-robin, members: [{number: "1001"}, {number: "1002"}, {number: "1003"}]}
  - {name: named, extension: "306", strategy: round-robin, members: [{number: "1001"}, {number: "1002"}]}
`

// Of calls that come in the same instant, as many ring as may.
func TestCallsAtTheSameInstant(t *testing.T) {
	for name, tt := range map[string]struct {
		to   string
		want []int // SIP answers of three calls, sorted
	}{
		"extension with one line":              {"1001", []int{200, 486, 486}},
		"group for one call":                   {"301", []int{200, 486, 486}},
		"group for two calls":                  {"302", []int{200, 200, 603}},
		"group whose member may have one call": {"303", []int{200, 486, 486}},
	} {
		t.Run(name, func(t *testing.T) {
			for range 10 {
				synctest.Test(t, func(t *testing.T) {
					if got := atOnce(t, tt.to); !slices.Equal(got, tt.want) {
						t.Errorf("answers %v, want %v", got, tt.want)
					}
				})
			}
		})
	}
}

// atOnce places three calls in one instant, and one more when they are over,
// which must ring.
func atOnce(t *testing.T, to string) []int {
	t.Helper()
	s := start(t, directory(t, operator, sales), &notes{}, time.Second)
	defer s.end()
	phone := []esltest.Phone{{Registered: true, AnswerAfter: 2 * time.Second, HangupAfter: 30 * time.Second}}
	sw := &esltest.Switch{Dial: s.listener.Dial, Phones: map[string][]esltest.Phone{"1001@acme.example": phone, "1002@acme.example": phone}}
	var mu sync.Mutex
	var got []int
	var wg sync.WaitGroup
	for _, from := range []string{"1009", "1010", "1011"} {
		wg.Go(func() {
			sip := place(t, sw, placed{from: from, to: to})
			mu.Lock()
			defer mu.Unlock()
			got = append(got, sip)
		})
	}
	wg.Wait()
	if sip := place(t, sw, placed{from: "1009", to: to}); sip != 200 {
		t.Errorf("a call afterwards got %d", sip)
	}
	slices.Sort(got)
	return got
}

// stuck is a channel on which everything that is executed ends in one way, and
// that notes what is occupied meanwhile.
type stuck struct {
	ending
	panics   string // what of it is a mistake: "bridge", "contacts"
	setFails int    // from which Set on; 0: never
	router   *handlers.Router
	sets     int
	occupied int
}

func (s *stuck) Set(...dialplan.Variable) error {
	if s.sets++; s.sets == s.setFails {
		return errors.New("the switch refuses")
	}
	return nil
}

func (s *stuck) Execute(ctx context.Context, joined func(dialplan.Joined), actions ...dialplan.Action) (dialplan.Variables, error) {
	s.occupied = max(s.occupied, s.router.Occupied())
	if s.panics == actions[0].Application() {
		panic("a mistake")
	}
	return s.ending.Execute(ctx, joined, actions...)
}

func (s *stuck) Contacts(context.Context, dialplan.User, dialplan.Domain) ([]dialplan.DialString, error) {
	if s.panics == "contacts" {
		panic("a mistake")
	}
	return nil, nil
}

// phonesOf knows of phones what a test says.
type phonesOf func(extension string) routing.PhoneState

func (p phonesOf) Phone(_, extension string) routing.PhoneState            { return p(extension) }
func (phonesOf) Redirected(context.Context, routing.CallID) (string, bool) { return "", false }

// However a call ends, nothing stays occupied: neither the caller's extension
// nor the group nor whom it rang.
func TestLinesAreFreeAgain(t *testing.T) {
	mistaken := phonesOf(func(extension string) routing.PhoneState {
		if extension == "1003" {
			panic("a mistake")
		}
		return routing.PhoneState{Known: true, Contacts: 1}
	})
	for name, tt := range map[string]struct {
		channel  stuck
		phones   handlers.Phones
		occupied int // most, while something was executed
	}{
		"over":                    {stuck{}, nil, 5}, // caller, group, three members
		"caller gone":             {stuck{ending: ending{executed: dialplan.ErrHungUp}}, nil, 5},
		"connection lost":         {stuck{ending: ending{executed: dialplan.ErrLost}}, nil, 5},
		"server stops":            {stuck{ending: ending{executed: context.Canceled}}, nil, 5},
		"moved":                   {stuck{ending: ending{executed: dialplan.ErrLeft}}, nil, 5},
		"switch refuses":          {stuck{setFails: 2}, nil, 0},
		"mistake while it rings":  {stuck{panics: "bridge"}, nil, 5},
		"mistake before it rings": {stuck{panics: "contacts"}, nil, 0},
		"mistake of who is there": {stuck{}, mistaken, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := directory(t, operator, strings.Replace(sales, "strategy: random, ", "", 1))
			router := &handlers.Router{Directory: func() *routing.Directory { return d }, Recorder: &notes{}, Now: time.Now, Log: zerolog.Nop(), Phones: tt.phones}
			tt.channel.router = router
			router.Serve(t.Context(), &tt.channel, from1009("304"))
			if left := router.Occupied(); left != 0 {
				t.Errorf("%d lines are still occupied", left)
			}
			if tt.channel.occupied != tt.occupied {
				t.Errorf("%d lines were occupied, want %d", tt.channel.occupied, tt.occupied)
			}
		})
	}
}

func from1009(to string) routing.Call {
	return routing.Call{ID: inbound.ID, CallerNumber: "1009", Dialled: to, AuthUser: "1009", AuthDomain: "acme.example"}
}

// A panic that ends the session leaves nothing occupied either.
func TestLinesAreFreeAfterAPanicOfTheSession(t *testing.T) {
	d := directory(t, operator, sales)
	router := &handlers.Router{Directory: func() *routing.Directory { return d }, Recorder: &notes{}, Now: time.Now, Log: zerolog.Nop()}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		router.Serve(t.Context(), &ending{panics: true}, from1009("304"))
	}()
	if left := router.Occupied(); left != 0 {
		t.Errorf("%d lines are still occupied", left)
	}
}

// first gives the member that a group rings first.
func first(t *testing.T, router *handlers.Router, group string) string {
	t.Helper()
	channel := &ending{executed: dialplan.ErrLost}
	router.Recorder, router.Now, router.Log = &notes{}, time.Now, zerolog.Nop()
	router.Serve(t.Context(), channel, from1009(group))
	if len(channel.sent) == 0 {
		t.Fatal("nobody was rung")
	}
	_, user, _ := strings.Cut(channel.sent[0], "user/")
	return strings.TrimSuffix(user, "@acme.example")
}

// Each order of the random numbers gives another order of the members, so that
// every one is first equally often; without a source of them there is one.
func TestEveryMemberIsFirstEquallyOften(t *testing.T) {
	d := directory(t, operator, sales)
	times := map[string]int{}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		router := &handlers.Router{Directory: func() *routing.Directory { return d }, Perm: func(n int) []int { return order[:n] }}
		times[first(t, router, "304")]++
	}
	if diff := cmp.Diff(map[string]int{"1001": 2, "1002": 2, "1003": 2}, times); diff != "" {
		t.Error(diff)
	}
	found := map[string]bool{}
	for range 200 {
		found[first(t, &handlers.Router{Directory: func() *routing.Directory { return d }}, "304")] = true
	}
	if len(found) != 3 {
		t.Errorf("only %v were ever first", found)
	}
}

// counts counts in memory, as Tally.
type counts map[string]uint64

func (c counts) Add(tenant routing.TenantID, what handlers.TallyKind, key string) uint64 {
	full := fmt.Sprint(tenant, " ", what, " ", key)
	c[full]++
	return c[full] - 1
}

// A group that rings in turn remembers its place by its id, which a new name
// does not change; without one by its name. Whoever counts nothing begins with
// the first.
func TestTurnsAreRemembered(t *testing.T) {
	d, tally := directory(t, operator, sales), counts{}
	router := &handlers.Router{Directory: func() *routing.Directory { return d }, Tally: tally}
	var got []string
	for _, group := range []string{"305", "305", "306", "305", "306", "305"} {
		got = append(got, first(t, router, group))
	}
	if diff := cmp.Diff([]string{"1001", "1002", "1001", "1003", "1002", "1001"}, got); diff != "" {
		t.Error(diff)
	}
	const tenant = "6a097cb2-504f-43be-819a-b76209976818 ring-group "
	if diff := cmp.Diff(counts{tenant + "0c1d2e3f-0000-4000-8000-000000000002": 4, tenant + "named": 2}, tally); diff != "" {
		t.Error(diff)
	}
	uncounted := &handlers.Router{Directory: func() *routing.Directory { return d }}
	if a, b := first(t, uncounted, "305"), first(t, uncounted, "305"); a != "1001" || b != "1001" {
		t.Errorf("without a count %s and %s are first", a, b)
	}
}

// attempted keeps the attempts of the last step.
type attempted struct {
	notes
	last []handlers.Attempt
}

func (a *attempted) Stepped(id routing.CallID, s handlers.Step) {
	a.notes.Stepped(id, s)
	a.last = s.Attempts
}

// When the switch is gone, what was last known of phones counts, and the record
// says as of when; fresh knowledge needs no such note.
func TestLastKnownStateIsUsedAndSaid(t *testing.T) {
	lost := time.Date(2026, 11, 20, 14, 59, 0, 0, time.UTC)
	d, told := directory(t, operator, strings.Replace(sales, "strategy: random, ", "", 1)), &attempted{}
	router := &handlers.Router{
		Directory: func() *routing.Directory { return d }, Recorder: told, Now: time.Now, Log: zerolog.Nop(),
		Phones: phonesOf(func(extension string) routing.PhoneState {
			switch extension {
			case "1001":
				return routing.PhoneState{Known: true, Stale: true, AsOf: lost}
			case "1002":
				return routing.PhoneState{Known: true, Stale: true, AsOf: lost, Contacts: 1}
			default:
				return routing.PhoneState{Known: true, AsOf: lost, Contacts: 1}
			}
		}),
	}
	channel := &ending{executed: dialplan.ErrHungUp}
	router.Serve(t.Context(), channel, from1009("304"))
	want := []handlers.Attempt{
		{Member: "1001", Round: 1, Skipped: routing.SkipUnregistered, AsOf: lost},
		{Member: "1002", Round: 1, Outcome: routing.CallerGone, AsOf: lost},
		{Member: "1003", Round: 1, Outcome: routing.CallerGone},
	}
	if diff := cmp.Diff(want, told.last); diff != "" {
		t.Error(diff)
	}
	if len(channel.sent) != 1 || strings.Contains(channel.sent[0], "1001") || !strings.Contains(channel.sent[0], "user/1002@acme.example") {
		t.Errorf("sent %q", channel.sent)
	}
}
