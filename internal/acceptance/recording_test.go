//go:build acceptance

package acceptance

import (
	little "encoding/binary"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

const (
	recordWithNotice = `recording: {policy: POLICY, announcement: {file: notice.wav}}`
	oneExtension     = `
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
dids:
  - {number: DID0, inboundRoute: extension, routeTarget: "1001"}
`
)

func recordingTenant(policy string) string {
	return oneExtension + strings.Replace(recordWithNotice, "POLICY", policy, 1)
}

// recordingFeatures are features of recorded calls.
var recordingFeatures = []feature{
	{name: "inbound", tenant: recordingTenant("inbound"), test: (*scene).recordsInbound},
	{name: "outbound", tenant: recordingTenant("outbound"), test: (*scene).recordsOutbound},
	{name: "a forwarded call", tenant: `
forwards: [{name: mobile, number: MOBILE}]
dids:
  - {number: DID0, inboundRoute: forward, routeTarget: mobile}
` + strings.Replace(recordWithNotice, "POLICY", "always", 1), test: (*scene).recordsForwarded},
	{name: "by rule", tenant: recordingTenant("rule") + `
lists:
  - {name: vip, numbers: ["` + vip + `"]}
rules:
  - {name: vip is recorded, when: 'call.from in list("vip")', then: {route: extension, target: "1001"}, set: {recording: true}}
`, test: (*scene).recordsByRule},
	{name: "never", tenant: oneExtension + "recording: {policy: never}\n", test: (*scene).recordsNothing},
	{name: "the announcement is missing", tenant: oneExtension + "recording: {policy: always, announcement: {file: nowhere.wav}}\n", test: (*scene).noNotice},
	{name: "pause and resume", tenant: oneExtension + "recording: {policy: always}\n", test: (*scene).pauses},
	{name: "a folder that cannot be written", tenant: oneExtension + "recording: {policy: always}\n", test: (*scene).unwritable},
	{name: "a mailbox's message is no recording", tenant: `
extensions:
  - {extension: "1001", ringSeconds: 1, exits: {no-answer: {route: voicemail, target: "1001"}}}
dids:
  - {number: DID0, inboundRoute: extension, routeTarget: "1001"}
recording: {policy: always}
`, test: (*scene).mailboxIsNoRecording},
	{name: "a call that is transferred", tenant: oneExtension + "recording: {policy: always}\n", test: (*scene).recordsUntilTransfer},
	{name: "a call that is transferred to another number", tenant: oneExtension +
		"  - {number: DID1, inboundRoute: extension, routeTarget: \"1002\"}\nrecording: {policy: always}\n", test: (*scene).recordsBehindTransfer},
	{name: "behind a menu", tenant: menuTenant(menuOf("main", "greeting", keyOne)) + strings.Replace(recordWithNotice, "POLICY", "inbound", 1), test: (*scene).recordsBehindMenu},
	{name: "the caller hangs up during the announcement", tenant: strings.Replace(recordingTenant("inbound"), "notice.wav", "slow.wav", 1), test: (*scene).hangsUpInNotice},
}

// TestRecording has calls recorded by the switch.
func TestRecording(t *testing.T) { play(t, recordingFeatures) }

// recordedFile is a recording: its path, and the samples of each channel.
type recordedFile struct {
	path     string
	channels [][]int16
}

func (f recordedFile) length() time.Duration {
	return time.Duration(len(f.channels[0])) * time.Second / 8000
}

// of gives for how long a channel has a tone, and the tones of others in it.
func (f recordedFile) of(channel int, hz float64) (lasts time.Duration, others []phone.Heard) {
	known := []float64{440, 700}
	for _, p := range prompts {
		known = append(known, p.hz)
	}
	for _, h := range phone.TonesIn(f.channels[channel], known...) {
		if h.Hz == hz {
			lasts += h.For
		} else {
			others = append(others, h)
		}
	}
	return lasts, others
}

// readWAV reads 16 bit samples at 8 kHz.
func readWAV(t *testing.T, path string) recordedFile {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	f := recordedFile{path: path}
	for at := 12; at+8 <= len(b); {
		size := min(int(little.LittleEndian.Uint32(b[at+4:])), len(b)-at-8)
		chunk := b[at+8 : at+8+size]
		switch string(b[at : at+4]) {
		case "fmt ":
			f.channels = make([][]int16, little.LittleEndian.Uint16(chunk[2:]))
			if rate, bits := little.LittleEndian.Uint32(chunk[4:]), little.LittleEndian.Uint16(chunk[14:]); rate != 8000 || bits != 16 {
				t.Fatalf("%s has %d bit at %d Hz", path, bits, rate)
			}
		case "data":
			for i := 0; i+2 <= len(chunk); i += 2 {
				c := i / 2 % len(f.channels)
				f.channels[c] = append(f.channels[c], int16(little.LittleEndian.Uint16(chunk[i:])))
			}
		}
		at += 8 + size + size%2
	}
	if len(f.channels) == 0 || len(f.channels[0]) == 0 {
		t.Fatalf("%s has no samples", path)
	}
	return f
}

// talked has two talk for a while, and gives how long they were connected once
// the callee has hung up.
func talked(t *testing.T, call, callee *phone.Call) time.Duration {
	t.Helper()
	talk(t, call, callee)
	must(t, callee.Audio.WaitPackets(soon(t), callee.Audio.Packets()+75))
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	answer, err := call.WaitStatus(soon(t), 200)
	must(t, err)
	bye, err := callee.WaitRequest(soon(t), "BYE")
	must(t, err)
	own, err := callee.WaitStatus(soon(t), 200)
	must(t, err)
	if own.At.After(answer.At) { // the caller was answered for the announcement
		answer = own
	}
	return bye.At.Sub(answer.At)
}

// recorded gives the recording of a call, of which record, webhook and file say
// the same.
func (s *scene) recorded(t *testing.T, call *phone.Call) (told, recordedFile) {
	t.Helper()
	r := s.toldOf(t, call)
	if r.RecordingFile == nil || r.RecordingSec == nil {
		t.Fatalf("the record has no recording: %+v", r.Row)
	}
	day := strings.ReplaceAll(r.StartedAt[:len(time.DateOnly)], "-", "/")
	if want := filepath.Join(s.server.recordings, s.tenantID(), day, string(r.ID)+".wav"); *r.RecordingFile != want {
		t.Errorf("the recording is %s, want %s", *r.RecordingFile, want)
	}
	f := readWAV(t, *r.RecordingFile)
	if d := f.length() - time.Duration(*r.RecordingSec)*time.Second; d < 0 || d >= time.Second {
		t.Errorf("the record says %d seconds, the file lasts %v", *r.RecordingSec, f.length())
	}
	all := s.eventsUntil(t, string(r.ID), "recording.ready")
	for _, h := range all {
		switch h.Event {
		case "recording.ready":
			if h.Data["recordingFile"] != f.path || h.Data["seconds"] != float64(*r.RecordingSec) {
				t.Errorf("recording.ready: %v", h.Data)
			}
		case "call.ended":
			if h.Data["recordingFile"] != f.path {
				t.Errorf("call.ended: %v", h.Data)
			}
		}
	}
	return r, f
}

// stereo checks that a recording has all of a conversation, caller left and
// callee right, and nothing else.
func (f recordedFile) stereo(t *testing.T, talk time.Duration) {
	t.Helper()
	if len(f.channels) != 2 {
		t.Fatalf("%d channels", len(f.channels))
	}
	if d := (f.length() - talk).Abs(); d > time.Second {
		t.Errorf("the recording lasts %v, they talked %v", f.length(), talk)
	}
	for channel, hz := range []float64{440, 700} {
		lasts, others := f.of(channel, hz)
		if f.length()-lasts > 800*time.Millisecond || len(others) > 0 {
			t.Errorf("channel %d has %g Hz for %v of %v, and %v", channel, hz, lasts, f.length(), others)
		}
	}
}

// unrecorded checks that there is no recording of a call.
func (s *scene) unrecorded(t *testing.T, call *phone.Call) told {
	t.Helper()
	r := s.toldOf(t, call)
	if r.RecordingFile != nil || r.RecordingSec != nil {
		t.Errorf("the record says that the call was recorded: %s", orEmpty(r.RecordingFile))
	}
	all := s.events(t, string(r.ID))
	if slices.Contains(names(all), "recording.ready") {
		t.Error("recording.ready came")
	}
	if file := all[len(all)-1].Data["recordingFile"]; file != nil {
		t.Errorf("call.ended names the recording %v", file)
	}
	found, err := filepath.Glob(filepath.Join(s.server.recordings, s.tenantID(), "*", "*", "*", string(r.ID)+"*"))
	must(t, err)
	if len(found) > 0 {
		t.Errorf("there is %q", found)
	}
	return r
}

func (s *scene) recordsInbound(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "notice")
	quiet(t, "who is called", one)
	callee := next(t, one)
	talk := talked(t, call, callee)
	heard(t, call, "notice", "callee")
	r, f := s.recorded(t, call)
	f.stereo(t, talk)
	r.went(t, "completed", "extension 1001 answered")

	// Calls of phones inside are not inbound.
	inside := dials(t, s.register(t, "1002", never), "1001")
	takenAndOver(t, inside, one)
	s.unrecorded(t, inside)
}

func (s *scene) recordsOutbound(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := dials(t, one, mobile)
	callee := next(t, s.a)
	must(t, callee.Audio.WaitTone(soon(t), prompts["notice"].hz))
	unanswered(t, call)
	talk := talked(t, call, callee)
	if slices.Contains(heardOf(call), "notice") {
		t.Error("the phone that calls heard the announcement")
	}
	_, f := s.recorded(t, call)
	// The callee was connected when it had heard the announcement.
	f.stereo(t, talk)

	inbound := s.call(t, 0)
	takenAndOver(t, inbound, one)
	heard(t, inbound, "callee")
	s.unrecorded(t, inbound)
}

func (s *scene) recordsForwarded(t *testing.T) {
	call := s.call(t, 0)
	hears(t, call, "notice")
	callee := next(t, s.a)
	talk := talked(t, call, callee)
	heard(t, call, "notice", "callee")
	r, f := s.recorded(t, call)
	f.stereo(t, talk)
	r.went(t, "completed", "forward mobile answered")
}

func (s *scene) recordsByRule(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := tidied(t, s.from(t, vip, s.did(0)))
	callee := next(t, one)
	talk := talked(t, call, callee)
	heard(t, call, "notice", "callee")
	_, f := s.recorded(t, call)
	f.stereo(t, talk)

	other := s.call(t, 0)
	takenAndOver(t, other, one)
	heard(t, other, "callee")
	s.unrecorded(t, other)
}

func (s *scene) recordsNothing(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	takenAndOver(t, call, one)
	s.unrecorded(t, call)
}

func (s *scene) noNotice(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	takenAndOver(t, call, one)
	r := s.unrecorded(t, call)
	r.went(t, "completed", "extension 1001 answered")
	if note := r.Steps[0].Note; !strings.Contains(note, "not recorded") || !strings.Contains(note, "nowhere.wav") {
		t.Errorf("the record says %q", note)
	}
	// Whom an outbound call reaches hears nothing instead.
	out := dials(t, one, mobile)
	takenAndOver(t, out, s.a)
	if note := s.unrecorded(t, out).Steps[0].Note; !strings.Contains(note, "not recorded") {
		t.Errorf("the record of the outbound call says %q", note)
	}
}

// active waits until the record of a call that goes on is there.
func (s *scene) active(t *testing.T, call *phone.Call) (id string) {
	t.Helper()
	db, place := s.server.openDatabase(t)
	defer db.Close()
	until(t, "the record of the call", func() bool {
		return db.QueryRowContext(t.Context(), "SELECT id FROM calls WHERE sip_call_id = "+place, call.ID).Scan(&id) == nil
	})
	return id
}

func (s *scene) pauses(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	callee := next(t, one)
	talk(t, call, callee)
	control := func(action string) {
		s.server.ask(t, http.MethodPost, "/api/calls/"+s.active(t, call)+"/recording", map[string]string{"action": action}, nil)
	}
	must(t, callee.Audio.WaitPackets(soon(t), callee.Audio.Packets()+50))
	control("pause")
	must(t, callee.Audio.WaitPackets(soon(t), callee.Audio.Packets()+50))
	control("resume")
	talk := talked(t, call, callee)
	r, f := s.recorded(t, call)
	if d := (f.length() - talk).Abs(); d > time.Second {
		t.Errorf("the recording lasts %v, they talked %v", f.length(), talk)
	}
	for channel, hz := range []float64{440, 700} {
		all := phone.TonesIn(f.channels[channel], hz)
		if len(all) != 2 || all[0].For < 900*time.Millisecond || all[1].For < time.Second {
			t.Errorf("channel %d has %v of %v", channel, all, f.length())
			continue
		}
		if pause := all[1].From - all[0].From - all[0].For; pause < 800*time.Millisecond || pause > 2*time.Second {
			t.Errorf("channel %d is silent for %v", channel, pause)
		}
	}
	r.went(t, "completed", "extension 1001 answered")
}

func (s *scene) unwritable(t *testing.T) {
	must(t, os.MkdirAll(s.server.recordings, 0o755))
	must(t, os.WriteFile(filepath.Join(s.server.recordings, s.tenantID()), []byte("in the way"), 0o600))
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	talked(t, call, next(t, one))
	s.unrecorded(t, call).went(t, "completed", "extension 1001 answered")
}

func (s *scene) mailboxIsNoRecording(t *testing.T) {
	s.register(t, "1001", never)
	call := s.call(t, 0)
	if err := call.Audio.WaitTone(longer(t), beep); err != nil {
		t.Fatal("the beep:", err)
	}
	// Three seconds of speech, by the packets that come back meanwhile.
	must(t, call.Audio.WaitPackets(soon(t), call.Audio.Packets()+200))
	must(t, call.HangUp(soon(t)))
	if r := s.unrecorded(t, call); r.Status != "voicemail" {
		t.Errorf("the call is %s: %+v", r.Status, r.Steps)
	}
	folder := filepath.Join(s.sw.Dir, "storage", "voicemail", "default", s.domain, "1001")
	if size := waitMessage(soon(t), folder); size < 16000 {
		t.Errorf("the message has %d bytes", size)
	}
}

// recordsUntilTransfer: the switch moves the caller to an echo of its own.
func (s *scene) recordsUntilTransfer(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	callee := next(t, one)
	talk(t, call, callee)
	must(t, callee.Audio.WaitPackets(soon(t), callee.Audio.Packets()+100))
	_, err := s.sw.API(soon(t), "uuid_transfer "+s.active(t, call)+" *43 XML default")
	must(t, err)
	must(t, call.Audio.WaitTone(soon(t), 440))
	must(t, call.HangUp(soon(t)))
	_, f := s.recorded(t, call)
	if lasts, _ := f.of(1, 700); lasts < 2*time.Second {
		t.Errorf("the callee is recorded for %v of %v", lasts, f.length())
	}
}

// recordsBehindTransfer: the call comes back to the server, and is recorded on
// in the same file.
func (s *scene) recordsBehindTransfer(t *testing.T) {
	one := s.register(t, "1001", ringing)
	two := s.register(t, "1002", phone.Script{Ring: 150 * time.Millisecond, Tone: 900})
	call := s.call(t, 0)
	talk(t, call, next(t, one))
	must(t, call.Audio.WaitPackets(soon(t), call.Audio.Packets()+75))
	_, err := s.sw.API(soon(t), "uuid_transfer "+s.active(t, call)+" "+s.did(1)+" XML public")
	must(t, err)
	callee := next(t, two)
	must(t, call.Audio.WaitTone(soon(t), 900))
	must(t, call.Audio.WaitPackets(soon(t), call.Audio.Packets()+75))
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	_, f := s.recorded(t, call)
	for _, hz := range []float64{700, 900} {
		if lasts, _ := f.of(1, hz); lasts < 1400*time.Millisecond {
			t.Errorf("%g Hz is recorded for %v of %v", hz, lasts, f.length())
		}
	}
}

func (s *scene) recordsBehindMenu(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "greeting")
	call.Audio.Press('1')
	hears(t, call, "notice")
	talk := talked(t, call, next(t, one))
	heard(t, call, "greeting", "notice", "callee")
	_, f := s.recorded(t, call)
	f.stereo(t, talk)
}

func (s *scene) hangsUpInNotice(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "slow")
	must(t, call.HangUp(soon(t)))
	if r := s.unrecorded(t, call); r.Status != "cancelled" && r.Status != "abandoned" || r.HungUpBy != "caller" {
		t.Errorf("the call is %s, hung up by %s: %+v", r.Status, r.HungUpBy, r.Steps)
	}
	quiet(t, "who was to be called", one)
}
