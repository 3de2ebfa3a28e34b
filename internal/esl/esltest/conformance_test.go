package esltest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// tolerance is three ticks of FreeSWITCH.
const tolerance = 60 * time.Millisecond

// scenario says what the phones did while a capture was recorded.
type scenario struct {
	Capture     string
	What        string
	HangupAfter jsonDuration
	Greeting    jsonDuration
	Presses     []jsonKey
	Files       map[string]jsonDuration
	Phones      map[string][]jsonPhone
}

type jsonDuration time.Duration

func (d *jsonDuration) UnmarshalJSON(b []byte) error {
	v, err := time.ParseDuration(strings.Trim(string(b), `"`))
	*d = jsonDuration(v)
	return err
}

type jsonKey struct {
	At    jsonDuration
	Digit string
}

type jsonPhone struct {
	RingAfter, AnswerAfter, HangupAfter                       jsonDuration
	Registered, Down, NeverAnswers, EarlyMedia, Busy, Decline bool
	SIPCode                                                   int
	RedirectTo                                                string
}

func (p jsonPhone) phone() Phone {
	return Phone{Registered: p.Registered, Down: p.Down, RingAfter: time.Duration(p.RingAfter),
		AnswerAfter: time.Duration(p.AnswerAfter), HangupAfter: time.Duration(p.HangupAfter),
		NeverAnswers: p.NeverAnswers, EarlyMedia: p.EarlyMedia, Busy: p.Busy, Decline: p.Decline, SIPCode: p.SIPCode, RedirectTo: p.RedirectTo}
}

func (s scenario) setting() (*Switch, Call) {
	sw := &Switch{Name: "vm", Greeting: time.Duration(s.Greeting), Phones: map[string][]Phone{}}
	for name, list := range s.Phones {
		sw.Phones[name] = []Phone{}
		for _, p := range list {
			sw.Phones[name] = append(sw.Phones[name], p.phone())
		}
	}
	if s.Files != nil {
		sw.Files = map[string]time.Duration{}
		for name, d := range s.Files {
			sw.Files[name] = time.Duration(d)
		}
	}
	c := Call{HangupAfter: time.Duration(s.HangupAfter)}
	for _, k := range s.Presses {
		c.Presses = append(c.Presses, Key{time.Duration(k.At), k.Digit[0]})
	}
	return sw, c
}

func readScenarios(t *testing.T) []scenario {
	t.Helper()
	b, err := os.ReadFile("testdata/scenarios.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []scenario
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func readCapture(t *testing.T, name string) []Frame {
	t.Helper()
	file, err := os.Open(findCapture(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	frames, err := ParseCapture(file)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

// findCapture looks beside the tests and among the recordings of the project.
func findCapture(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"testdata", filepath.Join("..", "..", "..", "testdata", "captures")} {
		path := filepath.Join(dir, name+".txt")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("no capture %s", name)
	return ""
}

// Every recording of a real FreeSWITCH, replayed, must come out of the
// stand-in the same.
func TestConformance(t *testing.T) {
	for _, s := range readScenarios(t) {
		t.Run(s.Capture, func(t *testing.T) {
			recorded := readCapture(t, s.Capture)
			synctest.Test(t, func(t *testing.T) {
				sw, call := s.setting()
				played, _, err := Replay(t.Context(), recorded, sw, call)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range Diff(Normalise(recorded), Normalise(played), tolerance) {
					t.Error(d)
				}
			})
		})
	}
}
