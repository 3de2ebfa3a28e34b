package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"switchyard/internal/esl/esltest"
)

const ms = time.Millisecond

// longest is when a caller gives up whatever happens. A call whose server was
// killed between taking the connection and its first word is parked by
// FreeSWITCH until then.
const longest = 8 * time.Second

// placed is a call as the switch knows it.
type placed struct {
	uuid   string
	tenant int // -1: none
	kind   string
	at     time.Time
	ended  time.Time
	result *esltest.Result
	err    error
}

// seen tells whether a server left its mark on the channel: from then on it,
// or whoever comes after it, owes a record.
func (p *placed) seen() bool { return p.result != nil && p.result.Variables["switchyard_seen"] != "" }

// traffic places calls on a stand-in switch.
type traffic struct {
	world *world
	sw    *esltest.Switch
	rng   *rand.Rand
	// returning leaves out calls whose caller hangs up: if their server dies, the
	// dialplan's next socket action still tells the next one of them.
	returning bool

	under sync.WaitGroup
	mu    sync.Mutex
	calls []*placed
}

func newTraffic(w *world, rng *rand.Rand, eslAddress string, cdrs *esltest.CDR) *traffic {
	phones := map[string][]esltest.Phone{
		"gateway/carrier-a":           {{RingAfter: 100 * ms, AnswerAfter: 250 * ms, HangupAfter: 900 * ms}},
		"gateway/carrier-a/" + broken: {{AnswerAfter: 60 * ms, SIPCode: 503}},
	}
	for k := range w.tenants {
		user := func(extension string) string { return extension + "@" + domain(k) }
		phones[user("1001")] = []esltest.Phone{{Registered: true, RingAfter: 80 * ms, AnswerAfter: 300 * ms, HangupAfter: 1200 * ms}}
		phones[user("1002")] = []esltest.Phone{{Registered: true, AnswerAfter: 80 * ms, Busy: true}}
		phones[user("1003")] = []esltest.Phone{{Registered: true, RingAfter: 80 * ms, NeverAnswers: true}}
		phones[user("1004")] = []esltest.Phone{{}}
		phones[user("1005")] = []esltest.Phone{{Registered: true, RingAfter: 80 * ms, AnswerAfter: 600 * ms}}
	}
	return &traffic{world: w, rng: rng, sw: &esltest.Switch{
		Name: "soak-switch", Phones: phones, Greeting: 300 * ms,
		SocketActions: 6, RetryPause: time.Second, LastResort: "NORMAL_TEMPORARY_FAILURE", CDR: cdrs,
		Dial: func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", eslAddress)
		},
	}}
}

// next is the next call, chosen by the seed alone.
func (f *traffic) next() (placed, esltest.Call) {
	k := f.rng.IntN(f.world.tenants)
	hi, lo := f.rng.Uint64(), f.rng.Uint64()
	uuid := fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", hi>>32, hi>>16&0xffff, hi&0xfff, lo>>52, lo&0xffffffffffff)
	span := time.Duration(f.rng.IntN(3000)) * ms
	c := esltest.Call{UUID: uuid, From: "+13055550120", FromName: "Ann", HangupAfter: longest}
	p := placed{uuid: uuid, tenant: k}
	kinds := 12
	if f.returning {
		kinds = 6
	}
	switch f.rng.IntN(kinds) {
	case 0, 1:
		p.kind, c.To = "answered", number(k, toDesk)
	case 2:
		p.kind, c.To = "no answer", number(k, toNobody)
	case 3:
		p.kind, c.To = "mobile", number(k, toMobile)
	case 4:
		p.kind, c.To = "away", number(k, toAway)
	case 5:
		p.kind, c.To = "broken", number(k, toBroken)
	case 6, 7:
		p.kind, c.To, c.HangupAfterAnswer = "talk", number(k, toTalk), 500*ms+span
	case 8:
		p.kind, c.To, c.HangupAfter = "cancelled", number(k, toTalk), 300*ms
	case 9:
		p.kind, c.To, c.HangupAfterAnswer = "busy", number(k, toBusy), 1500*ms
	case 10:
		p.kind, c.To, c.From = "blocked", number(k, toDesk), nuisance
		if span < time.Second {
			p.kind, c.To, c.From = "no route", number(k, toNowhere), "+13055550120"
		} else if span < 1500*ms {
			p.kind, c.To, c.From, p.tenant = "unknown", nobodys, "+13055550120", -1
		}
	default:
		p.kind, c.To, c.HangupAfterAnswer = "internal", "1005", 300*ms+span/2
		c.From, c.Profile, c.Context, c.AuthUser, c.AuthDomain = "1001", "internal", "default", "1001", domain(k)
	}
	return p, c
}

// run places calls at a rate until ctx ends.
func (f *traffic) run(ctx context.Context, perSecond float64) {
	for {
		pause := time.Duration(f.rng.ExpFloat64() / perSecond * float64(time.Second))
		timer := time.NewTimer(min(pause, 2*time.Second))
		select {
		case <-timer.C:
			f.place(context.WithoutCancel(ctx))
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// place begins one call and returns; wait waits for its end.
func (f *traffic) place(ctx context.Context) {
	p, c := f.next()
	p.at = time.Now()
	f.mu.Lock()
	f.calls = append(f.calls, &p)
	f.mu.Unlock()
	f.under.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, longest+30*time.Second)
		defer cancel()
		res, err := f.sw.Place(ctx, c)
		f.mu.Lock()
		defer f.mu.Unlock()
		p.result, p.err, p.ended = res, err, time.Now()
	})
}

// wait waits until every call is over and every CDR posted or left in the
// folder. The calls are given with an error too; none, if some did not end.
func (f *traffic) wait(ctx context.Context) ([]*placed, error) {
	over := make(chan struct{})
	go func() { f.under.Wait(); close(over) }()
	select {
	case <-over:
	case <-ctx.Done():
		return nil, errors.New("calls did not end")
	}
	err := f.sw.CDR.Wait(ctx)
	if err != nil {
		err = fmt.Errorf("CDRs are still on their way: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls, err
}
