package live

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"switchyard/dialplan"
	"switchyard/internal/record"
)

func aRecording(t *testing.T) dialplan.RecordingFile {
	t.Helper()
	folder, err := dialplan.ParseFolder("/var/lib/voip-recordings")
	if err != nil {
		t.Fatal(err)
	}
	channel, err := dialplan.ParseChannelID("call-1")
	if err != nil {
		t.Fatal(err)
	}
	file, err := folder.Recording("6a097cb2-504f-43be-819a-b76209976818", channel, time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

const theRecording = "/var/lib/voip-recordings/6a097cb2-504f-43be-819a-b76209976818/2026/11/20/call-1.wav"

func TestARecordingIsPausedAndGoesOn(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.set(func() {
			f.api = func(question string) string {
				if strings.HasPrefix(question, "uuid_record call-1 ") {
					return "+OK Success\n"
				}
				return ""
			}
		})
		for _, on := range []bool{true, false} {
			if err := sw.Mask(t.Context(), "sw1", "call-1", aRecording(t), on); err != nil {
				t.Error(err)
			}
		}
		want := []string{"api switchname", "api uuid_record call-1 mask " + theRecording, "api switchname", "api uuid_record call-1 unmask " + theRecording}
		if asked := f.questions()[2:]; !slices.Equal(asked, want) {
			t.Errorf("asked %q", asked)
		}
	})
}

func TestARecordingThatIsNotThere(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.set(func() {
			f.api = func(question string) string {
				if strings.HasPrefix(question, "uuid_record") {
					return "-ERR Cannot locate session!\n"
				}
				return ""
			}
		})
		if err := sw.Mask(t.Context(), "sw1", "call-1", aRecording(t), true); !errors.Is(err, record.ErrNotRecording) {
			t.Errorf("%v", err)
		}
		before := len(f.questions())
		if err := sw.Mask(t.Context(), "sw1", "call 1\n\napi shutdown", aRecording(t), true); !errors.Is(err, record.ErrNotRecording) || len(f.questions()) != before {
			t.Errorf("%v, asked %q", err, f.questions())
		}
	})
}

func TestMaskOnASwitchThatCannotBeAsked(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		for _, name := range []string{"other", ""} {
			if err := sw.Mask(t.Context(), name, "call-1", aRecording(t), true); !errors.Is(err, record.ErrNoSuchSwitch) {
				t.Errorf("%q: %v", name, err)
			}
		}
		var away *record.Unreachable
		f.set(func() { f.api = func(string) string { return "what?" } })
		if err := sw.Mask(t.Context(), "sw1", "call-1", aRecording(t), true); !errors.As(err, &away) {
			t.Errorf("another switch is there: %v", err)
		}
		f.set(func() {
			f.api = func(question string) string {
				if strings.HasPrefix(question, "uuid_record") {
					return "maybe"
				}
				return ""
			}
		})
		if err := sw.Mask(t.Context(), "sw1", "call-1", aRecording(t), true); !errors.As(err, &away) {
			t.Errorf("rubbish is believed: %v", err)
		}
		f.set(func() { f.greeting = "Content-Type: auth" }) // and then nothing
		began := time.Now()
		if err := sw.Mask(t.Context(), "sw1", "call-1", aRecording(t), true); !errors.As(err, &away) || time.Since(began) != asking {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
