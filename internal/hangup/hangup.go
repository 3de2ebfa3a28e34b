// Package hangup turns what a switch says of a channel that is over into a
// report for the call's record, the same whether it came as an event or as a
// record of mod_json_cdr.
package hangup

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"switchyard/dialplan"
	"switchyard/internal/esl"
	"switchyard/internal/record"
	"switchyard/routing"
)

// ErrNotOver means that the data is not of a channel that is over.
var ErrNotOver = errors.New("it names no cause of a hang-up")

// Report reads what the switch said of a channel after its end. The error
// tells why the data is not that; every text in the leg is made safe to store.
func Report(data esl.ChannelData, source record.Source) (record.Report, error) {
	call, channel, err := esl.ReadCall(data, time.Time{})
	if err != nil {
		return record.Report{}, fmt.Errorf("read the channel: %w", err)
	}
	ending := dialplan.ReadEnding(data)
	if ending.Cause == "" {
		return record.Report{}, fmt.Errorf("read channel %s: %w", channel, ErrNotOver)
	}
	of, ours := callOf(data, channel)
	r := record.Report{Ending: ending, Switch: record.SafeText(call.Switch), Ours: ours}
	if of == channel {
		r.Call = asItBegan(call)
		r.Leg = leg(data, channel, ending)
		r.Leg.Side, r.Leg.Number = "a", record.SafeText(call.CallerNumber)
	} else {
		r.Ending.SIPCode, r.Ending.HungUpBy = calledSIPCode(data, ending), calledHungUpBy(data, ending)
		r.Leg = leg(data, channel, r.Ending)
		r.Leg.Side = "b"
		// A phone's contact has a user part of its own making; dialed_user is
		// the extension it was found by.
		r.Leg.Number = record.SafeText(cmp.Or(data.Variable("dialed_user"), data.Header("Caller-Destination-Number")))
	}
	r.Leg.CallID, r.Leg.Source = routing.CallID(of.String()), source
	return r, nil
}

// callOf tells which call a channel belongs to, by the caller's channel, and
// whether a server of ours had to do with it; the zero id for a channel that
// the switch called for nobody's call. A leg that was transferred to us carries
// both marks; it is a call of its own since, and that call has to end.
func callOf(data esl.ChannelData, channel dialplan.ChannelID) (of dialplan.ChannelID, ours bool) {
	if data.Variable(dialplan.SeenMark) != "" {
		return channel, true
	}
	if id, err := dialplan.ParseChannelID(data.Variable(dialplan.CallMark)); err == nil {
		return id, true
	}
	for _, name := range []string{"originating_leg_uuid", "originator"} {
		if id, err := dialplan.ParseChannelID(data.Variable(name)); err == nil {
			return id, false
		}
	}
	if data.Header("Call-Direction") == "inbound" {
		return channel, false
	}
	return dialplan.ChannelID{}, false
}

// asItBegan leaves out what is said of the channel as it was at its end.
func asItBegan(call routing.Call) routing.Call {
	call.Answered, call.Resumed = false, routing.Resumption{}
	return call
}

func leg(data esl.ChannelData, channel dialplan.ChannelID, e dialplan.Ending) record.Leg {
	return record.Leg{
		LegID:       channel.String(),
		SIPCallID:   record.SafeText(data.Variable("sip_call_id")),
		StartedAt:   e.CreatedAt,
		RingingAt:   e.ProgressAt,
		AnsweredAt:  e.AnsweredAt,
		BridgedAt:   e.BridgedAt,
		EndedAt:     e.EndedAt,
		DurationSec: seconds(e.CreatedAt, e.EndedAt),
		BillSec:     seconds(e.AnsweredAt, e.EndedAt),
		Cause:       record.SafeText(string(e.Cause)),
		Q850:        e.Q850,
		SIPCode:     e.SIPCode,
		HungUpBy:    e.HungUpBy,
		ReadCodec:   record.SafeText(e.ReadCodec),
		WriteCodec:  record.SafeText(e.WriteCodec),
		Media:       e.Media,
		Complete:    true,

		RecordingFile: record.SafeText(e.RecordingFile),
		RecordingSec:  e.RecordingSeconds,
	}
}

// calledSIPCode is what the far side of a leg that we called answered with in
// the end; 487 after a CANCEL.
func calledSIPCode(data esl.ChannelData, e dialplan.Ending) int {
	if !e.AnsweredAt.IsZero() {
		return 200
	}
	n, err := strconv.Atoi(data.Variable("sip_invite_failure_status"))
	if err != nil || n < 300 || n > 699 {
		return 0
	}
	return n
}

// calledHungUpBy tells who ended a leg that we called: on such a leg it is the
// callee whose messages are received.
func calledHungUpBy(data esl.ChannelData, e dialplan.Ending) string {
	switch {
	case strings.HasPrefix(data.Variable("sip_hangup_disposition"), "recv_"):
		return "callee"
	case e.Cause == "ORIGINATOR_CANCEL":
		return "caller"
	default:
		return ""
	}
}

// seconds between two times; 0 if one is not known or the clocks disagree.
func seconds(from, to time.Time) int {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return max(0, int(to.Sub(from)/time.Second))
}
