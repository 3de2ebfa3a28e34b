package recording

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"switchyard/internal/acceptance/phone"
)

// Scenario is one recording. play gives a line that says what came of it.
type Scenario struct {
	Name string
	play func(ctx context.Context, st *Stage) (string, error)
}

// modules are what scenarios need of the switch beyond what every one has.
var modules = map[string]string{"menu-spoken": "mod_flite"}

// Ready loads what a scenario needs, and tells whether the switch has it.
func (st *Stage) Ready(ctx context.Context, sc Scenario) (bool, error) {
	module := modules[sc.Name]
	if module == "" {
		return true, nil
	}
	if _, err := st.sw.API(ctx, "load "+module); err != nil {
		return false, err
	}
	there, err := st.sw.API(ctx, "module_exists "+module)
	return strings.TrimSpace(there) == "true", err
}

const did = "+15559990000"

// Scenarios are all of them, in the order in which they are played.
func Scenarios() []Scenario { return slices.Concat(scenarios, ringings, menus, recordings) }

var scenarios = []Scenario{
	{"trunk-answer-playback", answerPlayback},
	{"phone-bridge-callee-hangs-up", bridged(calleeHangsUp)},
	{"bridge-caller-hangs-up", bridged(callerHangsUp)},
	{"bridge-busy", failing("user/1001@acme.test", phone.Busy)},
	{"bridge-declined", failing("user/1001@acme.test", phone.Decline)},
	{"bridge-no-answer", failing("user/1001@acme.test", phone.Script{Ring: phone.Never})},
	{"bridge-redirected", redirected},
	{"bridge-redirect-fatal", failing("[outbound_redirect_fatal=true]user/1001@acme.test", phone.Script{Code: 302, Target: "sip:1002@acme.test"})},
	{"bridge-unregistered", failing("user/1005@acme.test", phone.Answer)},
	{"bridge-unknown-user", failing("user/1999@acme.test", phone.Answer)},
	{"bridge-caller-cancels", callerCancels},
	{"gateway-answered", gatewayAnswered},
	{"gateway-not-found", failing("sofia/gateway/carrier-a/+15552223333", phone.Script{Code: 404, Silent: true})},
	{"gateway-busy", failing("sofia/gateway/carrier-a/+15552223333", phone.Script{Ring: 110 * time.Millisecond, Code: 486})},
	{"gateway-down", failing("sofia/gateway/carrier-down/+15552223333", phone.Answer)},
	{"gateway-unknown", failing("sofia/gateway/no-such/+15552223333", phone.Answer)},
	{"voicemail-hangs-up", voicemail(leavesByHangup)},
	{"voicemail-pound", voicemail(leavesByPound)},
	{"voicemail-too-short", voicemail(leavesNothing)},
	{"kill-call-rejected", killed("CALL_REJECTED")},
	{"kill-unallocated-number", killed("UNALLOCATED_NUMBER")},
	{"kill-incoming-call-barred", killed("INCOMING_CALL_BARRED")},
	{"kill-outgoing-call-barred", killed("OUTGOING_CALL_BARRED")},
	{"kill-service-unavailable", killed("SERVICE_UNAVAILABLE")},
	{"kill-after-busy", killAfterBusy},
	{"setvar", setvar},
	{"few-events", fewEvents},
	{"server-dies-in-bridge", serverDies},
	{"blind-transfer-by-uuid", transferred},
	{"whole-call-answered", wholeCall(phone.Script{Ring: 300 * time.Millisecond, Tone: 700}, calleeHangsUp)},
	{"whole-call-busy", wholeCall(phone.Busy, nil)},
}

// ring is the dial string of our server for a destination.
func ring(destination string, seconds int) string {
	return fmt.Sprintf("{ignore_early_media=true,originate_timeout=%d}%s", seconds, destination)
}

const bridgeVariables = "uuid_setvar_multi UUID continue_on_fail=true;hangup_after_bridge=false"

// fromTrunk places a call from the carrier's side and takes FreeSWITCH's
// connection for it.
func fromTrunk(ctx context.Context, st *Stage, more ...string) (*phone.Call, *conversation, error) {
	return place(ctx, st, "trunk", did, more...)
}

func place(ctx context.Context, st *Stage, from, number string, more ...string) (*phone.Call, *conversation, error) {
	call, c, err := dial(ctx, st, from, number)
	if err != nil {
		return nil, nil, err
	}
	return call, c, c.open(ctx, more...)
}

func dial(ctx context.Context, st *Stage, from, number string) (*phone.Call, *conversation, error) {
	call, err := st.phones[from].Dial(number, phone.DialOptions{Name: "Alice", Tone: 440})
	if err != nil {
		return nil, nil, err
	}
	c, err := st.accept(ctx)
	return call, c, err
}

func answerPlayback(ctx context.Context, st *Stage) (string, error) {
	call, c, err := fromTrunk(ctx, st)
	if err != nil {
		return "", err
	}
	answer, _ := c.execute("answer", "")
	if _, err := c.run(ctx, "playback", "tone_stream://%(400,0,1000)", answer); err != nil {
		return "", err
	}
	return end(ctx, c, call, "NORMAL_CLEARING")
}

// end ends the call as our server does and says what the caller saw.
func end(ctx context.Context, c *conversation, call *phone.Call, cause string) (string, error) {
	if err := c.api("uuid_kill UUID " + cause); err != nil {
		return "", err
	}
	return over(ctx, c, call)
}

func over(ctx context.Context, c *conversation, call *phone.Call) (string, error) {
	last, err := c.ended(ctx)
	if err != nil {
		return "", err
	}
	if err := call.WaitOver(ctx); err != nil {
		return "", err
	}
	return "caller saw " + statuses(call) + "; " + pick(last.event, "variable_hangup_cause", "variable_sip_hangup_disposition",
		"variable_sip_term_status", "variable_proto_specific_hangup_cause", "variable_last_bridge_proto_specific_hangup_cause",
		"variable_originate_disposition", "variable_originate_causes", "variable_bridge_hangup_cause",
		"variable_hangup_cause_q850", "variable_voicemail_message_len"), nil
}

func statuses(call *phone.Call) string {
	var seen []string
	for _, m := range call.Trace() {
		switch {
		case m.Method() == "INVITE" && m.Status() > 0:
			seen = append(seen, fmt.Sprint(m.Status()))
		case m.Status() == 0 && (m.Method() == "BYE" || m.Method() == "CANCEL"):
			seen = append(seen, m.Method())
		}
	}
	return strings.Join(seen, " ")
}

func pick(event map[string]string, names ...string) string {
	var b strings.Builder
	for _, name := range names {
		if v, ok := event[name]; ok {
			fmt.Fprintf(&b, "%s=%s ", strings.TrimPrefix(name, "variable_"), v)
		}
	}
	return b.String()
}

// afterBridge is what a bridge's own end says.
func afterBridge(m message) string {
	return pick(m.event, "variable_originate_disposition", "variable_originate_causes", "variable_last_bridge_proto_specific_hangup_cause",
		"variable_last_bridge_hangup_cause", "variable_bridge_hangup_cause", "variable_last_bridge_to", "variable_DIALSTATUS", "variable_hangup_cause")
}

// failing bridges to a destination that does not answer, then gives up as the
// server does.
func failing(destination string, script phone.Script) func(context.Context, *Stage) (string, error) {
	return func(ctx context.Context, st *Stage) (string, error) {
		st.phones["1001"].OnCall(script)
		st.carrier.OnCall(script)
		call, c, err := fromTrunk(ctx, st)
		if err != nil {
			return "", err
		}
		if err := c.api(bridgeVariables); err != nil {
			return "", err
		}
		m, err := c.run(ctx, "bridge", ring(destination, 3))
		if err != nil {
			return "", err
		}
		said, err := end(ctx, c, call, "NO_ANSWER")
		return "bridge: " + afterBridge(m) + "\n    end: " + said, err
	}
}

type hangsUp func(ctx context.Context, caller, callee *phone.Call) error

func calleeHangsUp(ctx context.Context, _, callee *phone.Call) error { return callee.HangUp(ctx) }
func callerHangsUp(ctx context.Context, caller, _ *phone.Call) error { return caller.HangUp(ctx) }

// bridged lets 1003 talk to 1001; one of them hangs up.
func bridged(hangUp hangsUp) func(context.Context, *Stage) (string, error) {
	return func(ctx context.Context, st *Stage) (string, error) {
		st.phones["1001"].OnCall(phone.Script{Ring: 300 * time.Millisecond, Tone: 700})
		call, c, err := place(ctx, st, "1003", "1001")
		if err != nil {
			return "", err
		}
		return talk(ctx, st, st.phones["1001"], call, c, "user/1001@acme.test", hangUp)
	}
}

func talk(ctx context.Context, st *Stage, callee *phone.Phone, call *phone.Call, c *conversation, destination string, hangUp hangsUp) (string, error) {
	bridge, id := c.execute("bridge", ring(destination, 10))
	if err := c.api(bridgeVariables); err != nil {
		return "", err
	}
	if err := c.send(bridge); err != nil {
		return "", err
	}
	return converseAndEnd(ctx, st, callee, call, c, id, hangUp)
}

// converseAndEnd checks that the two hear each other once the bridge with the
// event-uuid id is up, lets one hang up, and ends the call.
func converseAndEnd(ctx context.Context, st *Stage, callee *phone.Phone, call *phone.Call, c *conversation, id string, hangUp hangsUp) (string, error) {
	taken, err := callee.NextCall(ctx)
	if err != nil {
		return "", err
	}
	st.callee = taken
	if err := call.Audio.WaitTone(ctx, 700); err != nil {
		return "", fmt.Errorf("caller: %w", err)
	}
	if err := taken.Audio.WaitTone(ctx, 440); err != nil {
		return "", fmt.Errorf("callee: %w", err)
	}
	if err := hangUp(ctx, call, taken); err != nil {
		return "", err
	}
	m, err := c.done(ctx, id)
	if err != nil {
		return "", err
	}
	if m.event["Channel-Call-State"] != "HANGUP" {
		said, err := end(ctx, c, call, "NORMAL_CLEARING")
		return "bridge: " + afterBridge(m) + "\n    end: " + said, err
	}
	said, err := over(ctx, c, call)
	return "bridge: " + afterBridge(m) + "\n    end: " + said, err
}

func gatewayAnswered(ctx context.Context, st *Stage) (string, error) {
	st.carrier.OnCall(phone.Script{Ring: 300 * time.Millisecond, Tone: 700})
	call, c, err := fromTrunk(ctx, st)
	if err != nil {
		return "", err
	}
	return talk(ctx, st, st.carrier, call, c, "sofia/gateway/carrier-a/+15552223333", calleeHangsUp)
}

func callerCancels(ctx context.Context, st *Stage) (string, error) {
	st.phones["1001"].OnCall(phone.Script{Ring: phone.Never})
	call, c, err := fromTrunk(ctx, st)
	if err != nil {
		return "", err
	}
	bridge, _ := c.execute("bridge", ring("user/1001@acme.test", 20))
	if err := c.api(bridgeVariables); err != nil {
		return "", err
	}
	if err := c.send(bridge); err != nil {
		return "", err
	}
	if _, err := call.WaitStatus(ctx, 180); err != nil {
		return "", err
	}
	// Not in the tick in which it began to ring: what comes first then is chance.
	select {
	case <-time.After(110 * time.Millisecond):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if err := call.HangUp(ctx); err != nil {
		return "", err
	}
	return over(ctx, c, call)
}

type leaves func(ctx context.Context, st *Stage, call *phone.Call) error

// voicemail lets the caller leave a message for 1001.
func voicemail(leave leaves) func(context.Context, *Stage) (string, error) {
	return func(ctx context.Context, st *Stage) (string, error) {
		call, c, err := fromTrunk(ctx, st)
		if err != nil {
			return "", err
		}
		answer, _ := c.execute("answer", "")
		mailbox, id := c.execute("voicemail", "default acme.test 1001")
		if err := c.send(answer, mailbox); err != nil {
			return "", err
		}
		if err := call.Audio.WaitTone(ctx, 640); err != nil {
			return "", fmt.Errorf("the beep: %w", err)
		}
		if err := leave(ctx, st, call); err != nil {
			return "", err
		}
		m, err := c.done(ctx, id)
		if err != nil {
			return "", err
		}
		facts := voicemailFacts(m)
		if m.event["Channel-Call-State"] == "HANGUP" {
			said, err := over(ctx, c, call)
			return facts + said, err
		}
		said, err := end(ctx, c, call, "NORMAL_CLEARING")
		return facts + said, err
	}
}

// voicemailFacts are all the variables that could tell of a message.
func voicemailFacts(m message) string {
	var b strings.Builder
	for name, value := range m.event {
		if strings.Contains(name, "oicemail") || strings.HasPrefix(name, "variable_vm") || strings.Contains(name, "record") {
			fmt.Fprintf(&b, "%s=%s ", name, value)
		}
	}
	return b.String() + "\n    end: "
}

// speakFor lets that much of the caller's sound pass.
func speakFor(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func leavesByHangup(ctx context.Context, _ *Stage, call *phone.Call) error {
	if err := speakFor(ctx, 4*time.Second); err != nil {
		return err
	}
	return call.HangUp(ctx)
}

func leavesByPound(ctx context.Context, st *Stage, call *phone.Call) error {
	if err := speakFor(ctx, 4*time.Second); err != nil {
		return err
	}
	st.pressed = append(st.pressed, time.Now())
	call.Audio.Press('#')
	return nil
}

func leavesNothing(ctx context.Context, _ *Stage, call *phone.Call) error {
	return call.HangUp(ctx)
}

func killed(cause string) func(context.Context, *Stage) (string, error) {
	return func(ctx context.Context, st *Stage) (string, error) {
		call, c, err := fromTrunk(ctx, st)
		if err != nil {
			return "", err
		}
		return end(ctx, c, call, cause)
	}
}

// killAfterBusy ends a call with a cause of our own after a bridge that the
// far side refused: FreeSWITCH repeats that refusal unless it is made to forget it.
func killAfterBusy(ctx context.Context, st *Stage) (string, error) {
	st.phones["1001"].OnCall(phone.Busy)
	call, c, err := fromTrunk(ctx, st)
	if err != nil {
		return "", err
	}
	if err := c.api(bridgeVariables); err != nil {
		return "", err
	}
	if _, err := c.run(ctx, "bridge", ring("user/1001@acme.test", 3)); err != nil {
		return "", err
	}
	if err := c.api("uuid_setvar UUID last_bridge_proto_specific_hangup_cause"); err != nil {
		return "", err
	}
	return end(ctx, c, call, "CALL_REJECTED")
}

func setvar(ctx context.Context, st *Stage) (string, error) {
	call, c, err := fromTrunk(ctx, st)
	if err != nil {
		return "", err
	}
	var said []string
	for _, command := range []string{
		"uuid_setvar UUID switchyard_step 1",
		"uuid_setvar UUID switchyard_step",
		"uuid_setvar_multi UUID continue_on_fail=true;switchyard_step=2",
		"uuid_setvar_multi UUID one=a b;two=c,d=e;three=",
		"uuid_setvar_multi UUID bad",
		"uuid_setvar_multi 11111111-2222-3333-4444-555555555555 a=b",
		"uuid_setvar 11111111-2222-3333-4444-555555555555 a b",
		"uuid_dump UUID",
	} {
		if err := c.api(command); err != nil {
			return "", err
		}
		m, err := c.until(ctx, func(m message) bool { return m.frame["Content-Type"] == "api/response" })
		if err != nil {
			return "", err
		}
		said = append(said, pick(m.event, "variable_one", "variable_two", "variable_three", "variable_continue_on_fail", "variable_switchyard_step"))
	}
	result, err := end(ctx, c, call, "NORMAL_CLEARING")
	return strings.TrimSpace(strings.Join(said, " ")) + "\n    end: " + result, err
}

func fewEvents(ctx context.Context, st *Stage) (string, error) {
	st.phones["1001"].OnCall(phone.Script{Ring: 300 * time.Millisecond, Tone: 700})
	call, c, err := fromTrunk(ctx, st, "nixevent CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_EXECUTE CHANNEL_PROGRESS_MEDIA CHANNEL_UNBRIDGE CHANNEL_OUTGOING PRESENCE_IN CALL_UPDATE")
	if err != nil {
		return "", err
	}
	said, err := talk(ctx, st, st.phones["1001"], call, c, "user/1001@acme.test", calleeHangsUp)
	return strings.Join(c.names(), " ") + "\n    " + said, err
}

// names are the events that came, in order.
func (c *conversation) names() []string {
	var all []string
	for line := range strings.Lines(string(c.recording())) {
		if name, ok := strings.CutPrefix(line, "Event-Name: "); ok {
			all = append(all, strings.TrimSpace(name))
		}
	}
	return all
}

// redirected shows what a phone's 302 does when nothing forbids it: the caller
// goes back to the dialplan with the number the phone chose.
func redirected(ctx context.Context, st *Stage) (string, error) {
	st.phones["1001"].OnCall(phone.Script{Code: 302, Target: "sip:1002@acme.test"})
	call, c, err := fromTrunk(ctx, st)
	if err != nil {
		return "", err
	}
	if err := c.api(bridgeVariables); err != nil {
		return "", err
	}
	bridge, _ := c.execute("bridge", ring("user/1001@acme.test", 3))
	if err := c.send(bridge); err != nil {
		return "", err
	}
	again, err := st.accept(ctx)
	if err != nil {
		return "", err
	}
	if err := again.open(ctx); err != nil {
		return "", err
	}
	return end(ctx, again, call, "NO_ANSWER")
}

// serverDies lets the server vanish while the caller talks. When the
// conversation ends the shipped dialplan hands the call over once more.
func serverDies(ctx context.Context, st *Stage) (string, error) {
	st.phones["1001"].OnCall(phone.Script{Ring: 300 * time.Millisecond, Tone: 700})
	call, c, err := fromTrunk(ctx, st)
	if err != nil {
		return "", err
	}
	bridge, _ := c.execute("bridge", ring("user/1001@acme.test", 10))
	if err := c.api(bridgeVariables + ";switchyard_step=1"); err != nil {
		return "", err
	}
	if err := c.send(bridge); err != nil {
		return "", err
	}
	taken, err := st.phones["1001"].NextCall(ctx)
	if err != nil {
		return "", err
	}
	if err := call.Audio.WaitTone(ctx, 700); err != nil {
		return "", err
	}
	c.drop()
	if err := taken.Audio.WaitTone(ctx, 440); err != nil {
		return "", fmt.Errorf("the conversation after the server's death: %w", err)
	}
	if err := taken.HangUp(ctx); err != nil {
		return "", err
	}
	again, err := st.accept(ctx)
	if err != nil {
		return "", err
	}
	if err := again.open(ctx); err != nil {
		return "", err
	}
	return end(ctx, again, call, "NORMAL_CLEARING")
}

// transferred moves a talking call back into the dialplan.
func transferred(ctx context.Context, st *Stage) (string, error) {
	st.phones["1001"].OnCall(phone.Script{Ring: 300 * time.Millisecond, Tone: 700})
	call, c, err := fromTrunk(ctx, st)
	if err != nil {
		return "", err
	}
	bridge, _ := c.execute("bridge", ring("user/1001@acme.test", 10))
	if err := c.api(bridgeVariables + ";switchyard_step=1"); err != nil {
		return "", err
	}
	if err := c.send(bridge); err != nil {
		return "", err
	}
	if err := call.Audio.WaitTone(ctx, 700); err != nil {
		return "", err
	}
	if _, err := st.sw.API(ctx, "uuid_transfer "+c.uuid+" 1002 XML default"); err != nil {
		return "", err
	}
	again, err := st.accept(ctx)
	if err != nil {
		return "", err
	}
	if err := again.open(ctx); err != nil {
		return "", err
	}
	return end(ctx, again, call, "NORMAL_CLEARING")
}
