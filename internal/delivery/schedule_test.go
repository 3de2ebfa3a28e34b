package delivery

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSchedule(t *testing.T) {
	total, tries := time.Duration(0), 1
	for ; ; tries++ {
		wait, again := waitAfter(tries, 0.5)
		if !again {
			break
		}
		total += wait
	}
	if tries != 12 || total.Round(time.Hour) != 76*time.Hour {
		t.Errorf("%d tries over %s", tries, total)
	}
	if wait, _ := waitAfter(1, 0.5); wait != 5*time.Second {
		t.Errorf("the second try is after %s", wait)
	}
}

func TestJitterStaysWithinAFifth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		try := rapid.IntRange(1, MaxAttempts-1).Draw(t, "try")
		wait, again := waitAfter(try, rapid.Float64Range(0, 0.999999).Draw(t, "jitter"))
		part := wait.Seconds() / schedule[try].Seconds()
		if !again || part < 0.799999 || part > 1.2 {
			t.Fatalf("try %d: %g of its step", try, part)
		}
	})
}
