package dialplan

import (
	"math"
	"net/netip"
	"strconv"
)

// What is beyond these was never counted on a call.
const (
	maxQ850    = 127
	maxPackets = 1 << 40
	maxJitter  = 60_000 // ms
	maxMOS     = 4.5
)

// readMedia reads what FreeSWITCH counted of a channel's audio, nil if it says
// nothing of it. A value that cannot be is left out.
func readMedia(v Variables) *Media {
	m := Media{RemoteIP: address(v.Variable("remote_media_ip"))}
	if packets := v.Variable("rtp_audio_in_packet_count"); packets != "" { // FreeSWITCH sets all of them or none
		m.readCounts(v, packets)
	}
	if m == (Media{}) {
		return nil
	}
	return &m
}

func (m *Media) readCounts(v Variables, packets string) {
	*m = Media{
		RemoteIP:   m.RemoteIP,
		InPackets:  count(packets, maxPackets),
		InBytes:    count(v.Variable("rtp_audio_in_media_bytes"), maxPackets),
		InLost:     count(v.Variable("rtp_audio_in_skip_packet_count"), maxPackets),
		InJitterMs: deviation(v.Variable("rtp_audio_in_jitter_max_variance")),
		InMOS:      measure(v.Variable("rtp_audio_in_mos"), maxMOS),
		InQuality:  measure(v.Variable("rtp_audio_in_quality_percentage"), 100),
		OutPackets: count(v.Variable("rtp_audio_out_packet_count"), maxPackets),
		OutBytes:   count(v.Variable("rtp_audio_out_media_bytes"), maxPackets),
	}
}

// count reads a number from 0 to most, 0 if it is none.
func count(s string, most int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > most {
		return 0
	}
	return n
}

// measure reads a quantity from 0 to most, 0 if it is none.
func measure(s string, most float64) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= most) { // NaN is neither
		return 0
	}
	return f
}

// deviation is the root of a variance, to a hundredth.
func deviation(variance string) float64 {
	return math.Round(100*math.Sqrt(measure(variance, maxJitter*maxJitter))) / 100
}

func address(s string) string {
	if s == "" {
		return ""
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return ""
	}
	return a.String()
}
