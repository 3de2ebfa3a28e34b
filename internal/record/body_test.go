package record

import (
	"bytes"
	"encoding/json"
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
		RecordingFile: "recordings/a1b2c3d4.wav", RecordingSec: 137,
	}
	plain := forwarded
	plain.ForwardedTo, plain.RecordingFile = "", ""
	internal := plain
	internal.Direction, internal.CallerNumber, internal.Dialled, internal.InboundDID = routing.Internal, "1001", "1002", ""
	missed := plain
	missed.CallerName, missed.BillSec, missed.Status, missed.HangupCause = "Ann", 0, handlers.StatusVoicemail, "NORMAL_CLEARING"
	missed.Steps = []Step{
		{N: 1, Destination: toSales, Outcome: routing.NoAnswer, Attempts: []Attempt{{Member: "1001", Skipped: routing.SkipDoNotDisturb}, {Member: "1002"}}},
		{N: 2, Destination: toMailbox, Outcome: routing.MessageLeft},
	}
	stages := forwarded
	stages.OriginalDest, stages.ForwardType = "1001", "always"
	initiated := happening{kind: CallForwarded, at: at, forwardedTo: "+13055559999", forward: stagedForward{stage: stageInitiated, original: "1001", forwardType: "always"}}
	answered := initiated
	answered.forward.stage = stageAnswered
	outside := stages
	outside.OriginalDest, outside.RecordingFile, outside.InboundDID = "", "", ""
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

		"forwarded-initiated":         {initiated, stages},
		"forwarded-answered":          {answered, stages},
		"forwarded-completed":         {closedAt(forwardCompleted(&stages), at), stages},
		"forwarded-completed-outside": {closedAt(forwardCompleted(&outside), at), outside},
		"recording-ready":             {happening{kind: RecordingReady, at: at}, forwarded},
		"missed":                      {happening{kind: CallMissed, at: at}, missed},
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

func closedAt(h happening, at time.Time) happening {
	h.at = at
	return h
}

// The examples of the platform's contract, to the byte. In its example of
// call.forwarded the envelope has the time at which the call began; it says
// everywhere else that it is when the event happened, as in the data.
func TestContractExamples(t *testing.T) {
	at := time.Date(2026, 4, 7, 14, 17, 24, 0, time.UTC)
	c := Call{
		ID: "a1b2c3d4-...", Direction: routing.Inbound, CallerNumber: "+17861234567", Dialled: "+17862757830", InboundDID: "+17862757830",
		OriginalDest: "1001", ForwardedTo: "+13055559999", ForwardType: "always",
		DurationSec: 142, BillSec: 138, HangupCause: "NORMAL_CLEARING", Status: handlers.StatusCompleted, EndedAt: at,
	}
	wav, mp3 := c, c
	wav.RecordingFile, mp3.RecordingFile = "/var/lib/voip-recordings/.../uuid.wav", "/var/lib/voip-recordings/.../uuid.mp3"
	for _, tt := range []struct {
		h    happening
		c    Call
		want string
	}{
		{forwardCompleted(&wav), wav, `{
  "event": "call.forwarded",
  "timestamp": "2026-04-07T14:17:24Z",
  "data": {
    "callUuid": "a1b2c3d4-...",
    "caller": "+17861234567",
    "originalDestination": "1001",
    "forwardedTo": "+13055559999",
    "forwardType": "always",
    "status": "completed",
    "duration": 142,
    "billsec": 138,
    "hangupCause": "NORMAL_CLEARING",
    "recordingFile": "/var/lib/voip-recordings/.../uuid.wav",
    "inboundDid": "+17862757830",
    "timestamp": "2026-04-07T14:17:24Z"
  }
}`},
		{happening{kind: CallEnded, at: at}, mp3, `{
  "event": "call.ended",
  "timestamp": "2026-04-07T14:17:24Z",
  "data": {
    "callUuid": "a1b2c3d4-...",
    "direction": "inbound",
    "caller": "+17861234567",
    "destination": "+17862757830",
    "duration": 142,
    "billsec": 138,
    "hangupCause": "NORMAL_CLEARING",
    "status": "completed",
    "forwardedTo": "+13055559999",
    "recordingFile": "/var/lib/voip-recordings/.../uuid.mp3"
  }
}`},
	} {
		e, err := tt.h.event(&tt.c)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := json.Indent(&got, e.Body, "", "  "); err != nil {
			t.Fatal(err)
		}
		if got.String() != tt.want {
			t.Errorf("got  %s\nwant %s", got.String(), tt.want)
		}
	}
}
