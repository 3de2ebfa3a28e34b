package loadtest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/rig"
)

func TestQuantileOfSortedDelays(t *testing.T) {
	var values []float64
	for i := range 100 {
		values = append(values, float64(i+1))
	}
	for _, c := range []struct{ q, want float64 }{{0.5, 51}, {0.99, 100}, {1, 100}} {
		if got := Quantile(values, c.q); got != c.want {
			t.Errorf("quantile %v is %v, want %v", c.q, got, c.want)
		}
	}
	if got := Quantile(nil, 0.5); got != 0 {
		t.Errorf("quantile of nothing is %v", got)
	}
}

func TestMedianOfRoundsInAnyOrder(t *testing.T) {
	rounds := []float64{9, 1, 5}
	if got := Median(rounds); got != 5 {
		t.Errorf("median is %v", got)
	}
	if rounds[0] != 9 {
		t.Error("the rounds were sorted in place")
	}
}

func TestUsageOfThisProcess(t *testing.T) {
	u, err := UsageOf(os.Getpid())
	if err != nil || u.RSS < 1<<20 {
		t.Errorf("usage %+v, %v", u, err)
	}
}

func TestUsageOfAProcessWithBracketsInItsName(t *testing.T) {
	u, err := parseStat("42 (a) b (c)) S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 100 1000 3 0")
	if want := (Usage{2 * time.Second, 3 * os.Getpagesize()}); err != nil || u != want {
		t.Errorf("usage %+v, %v; want %+v", u, err, want)
	}
	for _, line := range []string{"", "42 (short) S 1", "42 (a) S 1 1 1 0 -1 0 0 0 0 0 x 50 0 0 20 0 1 0 100 1000 3 0"} {
		if _, err := parseStat(line); err == nil {
			t.Errorf("%q was accepted", line)
		}
	}
}

func TestProcessThatEndsIsNotWaitedFor(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Launch(t.TempDir(), sh, "-c", "echo the port is taken; exit 1")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	addr, err := rig.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Listening(t.Context(), addr); err == nil || !strings.Contains(err.Error(), "the port is taken") {
		t.Errorf("error %v does not have what it said", err)
	}
}
