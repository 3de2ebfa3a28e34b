//go:build acceptance

package acceptance

import (
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/internal/acceptance/rig"
)

// prompt is a tone of its own, so that what was heard tells which one it was.
type prompt struct {
	hz     float64
	length time.Duration
}

// prompts are the files NAME.wav that each tenant has on the switch.
var prompts = map[string]prompt{
	"greeting": {900, 800 * time.Millisecond},
	"repeat":   {1000, 600 * time.Millisecond},
	"invalid":  {1100, 600 * time.Millisecond},
	"sub":      {1200, 600 * time.Millisecond},
	"third":    {1300, 600 * time.Millisecond},
	"notice":   {1400, 900 * time.Millisecond},
	"slow":     {1500, 4 * time.Second},
	"long":     {1600, 45 * time.Second},
}

// Other tones that callers hear: whom they reached, and the notes of a prompt
// that is missing.
var otherTones = map[string]float64{"callee": 700, "do": 523, "mi": 659, "sol": 784}

// missingPrompt is what is heard instead of a prompt that is not there.
var missingPrompt = []string{"do", "mi", "sol"}

// writePrompts puts the files where the switch looks for the tenant's.
func (s *scene) writePrompts(t *testing.T, f feature) {
	t.Helper()
	folder := filepath.Join(s.server.prompts, s.tenantID())
	for name, p := range prompts {
		if !strings.Contains(f.tenant, name+".wav") {
			continue
		}
		must(t, os.MkdirAll(folder, 0o755))
		must(t, os.WriteFile(filepath.Join(folder, name+".wav"), rig.ToneWAV(p.hz, p.length), 0o644))
	}
}

// tonesOf gives what a caller has heard so far.
func tonesOf(call *phone.Call) []phone.Heard {
	var known []float64
	for _, p := range prompts {
		known = append(known, p.hz)
	}
	for _, hz := range otherTones {
		known = append(known, hz)
	}
	for i := range textTones {
		known = append(known, textTone(i))
	}
	return call.Audio.Tones(known...)
}

// sound is one that a caller has heard.
type sound struct {
	name     string
	from, to time.Duration
	sounded  time.Duration // pauses left out
}

// hiccup is a pause that a busy machine makes in a sound. Callers are given a
// second before they hear the same prompt again.
const hiccup = 850 * time.Millisecond

// onePause tells whether what was heard after a pause is still the same: a
// prompt that went on soon, or whom the caller talks to, pause or not.
func onePause(name string, pause time.Duration) bool { return name == "callee" || pause <= hiccup }

// soundsOf gives what a caller has heard so far, in order; a text's tone has its
// frequency for a name, and what is none of them (ringing) is left out.
func soundsOf(call *phone.Call) (all []sound) {
	names := make(map[float64]string)
	for name, p := range prompts {
		names[p.hz] = name
	}
	for name, hz := range otherTones {
		names[hz] = name
	}
	for _, h := range tonesOf(call) {
		now := sound{name: names[h.Hz], from: h.From, to: h.From + h.For, sounded: h.For - h.Gaps}
		if h.Hz == 0 {
			continue
		}
		if now.name == "" {
			now.name = fmt.Sprint(h.Hz)
		}
		if last := len(all) - 1; last >= 0 && all[last].name == now.name && onePause(now.name, now.from-all[last].to) {
			all[last].to = now.to
			all[last].sounded += now.sounded
			continue
		}
		all = append(all, now)
	}
	return all
}

// heardOf gives the names of what a caller has heard so far.
func heardOf(call *phone.Call) (all []string) {
	for _, s := range soundsOf(call) {
		all = append(all, s.name)
	}
	return all
}

// heard checks what a caller has heard, whom it reached included.
func heard(t *testing.T, call *phone.Call, want ...string) {
	t.Helper()
	if got := heardOf(call); !slices.Equal(got, want) {
		t.Errorf("the caller heard %q, want %q: %v", got, want, tonesOf(call))
	}
}

// hears waits until a caller hears a prompt.
func hears(t *testing.T, call *phone.Call, name string) {
	t.Helper()
	if err := call.Audio.WaitTone(soon(t), prompts[name].hz); err != nil {
		t.Fatalf("prompt %s: %v; heard %q", name, err, heardOf(call))
	}
}

// silence waits until a caller hears nothing, and audio all the same.
func silence(t *testing.T, call *phone.Call) {
	t.Helper()
	must(t, call.Audio.WaitSilence(soon(t)))
}

// speakTo has the test's own binary be the command that renders texts: it says
// them as a tone.
var speakTo = flag.String("speak-to", "", "be a command that renders texts, to this file")

// unspeakable in a text makes the command refuse it.
const unspeakable = "unspeakable"

func speak() int {
	text, err := io.ReadAll(os.Stdin)
	if err == nil && strings.Contains(string(text), unspeakable) {
		err = errors.New("it does not say that")
	}
	if err == nil {
		err = os.WriteFile(*speakTo, rig.ToneWAV(spokenAs(string(text)), 600*time.Millisecond), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// textTones is how many different tones texts have.
const textTones = 10

func textTone(i int) float64 { return float64(1700 + 100*i) }

// spokenAs is the tone of a text.
func spokenAs(text string) float64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.TrimSpace(text))) // never fails
	return textTone(int(h.Sum32() % textTones))
}
