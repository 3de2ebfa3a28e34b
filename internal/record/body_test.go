package record

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"switchyard/handlers"
	"switchyard/routing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestBodies(t *testing.T) {
	at := time.Date(2026, 4, 7, 16, 17, 24, 999999999, time.FixedZone("", 2*3600))
	forwarded := Call{
		ID: "a1b2c3d4-0000-4000-8000-000000000001", Direction: routing.Inbound, CallerNumber: "+17861234567",
		Dialled: "+17862757830", InboundDID: "+17862757830", ForwardedTo: "+13055559999",
		DurationSec: 142, BillSec: 138, HangupCause: "NORMAL_CLEARING", Status: handlers.StatusCompleted,
		RecordingFile: "recordings/a1b2c3d4.wav",
	}
	plain := forwarded
	plain.ForwardedTo, plain.RecordingFile = "", ""
	internal := plain
	internal.Direction, internal.CallerNumber, internal.Dialled, internal.InboundDID = routing.Internal, "1001", "1002", ""
	hostile := plain
	hostile.CallerNumber = SafeText("\"}\n<b>\x00\xff\u202e' \\")
	for name, tt := range map[string]struct {
		h happening
		c Call
	}{
		"started":          {happening{kind: CallStarted, at: at}, plain},
		"started-internal": {happening{kind: CallStarted, at: at}, internal},
		"started-hostile":  {happening{kind: CallStarted, at: at}, hostile},
		"answered":         {happening{kind: CallAnswered, at: at}, plain},
		"answered-forward": {happening{kind: CallAnswered, at: at, forwardedTo: "+13055559999"}, forwarded},
		"ended":            {happening{kind: CallEnded, at: at}, plain},
		"ended-forwarded":  {happening{kind: CallEnded, at: at}, forwarded},
	} {
		e, err := tt.h.event(&tt.c)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(file, e.Body, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(e.Body) != string(want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, e.Body, want)
		}
	}
}
