package esl

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/dialplan"
	"switchyard/internal/esl/esltest"
)

// A caller who presses keys at any time, also in the gaps between what is
// played: each is given out once, in its order, and none leaves him hearing on
// for long.
func TestKeysAtAnyTime(t *testing.T) {
	breaks := 0
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) { breaks += pressAtAnyTime(t, seed) })
	}
	if breaks == 0 {
		t.Error("no key came just before something was played")
	}
}

// pressAtAnyTime gives how often a key had to be helped.
func pressAtAnyTime(t *testing.T, seed uint64) (breaks int) {
	rng := rand.New(rand.NewPCG(seed, 0))
	var pressed []byte
	call := esltest.Call{From: "+15550001111", To: "+15559990000"}
	for at := 500 * time.Millisecond; len(pressed) < 200; at += time.Duration(rng.IntN(400)) * time.Millisecond {
		key := "0123456789*#"[rng.IntN(12)]
		pressed = append(pressed, key)
		call.Presses = append(call.Presses, esltest.Key{At: at, Digit: key})
	}
	listener := esltest.NewListener()
	var got []byte
	server := &Server{Handle: func(ctx context.Context, s *Session) { got = listenTo(ctx, t, s, rng, len(pressed)) }}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener, time.Minute) }()
	res, err := (&esltest.Switch{Dial: listener.Dial}).Place(ctx, call)
	if err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if string(got) != string(pressed) {
		t.Errorf("seed %d: keys %q, want %q", seed, got, pressed)
	}
	for _, command := range res.Sent {
		if strings.HasPrefix(command, "api uuid_break") {
			breaks++
		}
	}
	return breaks
}

// listenTo plays silences until so many keys were pressed.
func listenTo(ctx context.Context, t *testing.T, s *Session, rng *rand.Rand, keys int) (got []byte) {
	if err := s.Set(dialplan.Listening(true)...); err != nil {
		t.Error(err)
	}
	if _, err := s.Execute(ctx, nil, dialplan.Answer{}); err != nil {
		t.Error(err)
	}
	for len(got) < keys {
		time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond) // whoever listens has other things to do
		began := time.Now()
		length := time.Duration(20+rng.IntN(1000)) * time.Millisecond
		some, v, err := s.Listen(ctx, true, dialplan.Play{Of: dialplan.SilenceSound(length)})
		if err != nil {
			t.Error(err)
			return got
		}
		if v == nil && time.Since(began) > 0 {
			t.Errorf("nothing was played, for %v", time.Since(began))
		}
		if d := time.Since(began); d > length+cutWithin {
			t.Errorf("%v of silence took %v", length, d)
		}
		got = append(got, some...)
	}
	if err := s.Hangup(dialplan.NormalClearing); err != nil {
		t.Error(err)
	}
	s.Finish(ctx)
	return got
}
