package dialplan

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The values FreeSWITCH 1.11 gave for an answered call (testdata/captures).
var counted = vars{
	"hangup_cause_q850": "16", "bridge_uepoch": "1795229745250719", "remote_media_ip": "127.0.0.1",
	"rtp_audio_in_packet_count": "1175", "rtp_audio_in_media_bytes": "200208", "rtp_audio_in_raw_bytes": "200384",
	"rtp_audio_in_skip_packet_count": "35", "rtp_audio_in_jitter_max_variance": "98.22",
	"rtp_audio_in_mos": "4.50", "rtp_audio_in_quality_percentage": "100.00",
	"rtp_audio_out_packet_count": "628", "rtp_audio_out_media_bytes": "108016",
}

func TestMedia(t *testing.T) {
	e := ReadEnding(counted)
	if e.Q850 != 16 || !e.BridgedAt.Equal(time.UnixMicro(1795229745250719)) {
		t.Errorf("Q.850 %d, bridged %s", e.Q850, e.BridgedAt)
	}
	want := &Media{RemoteIP: "127.0.0.1", InPackets: 1175, InBytes: 200208, InLost: 35, InJitterMs: 9.91, InMOS: 4.5, InQuality: 100, OutPackets: 628, OutBytes: 108016}
	if d := cmp.Diff(want, e.Media); d != "" {
		t.Error(d)
	}
}

func TestNobodySaidAnythingOfMedia(t *testing.T) {
	if e := ReadEnding(vars{"hangup_cause": "USER_BUSY"}); e.Media != nil || !e.BridgedAt.IsZero() || e.Q850 != 0 {
		t.Errorf("%+v", e)
	}
	if e := ReadEnding(vars{"bridge_uepoch": "0"}); !e.BridgedAt.IsZero() {
		t.Error(e.BridgedAt)
	}
}

// What cannot be is left out, one by one, and never spoils the rest.
func TestImpossibleValuesAreIgnored(t *testing.T) {
	for name := range counted {
		for _, bad := range []string{"-1", "NaN", "Inf", "-Inf", "1e400", "99999999999999999999", "9223372036854775807", "1 ", "0x10", "", "abc", "\x00", "::1%eth0"} {
			v := vars{}
			for k, s := range counted {
				v[k] = s
			}
			v[name] = bad
			e := ReadEnding(v)
			if m := e.Media; m == nil || m.InPackets < 0 || m.InJitterMs < 0 || math.IsNaN(m.InJitterMs+m.InMOS+m.InQuality) ||
				m.InMOS > maxMOS || m.InQuality > 100 || m.RemoteIP != "" && m.RemoteIP != "127.0.0.1" {
				t.Errorf("%s=%q: %+v", name, bad, m)
			}
			if e.Q850 < 0 || e.Q850 > maxQ850 || e.BridgedAt.Year() > 2199 {
				t.Errorf("%s=%q: Q.850 %d, bridged %s", name, bad, e.Q850, e.BridgedAt)
			}
		}
	}
}

func FuzzReadEnding(f *testing.F) {
	f.Add("16", "98.22", "127.0.0.1", "ARRAY::a;USER_BUSY|:b;NONE")
	f.Add("-1", "NaN", "::", "|:;")
	f.Fuzz(func(t *testing.T, number, quantity, ip, legs string) {
		e := ReadEnding(vars{
			"hangup_cause_q850": number, "rtp_audio_in_packet_count": number, "start_uepoch": number, "bridge_uepoch": number,
			"rtp_audio_in_jitter_max_variance": quantity, "rtp_audio_in_mos": quantity, "remote_media_ip": ip, "originate_causes": legs,
		})
		if m := e.Media; m != nil && (m.InPackets < 0 || !(m.InJitterMs >= 0) || !(m.InMOS >= 0 && m.InMOS <= maxMOS) || len(m.RemoteIP) > 64) {
			t.Errorf("%+v", m)
		}
		if e.Q850 < 0 || e.Q850 > maxQ850 {
			t.Error(e.Q850)
		}
	})
}
