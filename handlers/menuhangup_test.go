package handlers_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/internal/esl/esltest"
)

// The caller of a menu hangs up at any time, with keys pressed or not: the
// session ends at once, and the goroutines of the call with it.
func TestCallerHangsUpInAMenuWhenever(t *testing.T) {
	d := directory(t, operator, spoken)
	for at := 20 * time.Millisecond; at < 40*time.Second; at += max(at/5, 20*time.Millisecond) {
		synctest.Test(t, func(t *testing.T) {
			told := &notes{}
			s := start(t, d, told, time.Second)
			sw := &esltest.Switch{
				Dial:   s.listener.Dial,
				Phones: map[string][]esltest.Phone{"1001@acme.example": {{Registered: true, RingAfter: time.Second, AnswerAfter: 5 * time.Second, HangupAfter: 30 * time.Second}}},
			}
			c := call
			c.HangupAfter = at
			for i, key := range []byte("92....81...9.12") {
				if key != '.' {
					c.Presses = append(c.Presses, esltest.Key{At: time.Duration(i+1)*1100*time.Millisecond + 10*time.Millisecond, Digit: key})
				}
			}
			began := time.Now()
			result, err := sw.Place(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			s.end()
			if last := told.list[len(told.list)-1]; !strings.HasPrefix(last, "ended ") || !strings.HasSuffix(last, "complete=true") {
				t.Errorf("hang-up after %s: %q", at, told.list)
			}
			if took := time.Since(began) - result.Duration; took > 2*time.Second {
				t.Errorf("hang-up after %s: the session lived %s longer", at, took)
			}
		})
	}
}
