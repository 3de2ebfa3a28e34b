package phone

import (
	"math"
	"testing"
)

func TestMuLawKeepsASampleWithinItsStep(t *testing.T) {
	for v := -32768; v <= 32767; v += 7 {
		got := int(linear(muLaw(int16(v))))
		if step := max(8, abs(v)/16); abs(got-v) > step && abs(v) < 32600 {
			t.Fatalf("%d came back as %d", v, got)
		}
	}
	if got := muLaw(0); got != 0xff {
		t.Errorf("silence is %#x, G.711 says 0xff", got)
	}
}

func TestToneShareTellsTonesApart(t *testing.T) {
	w := make([]int16, window)
	for i := range w {
		w[i] = int16(5000 * math.Sin(2*math.Pi*700*float64(i)/8000))
	}
	if s := toneShare(w, 700); s < 0.95 {
		t.Errorf("share of its own frequency %.2f", s)
	}
	if s := toneShare(w, 1000); s > 0.05 {
		t.Errorf("share of another frequency %.2f", s)
	}
	if s := toneShare(make([]int16, window), 700); s != 0 {
		t.Errorf("share in silence %.2f", s)
	}
}

func abs(v int) int { return max(v, -v) }
