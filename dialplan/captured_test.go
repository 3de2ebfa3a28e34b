package dialplan

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// captured gives the variables of the last event of a recording that has the
// headers given.
func captured(t *testing.T, name string, headers ...string) vars {
	t.Helper()
	text, err := os.ReadFile("../testdata/captures/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var found vars
frames:
	for _, frame := range strings.Split(string(text), "] <<\n") {
		for _, h := range headers {
			if !strings.Contains(frame, "\n"+h+"\n") {
				continue frames
			}
		}
		found = vars{}
		for line := range strings.Lines(frame) {
			name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			if name, isVariable := strings.CutPrefix(name, "variable_"); ok && isVariable {
				if found[name], err = url.PathUnescape(value); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if found == nil {
		t.Fatalf("%s: no such event", name)
	}
	return found
}

func playedIn(t *testing.T, capture, step string) vars {
	t.Helper()
	return captured(t, capture, "Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application-UUID: "+step)
}

func TestReadPlayAsTheSwitchSaysIt(t *testing.T) {
	file := FileSound(must[Prompt](t)(ParsePrompt("/prompts/a.wav")))
	for _, c := range []struct {
		capture, step string
		of            Sound
		want          PlayResult
	}{
		{"menu-digit-in-prompt", "step-2", file, PlayResult{End: PlayDone}},
		{"menu-no-barge-in", "step-2", file, PlayResult{End: PlayDone}},
		{"menu-silence", "step-3", SilenceSound(time.Second), PlayResult{End: PlayDone}},
		{"menu-missing-file", "step-2", file, PlayResult{End: PlayMissing}},
		{"menu-missing-file", "step-4", Sound{s: "say:x"}, PlayResult{End: PlayMissing}},
		{"menu-long-file", "step-2", file, PlayResult{End: PlayMissing}}, // its pieces are shorter than ours
		{"menu-long-file", "step-4", file, PlayResult{End: PlayDone}},
		{"menu-spoken", "step-2", Sound{s: "say:x"}, PlayResult{End: PlayDone}},
		{"menu-spoken", "step-3", Sound{s: "say:x"}, PlayResult{End: PlayDone}},
	} {
		if got := ReadPlay(Play{Of: c.of}, playedIn(t, c.capture, c.step)); got != c.want {
			t.Errorf("%s %s: %+v, want %+v", c.capture, c.step, got, c.want)
		}
	}
}

// A piece of PieceLength, made of what the switch says of one of two seconds.
func TestReadPlayOfPieces(t *testing.T) {
	file := FileSound(must[Prompt](t)(ParsePrompt("/prompts/a.wav")))
	for name, c := range map[string]struct {
		ms, samples string
		of          Sound
		from, next  int // next 0: it is missing
	}{
		"8 kHz":               {"20480", "163840", file, 0, 160000},
		"8 kHz, later":        {"20480", "163840", file, 160000, 320000},
		"16 kHz":              {"20480", "327680", file, 320000, 640000},
		"44.1 kHz":            {"20480", "903168", file, 0, 880000},
		"exactly so long":     {"20000", "160000", file, 0, 160000},
		"of something else":   {"20480", "163840", SilenceSound(time.Second), 0, 0},
		"too short":           {"19999", "159992", file, 0, 0},
		"of hostile length":   {"99999999999999999999", "1", file, 0, 0},
		"of negative length":  {"-20480", "-163840", file, 0, 0},
		"nothing said of it":  {"", "", file, 0, 0},
		"samples without end": {"20480", "99999999999999999999", file, 0, 0},
	} {
		v := playedIn(t, "menu-long-file", "step-2")
		v["playback_ms"], v["playback_samples"] = c.ms, c.samples
		want := PlayResult{End: PlayPiece, Next: c.next}
		if c.next == 0 {
			want = PlayResult{End: PlayMissing}
		}
		if got := ReadPlay(Play{Of: c.of, From: c.from}, v); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestPlay(t *testing.T) {
	file := FileSound(must[Prompt](t)(ParsePrompt("/prompts/a.wav")))
	for want, p := range map[string]Play{
		"/prompts/a.wav": {Of: file}, "/prompts/a.wav@@160000": {Of: file, From: 160000}, "silence_stream://10": {Of: SilenceSound(10 * time.Millisecond), From: 5},
	} {
		if p.Application() != "playback" || p.Argument() != want {
			t.Errorf("%s %s, want %s", p.Application(), p.Argument(), want)
		}
	}
	var said []string
	for _, vs := range [][]Variable{Listening(true), Listening(false), NotListening()} {
		for _, v := range vs {
			said = append(said, v.Name()+"="+v.Value())
		}
	}
	if got := strings.Join(said, " "); got != "playback_terminators=any playback_timeout_sec=20 playback_terminators=none playback_timeout_sec=20 playback_terminators= playback_timeout_sec=" {
		t.Error(got)
	}
}

func TestRecordingsAsTheSwitchSaysThem(t *testing.T) {
	const wav = "/var/lib/freeswitch/recordings/acme/call.wav"
	for capture, want := range map[string]struct {
		file    string
		seconds int
	}{
		"record-at-answer":               {wav, 1},
		"record-announced":               {wav, 1},
		"record-masked":                  {wav, -1},
		"record-two-bridges":             {wav, 2},
		"announce-to-callee":             {wav, -1},
		"record-never-bridged":           {},
		"record-announced-never-bridged": {},
		"record-unwritable":              {},
		"announce-callee-leaves":         {},
		"voicemail-pound":                {}, // a message, and no recording
		"menu-silence":                   {},
	} {
		e := ReadEnding(captured(t, capture, "Event-Name: CHANNEL_HANGUP_COMPLETE"))
		if want.seconds < 0 && e.RecordingSeconds > 0 { // 2 s, give or take a tick
			want.seconds = e.RecordingSeconds
		}
		if !e.Complete || e.RecordingFile != want.file || e.RecordingSeconds != want.seconds {
			t.Errorf("%s: %q, %d s; want %+v", capture, e.RecordingFile, e.RecordingSeconds, want)
		}
	}
	// Had that caller been recorded elsewhere, the message would not count as it.
	v := captured(t, "voicemail-pound", "Event-Name: CHANNEL_HANGUP_COMPLETE")
	if v["record_samples"] == "" {
		t.Error("a mailbox leaves no numbers of its own")
	}
	v[recordingMark] = wav
	if e := ReadEnding(v); e.RecordingFile != "" || !e.MessageLeft {
		t.Errorf("%+v", e)
	}
}

func TestRecordingCommands(t *testing.T) {
	call := must[ChannelID](t)(ParseChannelID("c1"))
	file := must[RecordingFile](t)(must[Folder](t)(ParseFolder("/r")).Recording("acme", call, time.Unix(0, 0)))
	const wav = "/r/acme/1970/01/01/c1.wav"
	at := RecordAtAnswer(file, true)
	now, action := RecordNow(file, false)
	var said []string
	for _, v := range append(at, now...) {
		said = append(said, v.Name()+"="+v.Value())
		if err := CheckText(v.Value()); err != nil || strings.ContainsAny(v.Value(), ";") {
			t.Errorf("%v %v", v, err)
		}
	}
	want := "switchyard_recording=" + wav + " RECORD_BRIDGE_REQ=true recording_follow_transfer=true RECORD_STEREO=true execute_on_answer_switchyard=record_session " + wav +
		" switchyard_recording=" + wav + " RECORD_BRIDGE_REQ=true recording_follow_transfer=true"
	if got := strings.Join(said, " "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if action.Application() != "record_session" || action.Argument() != wav {
		t.Errorf("%s %s", action.Application(), action.Argument())
	}
	for on, want := range map[bool]string{true: "uuid_record c1 mask " + wav, false: "uuid_record c1 unmask " + wav} {
		if command, argument := MaskCommand(call, file, on); command+" "+argument != want {
			t.Errorf("%s %s", command, argument)
		}
	}
}

func TestAnnouncement(t *testing.T) {
	to := DialUser(must[User](t)(ParseUser("1001")), must[Domain](t)(ParseDomain("acme.example")))
	prompt := must[Prompt](t)(ParsePrompt("/prompts/acme/a.wav"))
	for name, c := range map[string]struct {
		leg  Leg
		want string
	}{
		"announced": {Leg{To: to, Announce: prompt},
			"{ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=82}[leg_timeout=20,group_confirm_file=playback /prompts/acme/a.wav,group_confirm_key=exec,group_confirm_timeout=60]user/1001@acme.example"},
		"asked instead": {Leg{To: to, Announce: prompt, Confirm: prompt},
			"{ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=97}[leg_timeout=20,group_confirm_file=file_string:///prompts/acme/a.wav!silence_stream://1500!/prompts/acme/a.wav!silence_stream://1500!/prompts/acme/a.wav,group_confirm_key=1,group_confirm_timeout=15]user/1001@acme.example"},
	} {
		if got := (Bridge{Legs: []Leg{c.leg}, Ring: 20 * time.Second}).Argument(); got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}
