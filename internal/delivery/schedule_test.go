package delivery

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSchedule(t *testing.T) {
	now := time.Date(2026, 4, 7, 14, 15, 2, 0, time.UTC)
	at := now
	attempts := 1
	for {
		next, again := NextAt(at, attempts, 0.5)
		if !again {
			break
		}
		at = next
		attempts++
	}
	if attempts != 12 || at.Sub(now).Round(time.Hour) != 76*time.Hour {
		t.Errorf("%d attempts over %s", attempts, at.Sub(now))
	}
	if next, _ := NextAt(now, 1, 0.5); next.Sub(now) != 5*time.Second {
		t.Errorf("the second attempt is after %s", next.Sub(now))
	}
}

func TestJitterStaysWithinAFifth(t *testing.T) {
	now := time.Date(2026, 4, 7, 14, 15, 2, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.IntRange(1, MaxAttempts-1).Draw(t, "attempt")
		jitter := rapid.Float64Range(0, 0.999999).Draw(t, "jitter")
		next, again := NextAt(now, attempt, jitter)
		wait := next.Sub(now).Seconds() / schedule[attempt].Seconds()
		if !again || wait < 0.799999 || wait > 1.2 {
			t.Fatalf("attempt %d, jitter %g: %g of its step", attempt, jitter, wait)
		}
	})
}
