package phone

import (
	"math"
	"math/bits"
)

// audible is the level (root mean square, of 32767) above which a window is
// not silence; PCMU's own noise stays below 10.
const audible = 100

// level is the root mean square of samples; 0 of none.
func level(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	sum := 0.0
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(samples)))
}

// toneShare is which part, 0 to 1, of the energy of samples (8 kHz) is at one
// frequency: Goertzel's algorithm.
func toneShare(samples []int16, hz float64) float64 {
	coeff := 2 * math.Cos(2*math.Pi*hz/8000)
	var s1, s2, total float64
	for _, x := range samples {
		v := float64(x)
		s1, s2 = v+coeff*s1-s2, s1
		total += v * v
	}
	if total == 0 {
		return 0
	}
	power := s1*s1 + s2*s2 - coeff*s1*s2
	return 2 * power / (float64(len(samples)) * total)
}

// muLaw encodes a sample as G.711 does.
func muLaw(v int16) byte {
	const bias, clip = 0x84, 32635
	sign := byte(0)
	x := int(v)
	if x < 0 {
		sign, x = 0x80, -x
	}
	x = min(x, clip) + bias
	exponent := bits.Len(uint(x)) - 8
	mantissa := byte(x>>(exponent+3)) & 0x0f
	return ^(sign | byte(exponent)<<4 | mantissa)
}

// linear decodes a byte of G.711.
func linear(u byte) int16 {
	u = ^u
	x := (int(u&0x0f)<<3 + 0x84) << (u >> 4 & 7)
	x -= 0x84
	if u&0x80 != 0 {
		x = -x
	}
	return int16(x)
}
