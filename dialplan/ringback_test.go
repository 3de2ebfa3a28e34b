package dialplan

import (
	"strings"
	"testing"
)

func TestRingback(t *testing.T) {
	for text, sound := range map[string]string{
		"": "%(2000,4000,440,480)", "ring": "%(2000,4000,440,480)", "us": "%(2000,4000,440,480)",
		"uk": "%(400,200,400,450)%(400,2000,400,450)", "de": "%(1000,4000,425)", "fr": "%(1500,3500,440)",
		"au": "%(400,200,413,438)%(400,2000,413,438)", "jp": "%(1000,2000,384,416)", "it": "%(1000,4000,425)", "es": "%(1500,3000,425)",
		"music:moh": "local_stream://moh",
	} {
		r := must[Ringback](t)(ParseRingback(text))
		var got []string
		for _, v := range RingbackOf(r) {
			got = append(got, v.Name()+"="+v.Value())
			if strings.ContainsAny(v.Value(), ";") || CheckText(v.Value()) != nil {
				t.Errorf("%s: %q cannot be set", text, v.Value())
			}
		}
		if want := "ringback=" + sound + " transfer_ringback=" + sound + " instant_ringback=true"; strings.Join(got, " ") != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
		if text != "" && r.String() != text {
			t.Errorf("%q became %q", text, r.String())
		}
	}
	if got := (Ringback{}).String(); got != "ring" {
		t.Error(got)
	}
	if len(RingTones()) != len(ringTones) || RingTones()[0] != "au" {
		t.Error(RingTones())
	}
	for _, bad := range []string{"xx", "music:", "music", "Ring", "music:a b", "%(1,2,3)", "music:" + strings.Repeat("x", 41)} {
		if _, err := ParseRingback(bad); err == nil {
			t.Errorf("%q passed", bad)
		}
	}
}
