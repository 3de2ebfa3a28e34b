package recording

import (
	"context"
	"fmt"
	"strings"
	"time"

	"switchyard/internal/acceptance/phone"
)

// recorded is a caller who is recorded while somebody is called for him, once
// for each dial string.
type recorded struct {
	path     string // below the stage's folder; or absolute
	answered bool   // he is answered first, and recorded by record_session
	dial     []string
	phones   scripts
	mask     bool // the recording is masked during the conversation
	sound    time.Duration
}

// briefly answers and leaves after a second.
var briefly = phone.Script{Ring: 300 * time.Millisecond, Tone: 700, HangUpAfter: time.Second}

var recordings = []Scenario{
	{"record-at-answer", recorded{path: "recordings/acme/call.wav", dial: []string{together + leg("1001", "")}, phones: scripts{"1001": briefly}}.play},
	{"record-announced", recorded{path: "recordings/acme/call.wav", answered: true, dial: []string{together + leg("1001", "")}, phones: scripts{"1001": briefly}}.play},
	{"record-masked", recorded{path: "recordings/acme/call.wav", mask: true, dial: []string{together + leg("1001", "")}, phones: scripts{"1001": {Ring: 300 * time.Millisecond, Tone: 700, HangUpAfter: 2 * time.Second}}}.play},
	{"record-never-bridged", recorded{path: "recordings/acme/call.wav", dial: []string{together + leg("1001", "")}, phones: scripts{"1001": phone.Busy}}.play},
	{"record-announced-never-bridged", recorded{path: "recordings/acme/call.wav", answered: true, dial: []string{together + leg("1001", "")}, phones: scripts{"1001": phone.Busy}}.play},
	{"record-unwritable", recorded{path: "/proc/acme/call.wav", dial: []string{together + leg("1001", "")}, phones: scripts{"1001": briefly}}.play},
	{"record-two-bridges", recorded{path: "recordings/acme/call.wav", dial: []string{together + leg("1001", ""), together + leg("1002", "")}, phones: scripts{"1001": briefly, "1002": briefly}}.play},
	{"announce-to-callee", recorded{path: "recordings/acme/call.wav", sound: 2 * time.Second,
		dial: []string{announcing + leg("1001", announced)}, phones: scripts{"1001": {Ring: 1500 * time.Millisecond, Tone: 700, HangUpAfter: 4 * time.Second}}}.play},
	{"announce-missing-file", recorded{path: "recordings/acme/call.wav",
		dial: []string{announcing + leg("1001", ",group_confirm_file=playback /var/lib/freeswitch/no-such.wav,group_confirm_key=exec")}, phones: scripts{"1001": briefly}}.play},
	{"announce-callee-leaves", recorded{path: "recordings/acme/call.wav", sound: 2 * time.Second,
		dial: []string{announcing + leg("1001", announced)}, phones: scripts{"1001": {Ring: 300 * time.Millisecond, Tone: 700, HangUpAfter: time.Second}}}.play},
}

const (
	announcing = "{ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=72}"
	announced  = ",leg_timeout=2,group_confirm_file=playback " + heard + ",group_confirm_key=exec,group_confirm_timeout=60"
)

func (r recorded) play(ctx context.Context, st *Stage) (string, error) {
	for name, p := range st.phones {
		p.OnCall(r.phones[name])
	}
	path := r.path
	if !strings.HasPrefix(path, "/") {
		path = st.dir + "/" + path
	}
	file, err := st.sound(r.sound)
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
	if err := r.begin(ctx, c, path); err != nil {
		return "", err
	}
	var said strings.Builder
	for _, dial := range r.dial {
		bridge, id := c.execute("bridge", strings.Replace(dial, heard, file, 1))
		if err := c.send(bridge); err != nil {
			return "", err
		}
		if err := r.talk(ctx, c, path); err != nil {
			return "", err
		}
		m, err := c.done(ctx, id)
		if err != nil {
			return "", err
		}
		said.WriteString("bridge: " + afterBridge(m) + recordFacts(m) + "\n    ")
	}
	if err := c.api("uuid_kill UUID NORMAL_CLEARING"); err != nil {
		return "", err
	}
	last, err := c.ended(ctx)
	if err != nil {
		return "", err
	}
	if err := call.WaitOver(ctx); err != nil {
		return "", err
	}
	return said.String() + "end: caller saw " + statuses(call) + "; " + recordFacts(last), nil
}

// begin asks for the recording as our server does.
func (r recorded) begin(ctx context.Context, c *conversation, path string) error {
	variables := bridgeVariables + ";switchyard_recording=" + path + ";RECORD_BRIDGE_REQ=true;recording_follow_transfer=true"
	if !r.answered {
		return c.api(variables + ";execute_on_answer_switchyard=record_session " + path + ";RECORD_STEREO=true")
	}
	if err := c.api(variables + ";RECORD_STEREO=true"); err != nil {
		return err
	}
	if _, err := c.run(ctx, "answer", ""); err != nil {
		return err
	}
	if _, err := c.run(ctx, "playback", "tone_stream://%(300,0,440)"); err != nil {
		return err
	}
	_, err := c.run(ctx, "record_session", path)
	return err
}

// talk masks the recording for a while, if it is to be masked.
func (r recorded) talk(ctx context.Context, c *conversation, path string) error {
	if !r.mask {
		return nil
	}
	if _, err := c.until(ctx, func(m message) bool { return m.name() == "CHANNEL_BRIDGE" }); err != nil {
		return err
	}
	for _, what := range []string{"mask", "unmask"} {
		if err := speakFor(ctx, 500*time.Millisecond); err != nil {
			return err
		}
		if err := c.api(fmt.Sprintf("uuid_record UUID %s %s", what, path)); err != nil {
			return err
		}
	}
	return nil
}

func recordFacts(m message) string {
	var b strings.Builder
	for name, value := range m.event {
		if strings.Contains(strings.ToLower(name), "record") {
			fmt.Fprintf(&b, "%s=%s ", strings.TrimPrefix(name, "variable_"), value)
		}
	}
	return b.String()
}
