package handlers_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/internal/esl/esltest"
)

const limited = `
tenant: acme
extensions:
  - {extension: "1001", callLimit: 1, followMe: [{number: "1002"}]}
  - {extension: "1002", callLimit: 1}
  - {extension: "1003", callLimit: 1, ringSeconds: 5}
  - {extension: "1009"}
dids:
  - {number: "+13055550100", inboundRoute: extension, routeTarget: "1001"}
`

// placed is a call and when it is made.
type placed struct {
	at       time.Duration
	from, to string // an extension that calls has authenticated
	sip      int    // what its phone must get
}

// A server knows of its own calls without a switch that tells: an extension is
// occupied while it rings, talks or calls, and free again at once.
func TestOwnCallsCountBeforeASwitchTells(t *testing.T) {
	const answered, busy, unanswered = 200, 486, 480
	for name, calls := range map[string][]placed{
		"while it talks":                      {{0, "", "1001", answered}, {5 * time.Second, "", "1001", busy}},
		"while it rings":                      {{0, "", "1001", answered}, {time.Second, "", "1001", busy}},
		"no longer after its call":            {{0, "", "1001", answered}, {40 * time.Second, "", "1001", answered}},
		"no longer after it rang":             {{0, "", "1003", unanswered}, {10 * time.Second, "", "1003", unanswered}},
		"while its phone calls":               {{0, "1002", "1001", answered}, {5 * time.Second, "", "1002", busy}},
		"no longer after its phone called":    {{0, "1002", "1001", answered}, {40 * time.Second, "", "1002", answered}},
		"others that rang are free at once":   {{0, "", "1001", answered}, {5 * time.Second, "", "1002", answered}},
		"others are occupied while they ring": {{0, "", "1001", answered}, {time.Second, "", "1002", busy}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { placeAll(t, calls) })
		})
	}
}

func placeAll(t *testing.T, calls []placed) {
	t.Helper()
	s := start(t, directory(t, operator, limited), &notes{}, time.Second)
	first := []esltest.Phone{{Registered: true, AnswerAfter: 2 * time.Second, HangupAfter: 30 * time.Second}}
	second := []esltest.Phone{{Registered: true, AnswerAfter: 3 * time.Second, HangupAfter: 30 * time.Second}}
	sw := &esltest.Switch{Dial: s.listener.Dial, Phones: map[string][]esltest.Phone{
		"1001@acme.example": first, "1002@acme.example": second, "1003@acme.example": {{Registered: true, NeverAnswers: true}},
	}}
	var wg sync.WaitGroup
	for _, c := range calls {
		wg.Go(func() {
			<-time.After(c.at)
			if got := place(t, sw, c); got != c.sip {
				t.Errorf("the call to %s after %s got %d, want %d", c.to, c.at, got, c.sip)
			}
		})
	}
	wg.Wait()
	s.end()
}

// place calls an extension: as one of the tenant's phones, else as one that is
// on no call otherwise.
func place(t *testing.T, sw *esltest.Switch, c placed) (sip int) {
	t.Helper()
	from := c.from
	if from == "" {
		from = "1009"
	}
	result, err := sw.Place(context.Background(), esltest.Call{From: from, To: c.to, AuthUser: from, AuthDomain: "acme.example", HangupAfter: time.Minute})
	if err != nil {
		t.Error(err)
		return 0
	}
	return result.SIPStatus
}
