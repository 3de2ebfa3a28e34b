//go:build acceptance

package acceptance

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/internal/acceptance/recording"
	"switchyard/internal/esl/esltest"
)

// liveTolerance is wider than that of the recorded comparison: this machine
// plays phones, switch and tests at once.
const liveTolerance = 400 * time.Millisecond

// liveTries is how often a scenario is played before a difference counts. A
// switch that is held up on a busy machine delivers events late, also those of
// before the call was handed over.
const liveTries = 5

// needsTwo are the scenarios in which the switch connects twice, or somebody
// else acts on the call: one connection does not tell what has to be done again.
var needsTwo = []string{"bridge-redirected", "server-dies-in-bridge", "blind-transfer-by-uuid"}

// TestStandInSaysWhatTheSwitchSays plays each recorded scenario on the real
// switch now, and again on the stand-in: a newer FreeSWITCH that says
// something else shows up here, and so does a stand-in that has drifted.
func TestStandInSaysWhatTheSwitchSays(t *testing.T) {
	described := descriptions(t)
	st, err := recording.NewStage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, sc := range recording.Scenarios() {
		if slices.Contains(needsTwo, sc.Name) {
			continue
		}
		d, ok := described[sc.Name]
		if !ok {
			t.Errorf("scenario %s is not described", sc.Name)
			continue
		}
		if ready, err := st.Ready(t.Context(), sc); err != nil || !ready {
			t.Logf("%s: this switch lacks a module: %v", sc.Name, err)
			continue
		}
		t.Run(sc.Name, func(t *testing.T) { compareLive(t, st, sc, d) })
	}
}

func compareLive(t *testing.T, st *recording.Stage, sc recording.Scenario, d esltest.Description) {
	var differences []string
	for range liveTries {
		take, err := st.Play(t.Context(), sc)
		if err != nil {
			t.Fatal(err)
		}
		said, err := esltest.ParseCapture(bytes.NewReader(take.Connections[0].Text))
		if err != nil {
			t.Fatal(err)
		}
		if differences = differ(t, said, asPlayed(d, take, said)); len(differences) == 0 {
			return
		}
		t.Logf("%d differences", len(differences))
	}
	for _, difference := range differences {
		t.Error(difference)
	}
}

// differ replays what the switch said on the stand-in.
func differ(t *testing.T, said []esltest.Frame, d esltest.Description) (differences []string) {
	synctest.Test(t, func(t *testing.T) {
		sw, call := d.Setting()
		replayed, _, err := esltest.Replay(t.Context(), said, sw, call)
		if err != nil {
			t.Fatal(err)
		}
		differences = esltest.Diff(esltest.Normalise(said), esltest.Normalise(replayed), liveTolerance)
	})
	return differences
}

// asPlayed gives the description the times at which the people of this take
// acted; what they did stays as described.
// The stand-in's caller leaves when the switch noticed.
func asPlayed(d esltest.Description, take recording.Take, said []esltest.Frame) esltest.Description {
	if d.HangupAfter > 0 {
		i := slices.IndexFunc(said, func(f esltest.Frame) bool { return f.Header("Event-Name") == "CHANNEL_HANGUP" })
		d.HangupAfter = esltest.Duration(said[max(i, 0)].At)
	}
	if len(take.Pressed) > 0 {
		d.Presses = pressedAt(said)
	}
	for _, phones := range d.Phones {
		for i := range phones {
			if take.CalleeLeft > 0 {
				phones[i].HangupAfter = esltest.Duration(take.CalleeLeft)
			}
		}
	}
	return d
}

// pressedAt are the keys as the switch noticed them.
func pressedAt(said []esltest.Frame) (keys []esltest.DescribedKey) {
	for _, f := range said {
		if f.Header("Event-Name") == "DTMF" {
			keys = append(keys, esltest.DescribedKey{At: esltest.Duration(f.At - noticed), Digit: f.Header("DTMF-Digit")})
		}
	}
	return keys
}

// noticed is half a tick: what the stand-in's caller presses is noticed with the
// next one.
const noticed = 10 * time.Millisecond

func descriptions(t *testing.T) map[string]esltest.Description {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "esl", "esltest", "testdata", "scenarios.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := esltest.ParseDescriptions(file)
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]esltest.Description)
	for _, d := range all {
		if _, twice := byName[d.Capture]; twice {
			err = errors.Join(err, fmt.Errorf("%s is described twice", d.Capture))
		}
		byName[d.Capture] = d
	}
	if err != nil {
		t.Fatal(err)
	}
	return byName
}
