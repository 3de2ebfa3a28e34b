package record

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

func exported() []Row {
	at := time.Date(2026, 4, 7, 16, 17, 24, 987654321, time.FixedZone("", 2*3600))
	full := Call{
		ID: "a1b2c3d4-0000-4000-8000-000000000001", TenantID: acmeID, Switch: "fs1", Direction: routing.Inbound, Source: SourceLive,
		CallerNumber: "+17861234567", CallerName: "=HYPERLINK(\"http://x\")", Dialled: "+17862757830", InboundDID: "+17862757830",
		Destination: "1001", OriginalDest: "1001", ForwardedTo: "+13055559999", ForwardType: "no-answer",
		Revision: 7, Rule: "@vip", Tags: []string{"-gold", "a,b"},
		StartedAt: at, RingingAt: at.Add(1500 * time.Millisecond), AnsweredAt: at.Add(4 * time.Second), BridgedAt: at.Add(4 * time.Second), EndedAt: at.Add(142 * time.Second),
		DurationSec: 142, BillSec: 138, PDDMs: 1500, Status: handlers.StatusCompleted, HangupCause: "NORMAL_CLEARING", Q850: 16, SIPCode: 200, HungUpBy: "caller",
		Steps: []Step{
			{N: 1, Destination: toExtension, Outcome: routing.NoAnswer},
			{N: 2, Destination: toForward, Outcome: routing.Answered, Called: "+13055559999", AnsweredBy: "+13055559999"},
		},
		RecordingFile: "/var/lib/voip-recordings/a.wav", RecordingSec: 137, ReadCodec: "PCMU", WriteCodec: "PCMA", Complete: true,
	}
	quiet := Call{ID: "c2", Direction: routing.Internal, Source: SourceReconciled, CallerNumber: "1001", CallerName: "Zoë, \"Z\"\r\n<b>", Dialled: "1002", StartedAt: at, EndedAt: at, Status: handlers.StatusFailed}
	live := Call{ID: "c3", CallerNumber: "+1 786", Dialled: "\t1", Direction: routing.Outbound, Source: SourceLive, StartedAt: at, Status: handlers.StatusActive}
	leg := Leg{CallID: full.ID, LegID: "b1", Side: "b", Number: "+13055559999", AnsweredAt: at, Media: &dialplan.Media{InPackets: 7, InMOS: 4.5}, Source: SourceJSON, Complete: true}
	return []Row{View(full, leg), View(quiet), View(live)}
}

func TestExports(t *testing.T) {
	for name, make := range map[string]func(*bytes.Buffer) RowWriter{
		"calls.csv":   func(b *bytes.Buffer) RowWriter { return NewCSV(b) },
		"calls.jsonl": func(b *bytes.Buffer) RowWriter { return NewJSONLines(b) },
	} {
		var b bytes.Buffer
		w := make(&b)
		for _, r := range exported() {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, b.String(), want)
		}
	}
}

// Every field of a record has a column, but for its legs.
func TestColumnsAreComplete(t *testing.T) {
	names := Columns()
	row := reflect.TypeFor[Row]()
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("json"), ",")
		switch name {
		case "legs":
			continue
		case "codecs":
			name = "readCodec"
		}
		if !slices.Contains(names, name) {
			t.Errorf("%s has no column", name)
		}
	}
	if len(names) != row.NumField() { // two codecs, no legs
		t.Errorf("%d columns for %d fields", len(names), row.NumField())
	}
}

func TestAnExportOfNothingHasItsHeader(t *testing.T) {
	var b bytes.Buffer
	if err := NewCSV(&b).Flush(); err != nil || !strings.HasPrefix(b.String(), "id,callUuid,") || strings.Count(b.String(), "\r\n") != 1 {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestSafeCell(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"Ann":                    "Ann",
		"+17861234567":           "+17861234567",
		"+":                      "'+",
		"+1+1":                   "'+1+1",
		"+1 786":                 "'+1 786",
		"=1+1":                   "'=1+1",
		"-2":                     "'-2",
		"@SUM(A1)":               "'@SUM(A1)",
		"\t=1":                   "'\t=1",
		"\r=1":                   "' =1",
		"\n1":                    "' 1",
		"  =1":                   "'  =1",
		"＝1+1":                   "'＝1+1",
		"a\r\nb\nc\rd":           "a b c d",
		"1=1":                    "1=1",
		"\xff=1":                 "\ufffd=1",
		"2026-04-07T14:17:24Z":   "2026-04-07T14:17:24Z",
		"recordings/a-b+c@d.wav": "recordings/a-b+c@d.wav",
	} {
		if got := safeCell(in); got != want {
			t.Errorf("safeCell(%q) = %q, want %q", in, got, want)
		}
	}
}

// Whatever a caller calls himself, the file has one line a record, and no cell
// of it is a formula.
func FuzzCSV(f *testing.F) {
	f.Add("=1", "+1", "a\r\nb")
	f.Add("\"", "'", ",")
	f.Fuzz(func(t *testing.T, name, number, tag string) {
		var b bytes.Buffer
		w := NewCSV(&b)
		if err := errors.Join(w.Write(View(Call{CallerName: name, CallerNumber: number, Tags: []string{tag}})), w.Flush()); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\n"); n != 2 {
			t.Errorf("%d lines", n)
		}
		lines, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(lines) != 2 {
			t.Fatalf("%v, %v", lines, err)
		}
		for _, cell := range lines[1] {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && !isE164(cell) {
				t.Errorf("cell %q", cell)
			}
		}
	})
}

func TestJSONLinesReadBack(t *testing.T) {
	var b bytes.Buffer
	w := NewJSONLines(&b)
	for _, r := range exported() {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	from := json.NewDecoder(&b)
	for i, want := range exported() {
		var got Row
		if err := from.Decode(&got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("record %d: %+v, %v", i, got, err)
		}
	}
}
