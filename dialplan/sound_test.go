package dialplan

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestSounds(t *testing.T) {
	prompt := must[Prompt](t)(ParsePrompt("/prompts/acme/main.wav"))
	for _, c := range []struct {
		sound Sound
		want  string
	}{
		{FileSound(prompt), "/prompts/acme/main.wav"},
		{SilenceSound(2 * time.Second), "silence_stream://2000"},
		{SilenceSound(1500 * time.Microsecond), "silence_stream://1"},
		{SilenceSound(0), "silence_stream://1"},
		{SilenceSound(-time.Hour), "silence_stream://1"},
		{SilenceSound(time.Hour), "silence_stream://20000"},
		{ToneSound(must[Tone](t)(ParseTone("%(500,200,440)"))), "tone_stream://%(500,200,440)"},
		{SpokenSound(SplitSpoken("Press one.")[0]), "say:Press one."},
	} {
		if got := c.sound.String(); got != c.want || c.sound.IsZero() {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if !(Sound{}).IsZero() {
		t.Error("no sound is one")
	}
}

func TestParseTone(t *testing.T) {
	for text, ok := range map[string]bool{
		"%(500,200,440)":                   true,
		"%(500,200,440,480,1000,4000)":     true,
		"%(500,0,440)%(200,100,1)":         true,
		"%(1000,4000,425);loops=4":         true,
		"%(1,0,440);loops=100":             true,
		"%(20000,0,440)":                   true,
		"%(0,20000,440)":                   true,
		"":                                 false,
		";loops=2":                         false,
		"%()":                              false,
		"%(500,200)":                       false,
		"%(500,200,)":                      false,
		"%(500,200,440,480,1000,4000,1)":   false,
		"%(500,200,0)":                     false,
		"%(500,200,4001)":                  false,
		"%(0,0,440)":                       false,
		"%(20000,1,440)":                   false,
		"%(10001,0,440);loops=2":           false,
		"%(500,200,440);loops=0":           false,
		"%(500,200,440);loops=-1":          false,
		"%(500,200,440);loops=101":         false,
		"%(500,200,440);loops=":            false,
		"%(500,200,440);loops=2;loops=2":   false,
		"%(500,200,440);v=-20":             false,
		"%(+500,200,440)":                  false,
		"%(-500,200,440)":                  false,
		"%(5e2,200,440)":                   false,
		"%( 500,200,440)":                  false,
		"%(500,200,440":                    false,
		"500,200,440)":                     false,
		"%(500,200,440)x":                  false,
		"x%(500,200,440)":                  false,
		"%(%(500,200,440)":                 false,
		"%(500,200,${x})":                  false,
		"%(500,200,440)!/etc/passwd":       false,
		"%(99999999999999999999,0,440)":    false,
		"path=/etc/passwd":                 false,
		strings.Repeat("%(100,0,440)", 17): false, // 204 characters
		"%(1,0,440);loops=" + strings.Repeat("0", 9): false,
	} {
		if tone, err := ParseTone(text); (err == nil) != ok || ok && tone.String() != text {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What is accepted as a tone holds nothing but its language, and ends.
func FuzzParseTone(f *testing.F) {
	for _, s := range append(hostile, "%(500,200,440)", "%(1000,4000,425,450);loops=4", "%(1,1,1)%(2,2,2)") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tone, err := ParseTone(text)
		if err != nil {
			if tone != (Tone{}) {
				t.Fatalf("%q: an error and a tone", text)
			}
			return
		}
		if tone.String() != text || len(text) > maxToneText || strings.Trim(text, "%(),;lops=0123456789") != "" {
			t.Fatalf("accepted %q", text)
		}
		if err := CheckText(text); err != nil {
			t.Fatal(err)
		}
		if strings.Count(text, "%") != strings.Count(text, ")") || strings.Count(text, ";") > 1 {
			t.Fatalf("accepted %q", text)
		}
	})
}

func TestSplitSpoken(t *testing.T) {
	long := strings.Repeat("Please hold the line until somebody is free. ", 5)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing":    {"", nil},
		"blanks":     {" \t\r\n", nil},
		"no text":    {"$()|;[]{}", nil},
		"short":      {"For sales press 1. For all else, wait!", []string{"For sales press 1. For all else, wait!"}},
		"hostile":    {"a${system x}b'c\n\nd!e|f", []string{"a system x b'c d!e f"}},
		"other ones": {"Größe ｑ é 漢字", []string{"Größe ｑ é 漢字"}},
		"sentences": {long, []string{
			strings.TrimSpace(strings.Repeat("Please hold the line until somebody is free. ", 3)),
			strings.TrimSpace(strings.Repeat("Please hold the line until somebody is free. ", 2))}},
		"one word": {strings.Repeat("a", 450), []string{strings.Repeat("a", 200), strings.Repeat("a", 200), strings.Repeat("a", 50)}},
	} {
		var got []string
		for _, piece := range SplitSpoken(c.text) {
			got = append(got, piece.String())
		}
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Pieces are short, hold nothing that means something to the switch, are text,
// and say every word, in its order.
func FuzzSplitSpoken(f *testing.F) {
	for _, s := range append(hostile, strings.Repeat("word. ", 100), strings.Repeat("ü", 300), strings.Repeat("x", 199)+"üü") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			return
		}
		var said strings.Builder
		for _, piece := range SplitSpoken(text) {
			s := piece.String()
			if s == "" || len(s) > spokenPiece || strings.TrimSpace(s) != s {
				t.Fatalf("a piece %q of %d bytes", s, len(s))
			}
			if !utf8.ValidString(s) {
				t.Fatalf("%q is no text", s)
			}
			if err := CheckText(s); err != nil {
				t.Fatal(err)
			}
			if i := strings.IndexAny(s, "${}[]()<>|^&;:=\\/\"`@%#*~"); i >= 0 {
				t.Fatalf("%q holds %q", s, s[i])
			}
			said.WriteString(s)
		}
		together := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got, want := together(said.String()), together(strings.Map(spokenRune, text)); got != want {
			t.Fatalf("said %q of %q", got, want)
		}
	})
}
