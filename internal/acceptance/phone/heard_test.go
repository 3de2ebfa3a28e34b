package phone

import (
	"math"
	"slices"
	"testing"
	"time"
)

// sounds are so many milliseconds of tones after each other; 0 Hz is silence.
func sounds(parts ...float64) (samples []int16) {
	for i := 0; i+1 < len(parts); i += 2 {
		for n := range int(parts[i+1] * 8) {
			samples = append(samples, int16(8000*math.Sin(2*math.Pi*parts[i]*float64(n)/8000)))
		}
	}
	return samples
}

func TestTones(t *testing.T) {
	known := []float64{900, 1000}
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for _, c := range []struct {
		name  string
		heard []float64
		want  []Heard
	}{
		{"nothing", nil, nil},
		{"silence", []float64{0, 500}, nil},
		{"two after each other", []float64{900, 200, 1000, 300}, []Heard{{Hz: 900, From: 0, For: ms(200)}, {Hz: 1000, From: ms(200), For: ms(300)}}},
		{"one after a pause", []float64{0, 1000, 900, 200}, []Heard{{Hz: 900, From: ms(1000), For: ms(200)}}},
		{"the same twice", []float64{900, 200, 0, 100, 900, 200}, []Heard{{Hz: 900, From: 0, For: ms(200)}, {Hz: 900, From: ms(300), For: ms(200)}}},
		{"a click in it", []float64{900, 200, 0, 40, 900, 200}, []Heard{{Hz: 900, For: ms(440), Gaps: ms(40)}}},
		{"something else", []float64{900, 200, 350, 100}, []Heard{{Hz: 900, From: 0, For: ms(200)}, {Hz: 0, From: ms(200), For: ms(100)}}},
		{"too short", []float64{900, 200, 0, 100, 1000, 40, 0, 100}, []Heard{{Hz: 900, From: 0, For: ms(200)}}},
	} {
		if got := TonesIn(sounds(c.heard...), known...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestPausesOfTheSenderAreHeard(t *testing.T) {
	a := &Audio{changed: make(chan struct{})}
	packet := make([]byte, frame)
	a.keep(7, 1000, packet)
	a.keep(7, 1000+frame, packet)
	a.keep(7, 1000+4*frame, packet) // a pause of two frames
	a.keep(8, 5, packet)            // another sender
	a.keep(8, 5, packet)            // whose time stands still
	if n := len(a.heard); n != 7*frame {
		t.Errorf("%d samples are kept, want %d", n, 7*frame)
	}
}
