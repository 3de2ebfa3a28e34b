package recording

import (
	"context"
	"strings"
	"time"

	"switchyard/internal/acceptance/phone"
)

// What our server sets for a menu: keys end what is played, or do not.
const (
	cutting = "playback_terminators=any;playback_timeout_sec=20"
	letting = "playback_terminators=none;playback_timeout_sec=20"
)

// menu is a caller who hears one thing after the other and presses keys.
type menu struct {
	before    string        // "answer" or "pre_answer", run first
	variables string        // "a=b;c=d"
	file      time.Duration // how long FILE plays
	steps     []menuStep
}

// menuStep is one thing a caller hears. Keys are pressed one after the other,
// the first so long after it was sent; ahead before it is sent, with as long a
// pause behind.
type menuStep struct {
	ask   string // an API command, first
	play  string
	keys  string
	after time.Duration
	ahead string
	// breaks: what is played is ended so long after it was sent; nothing is
	// played if play is empty.
	breaks bool
}

// heard is a file of the length the menu says; FILE stands for it.
const heard = "FILE"

var menus = []Scenario{
	{"menu-digit-in-prompt", menu{before: "answer", variables: cutting, file: 4 * time.Second,
		steps: []menuStep{{play: heard, keys: "5", after: time.Second}}}.play},
	{"menu-digit-in-silence", menu{before: "answer", variables: cutting,
		steps: []menuStep{{play: "tone_stream://%(400,0,440)"}, {play: "silence_stream://4000", keys: "2", after: time.Second}}}.play},
	{"menu-silence", menu{before: "answer", variables: cutting,
		steps: []menuStep{{play: "tone_stream://%(200,100,440,480);loops=2"}, {play: "silence_stream://1000"}}}.play},
	{"menu-keys-ahead", menu{before: "answer", variables: cutting, file: 2 * time.Second,
		steps: []menuStep{{ahead: "12", play: "tone_stream://%(500,0,440)"}, {ahead: "3", play: heard, keys: "4#", after: 500 * time.Millisecond}, {play: "silence_stream://500"}}}.play},
	{"menu-missing-file", menu{before: "answer", variables: cutting + ";tts_engine=none;tts_voice=none", file: 200 * time.Millisecond,
		steps: []menuStep{{ask: "file_exists " + heard}, {ask: "file_exists /var/lib/freeswitch/no-such.wav", play: "/var/lib/freeswitch/no-such.wav"},
			{play: heard}, {play: "say:Nobody says this"}, {play: heard + "@@800"}}}.play},
	{"menu-no-engine", menu{before: "answer", variables: cutting, steps: []menuStep{{play: "say:Nobody says this"}}}.play},
	{"menu-long-file", menu{before: "answer", variables: "playback_terminators=any;playback_timeout_sec=2", file: 5 * time.Second,
		steps: []menuStep{{play: heard}, {play: heard + "@@16000", keys: "", after: 0}, {play: heard + "@@32000"}}}.play},
	{"menu-no-barge-in", menu{before: "answer", variables: letting, file: 2 * time.Second,
		steps: []menuStep{{play: heard, keys: "19", after: 500 * time.Millisecond}}}.play},
	{"menu-early-media", menu{before: "pre_answer", variables: cutting, file: 3 * time.Second,
		steps: []menuStep{{play: heard, keys: "*", after: time.Second}, {play: "silence_stream://300"}}}.play},
	{"menu-spoken", menu{before: "answer", variables: cutting + ";tts_engine=flite;tts_voice=kal",
		steps: []menuStep{{play: "say:For sales press one"}, {play: "say:For everything else please hold the line until somebody comes", keys: "1", after: time.Second}}}.play},
	{"uuid-break-late", menu{before: "answer", variables: cutting, file: 2 * time.Second,
		steps: []menuStep{{play: heard, breaks: true, after: 500 * time.Millisecond}, {breaks: true, after: 200 * time.Millisecond}, {play: "silence_stream://500"}}}.play},
}

func (m menu) play(ctx context.Context, st *Stage) (string, error) {
	file, err := st.sound(m.file)
	if err != nil {
		return "", err
	}
	call, c, err := dial(ctx, st, "trunk", did)
	if err != nil {
		return "", err
	}
	if err := c.greet(ctx, greeting...); err != nil {
		return "", err
	}
	if err := c.api("uuid_setvar_multi UUID " + m.variables); err != nil {
		return "", err
	}
	if _, err := c.run(ctx, m.before, ""); err != nil {
		return "", err
	}
	var said strings.Builder
	for _, step := range m.steps {
		step.play, step.ask = strings.Replace(step.play, heard, file, 1), strings.Replace(step.ask, heard, file, 1)
		heard, err := step.run(ctx, st, call, c)
		if err != nil {
			return "", err
		}
		said.WriteString(heard + "\n    ")
	}
	end, err := end(ctx, c, call, "NORMAL_CLEARING")
	return said.String() + "end: " + end, err
}

// keyPause is how long a key takes, and a pause behind it.
const keyPause = 400 * time.Millisecond

func (s menuStep) run(ctx context.Context, st *Stage, call *phone.Call, c *conversation) (string, error) {
	if err := st.press(ctx, call, s.ahead); err != nil {
		return "", err
	}
	if s.ask != "" {
		if err := c.api(s.ask); err != nil {
			return "", err
		}
	}
	begun := time.Now()
	id := ""
	if s.play != "" {
		var command string
		command, id = c.execute("playback", s.play)
		if err := c.send(command); err != nil {
			return "", err
		}
	}
	if s.keys != "" || s.breaks {
		if err := speakFor(ctx, s.after); err != nil {
			return "", err
		}
	}
	if s.breaks {
		if err := c.api("uuid_break UUID"); err != nil {
			return "", err
		}
	}
	if err := st.press(ctx, call, s.keys); err != nil || id == "" {
		return "broken", err
	}
	m, err := c.done(ctx, id)
	return time.Since(begun).Round(time.Millisecond).String() + " " + playFacts(m), err
}

// press lets the caller press keys, each with a pause behind it.
func (st *Stage) press(ctx context.Context, call *phone.Call, keys string) error {
	for _, key := range []byte(keys) {
		st.pressed = append(st.pressed, time.Now())
		call.Audio.Press(key)
		if err := speakFor(ctx, keyPause); err != nil {
			return err
		}
	}
	return nil
}

func playFacts(m message) string {
	return pick(m.event, "Application-Response", "variable_current_application_response", "variable_playback_terminator_used",
		"variable_playback_ms", "variable_playback_samples", "variable_playback_last_offset_pos", "variable_playback_seconds")
}
