package dialplan

import (
	"strconv"
	"strings"
	"time"
)

// Ending is what FreeSWITCH says of a channel once it is over: the last word
// on times, cause and media. Read from the variables and times of
// CHANNEL_HANGUP_COMPLETE.
type Ending struct {
	Cause    HangupCause // Q.850 name, e.g. NORMAL_CLEARING
	SIPCode  int         // final SIP status of the leg, 0 if none was seen
	HungUpBy string      // "caller", "callee", "us" or "" when unknown

	CreatedAt  time.Time
	ProgressAt time.Time // first 180 or 183 towards the caller; zero if none
	AnsweredAt time.Time // zero if the channel was never answered
	EndedAt    time.Time

	BridgedAt time.Time // first connected to another leg; zero: never

	Q850                  int // number of Cause
	ReadCodec, WriteCodec string
	Media                 *Media // nil: the switch said nothing of it
	// RecordingFile is the call's recording on the switch, "" if it has none with
	// anything in it; RecordingSeconds how long it is.
	RecordingFile    string
	RecordingSeconds int

	// MessageLeft: the caller left a message in a mailbox.
	MessageLeft bool

	// Legs that were tried, in the order FreeSWITCH reports them, without
	// doubles.
	Legs []LegAttempt

	// Complete is false when the switch did not say it: the connection was
	// lost, or the server stopped first.
	Complete bool
}

// Media is how a leg's audio went, as the switch counted it; RTP towards the
// switch is in, from it out.
type Media struct {
	RemoteIP  string `json:"remoteIp,omitempty"`
	InPackets int    `json:"inPackets,omitempty"`
	InBytes   int    `json:"inBytes,omitempty"`
	InLost    int    `json:"inLost,omitempty"` // packets that were skipped
	// InJitterMs is how far packets came from their usual distance, in
	// milliseconds, at the worst moment of the call: FreeSWITCH keeps the
	// variance of the distances, this is its root.
	InJitterMs float64 `json:"inJitterMs,omitempty"`
	InMOS      float64 `json:"inMos,omitempty"`     // 1 to 4.5
	InQuality  float64 `json:"inQuality,omitempty"` // percent
	OutPackets int     `json:"outPackets,omitempty"`
	OutBytes   int     `json:"outBytes,omitempty"`
}

// LegAttempt is one B-leg and how trying it ended; NONE means it answered.
type LegAttempt struct {
	ID    string
	Cause HangupCause
}

// ReadEnding reads an Ending from the variables of CHANNEL_HANGUP_COMPLETE.
func ReadEnding(v Variables) Ending {
	e := Ending{
		Cause:       HangupCause(v.Variable("hangup_cause")),
		SIPCode:     sipCode(v),
		HungUpBy:    hungUpBy(v),
		CreatedAt:   microTime(v.Variable("start_uepoch")),
		ProgressAt:  earliest(microTime(v.Variable("progress_uepoch")), microTime(v.Variable("progress_media_uepoch"))),
		AnsweredAt:  microTime(v.Variable("answer_uepoch")),
		EndedAt:     microTime(v.Variable("end_uepoch")),
		BridgedAt:   microTime(v.Variable("bridge_uepoch")),
		Q850:        count(v.Variable("hangup_cause_q850"), maxQ850),
		ReadCodec:   v.Variable("read_codec"),
		WriteCodec:  v.Variable("write_codec"),
		Media:       readMedia(v),
		MessageLeft: messageLeft(v),
		Legs:        legAttempts(v.Variable("originate_causes")),
		Complete:    true,
	}
	file, length := recorded(v, e.BridgedAt)
	e.RecordingFile, e.RecordingSeconds = file, int(length/time.Second)
	return e
}

// sipCode is the final SIP status the caller's leg got: 200 if it was
// answered, 487 if the caller gave up, else the answer for its cause. What
// FreeSWITCH keeps in sip_invite_failure_status can be another leg's.
func sipCode(v Variables) int {
	switch {
	case !microTime(v.Variable("answer_uepoch")).IsZero():
		return 200
	case v.Variable("sip_hangup_disposition") == "recv_cancel":
		return 487
	default:
		return SIPCode(HangupCause(v.Variable("hangup_cause")))
	}
}

// hungUpBy tells who ended the call from how the caller's leg was hung up and
// how the last conversation ended.
func hungUpBy(v Variables) string {
	switch disposition := v.Variable("sip_hangup_disposition"); {
	case strings.HasPrefix(disposition, "recv_"):
		return "caller"
	case v.Variable("bridge_hangup_cause") != "" && v.Variable("last_bridge_to") != "":
		return "callee"
	case strings.HasPrefix(disposition, "send_"):
		return "us"
	default:
		return ""
	}
}

// microTime reads microseconds since 1970; what cannot be a time of a call
// (before 2000, after 2199) is no time.
func microTime(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 946684800e6 || n >= 7258118400e6 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// legAttempts splits FreeSWITCH's array form "ARRAY::uuid;CAUSE|:uuid;CAUSE".
// user/ legs appear twice (the outer and the inner originate): the later entry
// of a leg is the one that counts.
func legAttempts(s string) []LegAttempt {
	if s == "" {
		return nil
	}
	var legs []LegAttempt
	place := map[string]int{}
	for entry := range strings.SplitSeq(strings.TrimPrefix(s, "ARRAY::"), "|:") {
		id, cause, ok := strings.Cut(entry, ";")
		if !ok || id == "" {
			continue
		}
		leg := LegAttempt{ID: id, Cause: HangupCause(cause)}
		if i, seen := place[id]; seen {
			legs[i] = leg
			continue
		}
		place[id] = len(legs)
		legs = append(legs, leg)
	}
	return legs
}
