package dialplan

import "strings"

// Variable is a channel variable with a value that is safe to set. A nil-like
// empty value unsets it.
type Variable struct{ name, value string }

// Name of the channel variable.
func (v Variable) Name() string { return v.name }

// Value it gets; empty unsets it.
func (v Variable) Value() string { return v.value }

// ContinueOnFail keeps the caller's channel when a bridge fails, so that an
// exit can be taken. Without it FreeSWITCH hangs up on busy and most other
// causes.
func ContinueOnFail(on bool) Variable {
	if on {
		return Variable{"continue_on_fail", "true"}
	}
	return Variable{"continue_on_fail", ""}
}

// NoForeignHeaders keeps the SIP headers of the caller (X-…, Diversion, Privacy)
// away from the legs that are called: FreeSWITCH copies them all (measured).
func NoForeignHeaders() Variable { return Variable{"sip_copy_custom_headers", "false"} }

// CancelKey is the key by which a caller ends the ringing, the zero Key none.
// FreeSWITCH listens to it only while the caller hears something, so a Ringback
// must be set too. See Bridge.ExitKey and BridgeResult.KeyPressed.
func CancelKey(key Key) Variable { return Variable{cancelKey, key.String()} }

// ForgetFarAnswer forgets the SIP answer of the leg that failed last, so that
// the next bridge's result tells what its own legs answered: FreeSWITCH keeps an
// earlier bridge's otherwise (measured).
func ForgetFarAnswer() Variable { return Variable{farAnswer, ""} }

const (
	farAnswer = "last_bridge_proto_specific_hangup_cause"
	cancelKey = "origination_cancel_key"
)

// CallerIDName is the name shown to whoever is rung from now on.
func CallerIDName(t CallerText) Variable {
	return Variable{"effective_caller_id_name", t.String()}
}

// CallerIDNumber is the number shown to whoever is rung from now on.
func CallerIDNumber(n OutsideNumber) Variable {
	return Variable{"effective_caller_id_number", n.String()}
}

// OwnAnswer makes the cause we hang up with decide the caller's SIP answer.
// After a failed bridge FreeSWITCH would pass on the far side's instead,
// whatever the cause: a caller whose call ends here for a reason of ours would
// get the 603 or 404 of a phone (measured; mod_sofia's sofia_on_hangup).
func OwnAnswer() Variable { return Variable{"sip_ignore_remote_cause", "true"} }

// SeenMark is set on every channel this server has driven, so that a session
// for the same channel that comes later (a restart, a second server) knows it.
const SeenMark = "switchyard_seen"

// Seen sets SeenMark.
func Seen() Variable { return Variable{SeenMark, "true"} }

// CallMark is set on every leg that is called for a call and holds the call's
// id, the caller's channel: what the switch says of a leg later, to whomever,
// says so which call it was for.
const CallMark = "switchyard_call"

// TrunkVariable is the channel variable in which a dialplan may name the trunk
// a call came in on.
const TrunkVariable = "switchyard_trunk"

// Unset gives the variables that undo vs, for a call that is handed on: what
// we set must not change how the customer's own actions run. What names the
// call's recording stays, and whom it is charged to: they change nothing, and are
// read when the call is over.
func Unset(vs []Variable) []Variable {
	out := make([]Variable, 0, len(vs))
	for _, v := range vs {
		if v.name != recordingMark && v.name != accountVariable {
			out = append(out, Variable{v.name, ""})
		}
	}
	return out
}

// SetCommand gives the API command and argument that set vs on a channel.
// uuid_setvar_multi sets them at once, without waiting for the channel's next
// tick and without an event for each; it cannot carry a ';', which no Variable
// can hold.
func SetCommand(channel ChannelID, vs ...Variable) (command, argument string) {
	var b strings.Builder
	b.WriteString(channel.String())
	for i, v := range vs {
		if i == 0 {
			b.WriteByte(' ')
		} else {
			b.WriteByte(';')
		}
		b.WriteString(v.name)
		b.WriteByte('=')
		b.WriteString(v.value)
	}
	return "uuid_setvar_multi", b.String()
}
