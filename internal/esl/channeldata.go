package esl

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// sipHeadersMost is the most SIP headers of a call that are kept for rules.
const sipHeadersMost = 50

// ChannelData is what FreeSWITCH says of a channel, under the names that its
// events have. Event.Read gives it; another source of the same facts translates
// its own names into these.
type ChannelData interface {
	// Header gives a header's value, "" if there is none.
	Header(name string) string
	// Variable gives a channel variable's value, "" if it is not set.
	Variable(name string) string
	// VariablesWith gives the variables whose names begin with prefix, keyed by
	// the rest of the name in lower case, at most most of them.
	VariablesWith(prefix string, most int) map[string]string
}

// callOf reads the facts of a call from the reply to connect.
func callOf(data Event) (call routing.Call, channel dialplan.ChannelID, err error) {
	data.Read(func(d ChannelData) {
		call, channel, err = ReadCall(d, data.At())
		if err == nil && (d.Header("Control") != "full" || d.Header("Socket-Mode") != "async") {
			err = errors.New("the dialplan's socket action needs the options 'async full'")
		}
	})
	return call, channel, err
}

// ReadCall reads the facts of a call from its channel's data. Only this file
// knows FreeSWITCH's header names for them. seen is when the call was first
// heard of, for a switch that does not say when it made the channel.
func ReadCall(e ChannelData, seen time.Time) (routing.Call, dialplan.ChannelID, error) {
	channel, err := dialplan.ParseChannelID(e.Header("Unique-ID"))
	if err != nil {
		return routing.Call{}, channel, fmt.Errorf("%w: Unique-ID: %w", errFrame, err)
	}
	c := routing.Call{
		ID:           routing.CallID(channel.String()),
		Switch:       e.Header("FreeSWITCH-Switchname"),
		CallerNumber: e.Header("Caller-Caller-ID-Number"),
		CallerName:   e.Header("Caller-Caller-ID-Name"),
		Anonymous:    anonymous(e),
		Dialled:      e.Header("Caller-Destination-Number"),
		Trunk:        e.Variable(dialplan.TrunkVariable),
		Profile:      e.Variable("sofia_profile_name"),
		NetworkIP:    e.Variable("sip_network_ip"),
		Headers:      e.VariablesWith("sip_h_", sipHeadersMost),
		SIPCallID:    e.Variable("sip_call_id"),
		CreatedAt:    createdAt(e, seen),
		Answered:     e.Header("Answer-State") == "answered",
		Resumed:      resumption(e),
	}
	// sip_authorized is set by FreeSWITCH alone, after a digest it checked;
	// user_name and domain_name then come from its directory.
	if e.Variable("sip_authorized") == "true" {
		c.AuthUser, c.AuthDomain = e.Variable("user_name"), e.Variable("domain_name")
	}
	return c, channel, nil
}

func anonymous(e ChannelData) bool {
	if e.Header("Caller-Privacy-Hide-Number") == "true" {
		return true
	}
	switch strings.ToLower(e.Header("Caller-Caller-ID-Number")) {
	case "", "anonymous", "unknown", "restricted", "unavailable", "private", "withheld":
		return true
	}
	return false
}

func createdAt(e ChannelData, seen time.Time) time.Time {
	micros, err := strconv.ParseInt(e.Header("Caller-Channel-Created-Time"), 10, 64)
	if err != nil || micros <= 0 || micros > latest {
		return seen
	}
	return time.UnixMicro(micros).UTC()
}

// latest is a time, the end of the year 2199 in microseconds, that no channel
// was made after.
const latest = 7258118400e6

func resumption(e ChannelData) routing.Resumption {
	return routing.Resumption{
		Before:      e.Variable(dialplan.SeenMark) != "",
		Bridged:     e.Variable("last_bridge_to") != "" && e.Header("Answer-State") == "answered",
		Transferred: e.Variable("transfer_history") != "" || e.Variable("transfer_source") != "",
		BridgeCause: e.Variable("bridge_hangup_cause"),
		Menus:       dialplan.ReadPlace(e),
	}
}
