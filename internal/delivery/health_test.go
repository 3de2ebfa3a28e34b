package delivery

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 4, 7, 14, 15, 2, 0, time.UTC)

func after(d time.Duration) time.Time { return t0.Add(d) }

// failed is an attempt made at a time that took no time.
func failed(at time.Time) Result {
	return Result{At: at, Code: 500, Class: HTTP, TenantID: "t1", EndpointID: "e1"}
}

func worked(at time.Time) Result {
	return Result{At: at, Code: 200, TenantID: "t1", EndpointID: "e1"}
}

func note(h *Health, results ...Result) (changed bool) {
	for _, r := range results {
		changed = h.Note(r)
	}
	return changed
}

func TestFirstFailureOfAnEndpoint(t *testing.T) {
	var h Health
	r := failed(t0)
	r.Took = time.Second
	if !h.Note(r) {
		t.Error("nothing changed")
	}
	if diff := cmp.Diff(Health{EndpointID: "e1", TenantID: "t1", Failures: 1, Attempts: 1, FailingSince: t0}, h); diff != "" {
		t.Error(diff)
	}
}

func TestSuccessOfAnEndpointThatWorksChangesNothing(t *testing.T) {
	for _, h := range []Health{{}, {EndpointID: "e1", TenantID: "t1", LastOKAt: t0}} {
		before := h
		if h.Note(worked(after(time.Hour))) || h != before {
			t.Errorf("%+v became %+v", before, h)
		}
	}
}

func TestPausedAfterFiveInARow(t *testing.T) {
	var h Health
	for i := range 4 {
		h.Note(failed(after(time.Duration(i) * time.Second)))
	}
	if h.Slots != 0 || !h.PausedUntil.IsZero() {
		t.Errorf("paused after four: %+v", h)
	}
	h.Note(failed(after(4 * time.Second)))
	if h.Slots != 1 || h.Pause != 15*time.Second || !h.PausedUntil.Equal(after(19*time.Second)) {
		t.Errorf("after five: %+v", h)
	}
}

func TestFailuresUnderWayWhenThePauseBeganDoNotProlongIt(t *testing.T) {
	var h Health
	for range 8 { // eight at the same time
		h.Note(failed(t0))
	}
	if h.Failures != 8 || h.Pause != 15*time.Second || !h.PausedUntil.Equal(after(15*time.Second)) {
		t.Errorf("%+v", h)
	}
}

func TestEveryProbeThatFailsDoublesThePause(t *testing.T) {
	var h Health
	for range 5 {
		h.Note(failed(t0))
	}
	for _, want := range []time.Duration{30, 60, 120, 240, 300, 300, 300} {
		probe := failed(h.PausedUntil)
		probe.Took = 5 * time.Second
		h.Note(probe)
		if h.Pause != want*time.Second || !h.PausedUntil.Equal(probe.At.Add(5*time.Second+h.Pause)) || h.Slots != 1 {
			t.Errorf("want a pause of %d s: %+v", want, h)
		}
	}
}

func TestSuccessEndsEverything(t *testing.T) {
	var h Health
	for range 7 {
		h.Note(failed(t0))
	}
	if !h.Note(worked(after(20 * time.Second))) {
		t.Error("nothing changed")
	}
	if diff := cmp.Diff(Health{EndpointID: "e1", TenantID: "t1", LastOKAt: after(20 * time.Second)}, h); diff != "" {
		t.Error(diff)
	}
	for range 4 { // it starts from nothing
		h.Note(failed(after(30 * time.Second)))
	}
	if h.Slots != 0 {
		t.Errorf("paused after four: %+v", h)
	}
}

func TestPatienceThatWasAskedFor(t *testing.T) {
	var h Health
	asked := Result{At: t0, Code: http.StatusTooManyRequests, Class: HTTP, RetryAfter: 8 * time.Second}
	h.Note(asked)
	if !h.PausedUntil.Equal(after(8*time.Second)) || h.Slots != 0 {
		t.Errorf("%+v", h)
	}
	h.Note(worked(t0)) // was under way beside it
	if !h.PausedUntil.Equal(after(8*time.Second)) || h.Failures != 0 {
		t.Errorf("a success of before ended the pause: %+v", h)
	}
	if h.Note(worked(t0)) {
		t.Error("a second success changed something")
	}
	h.Note(worked(after(8 * time.Second)))
	if !h.PausedUntil.IsZero() {
		t.Errorf("%+v", h)
	}
}

func TestALongerPauseStays(t *testing.T) {
	var h Health
	for range 5 {
		h.Note(failed(t0))
	}
	asked := failed(t0)
	asked.Code, asked.RetryAfter = 503, time.Second
	h.Note(asked)
	if !h.PausedUntil.Equal(after(15 * time.Second)) {
		t.Errorf("%+v", h)
	}
	asked.RetryAfter = time.Minute
	h.Note(asked)
	if !h.PausedUntil.Equal(after(time.Minute)) {
		t.Errorf("%+v", h)
	}
}

func TestGoneIsDisabledAtOnce(t *testing.T) {
	var h Health
	gone := failed(t0)
	gone.Code = http.StatusGone
	h.Note(gone)
	if !h.DisabledAt.Equal(t0) || h.DisabledWhy != WhyGone {
		t.Errorf("%+v", h)
	}
	before := h
	if note(&h, worked(after(time.Second))) || note(&h, failed(after(time.Second))) || h != before {
		t.Errorf("a disabled endpoint changed: %+v", h)
	}
}

func TestDisabledAfterDays(t *testing.T) {
	const days = 5 * 24 * time.Hour
	for name, tt := range map[string]struct {
		attempts int
		over     time.Duration
		disabled bool
	}{
		"long and often":       {50, days, true},
		"long, but not often":  {49, days, false},
		"often, but not long":  {1000, days - time.Second, false},
		"longer and not often": {12, 2 * days, false},
	} {
		var h Health
		for i := range tt.attempts - 1 {
			h.Note(failed(t0.Add(tt.over * time.Duration(i) / time.Duration(tt.attempts))))
		}
		if !h.DisabledAt.IsZero() {
			t.Errorf("%s: disabled too early", name)
		}
		last := after(tt.over)
		h.Note(failed(last))
		if h.DisabledAt.Equal(last) != tt.disabled || (h.DisabledWhy == WhyFailing) != tt.disabled {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

func TestOneSuccessInFiveDaysIsEnough(t *testing.T) {
	var h Health
	for i := range 200 {
		at := after(time.Duration(i) * time.Hour)
		if i == 100 {
			h.Note(worked(at))
		} else {
			h.Note(failed(at))
		}
	}
	if !h.DisabledAt.IsZero() {
		t.Errorf("%+v", h)
	}
}

func TestWhatIsNotTheEndpointsFault(t *testing.T) {
	for _, class := range []Class{Blocked, Stopped, Gone} {
		var h Health
		for range 10 {
			if h.Note(Result{At: t0, Class: class, EndpointID: "e1"}) {
				t.Errorf("%s was charged", class)
			}
		}
		if h != (Health{}) {
			t.Errorf("%s: %+v", class, h)
		}
	}
	for _, class := range []Class{DNS, Connect, TLS, Timeout, HTTP} {
		var h Health
		if !h.Note(Result{At: t0, Class: class}) || h.Failures != 1 {
			t.Errorf("%s was not charged", class)
		}
	}
}

// Whatever comes in whatever order, no pause is longer than was asked for or
// than the longest of ours, and only five failures in a row make one of ours.
func TestHealthOfAnyEndpoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h Health
		at, inARow := t0, 0
		for range rapid.IntRange(1, 60).Draw(t, "attempts") {
			at = at.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "wait")) * time.Second)
			r := failed(at)
			r.Took = time.Duration(rapid.IntRange(0, 30).Draw(t, "took")) * time.Second
			if rapid.Bool().Draw(t, "ok") {
				r.Code, r.Class = 200, OK
				inARow = 0
			} else {
				inARow++
			}
			before := h
			if changed := h.Note(r); changed != (h != before) {
				t.Fatalf("changed is %v: %+v, %+v", changed, before, h)
			}
			if (h.Slots == 1) != (inARow >= PauseAfter) || h.Failures != inARow {
				t.Fatalf("%d in a row: %+v", inARow, h)
			}
			if h.PausedUntil.Sub(r.ended()) > MaxPause+30*time.Second || h.Pause > MaxPause {
				t.Fatalf("%+v at %v", h, at)
			}
		}
	})
}
