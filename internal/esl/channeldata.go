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

// callOf reads the facts of a call from the reply to connect. Only this file
// knows FreeSWITCH's header names for them.
func callOf(data Event) (call routing.Call, channel dialplan.ChannelID, err error) {
	data.read(func(f *fields) { call, channel, err = readCall(f, data.At()) })
	return call, channel, err
}

func readCall(e *fields, connected time.Time) (routing.Call, dialplan.ChannelID, error) {
	channel, err := dialplan.ParseChannelID(e.Header("Unique-ID"))
	if err != nil {
		return routing.Call{}, channel, fmt.Errorf("%w: Unique-ID: %w", errFrame, err)
	}
	if e.Header("Control") != "full" || e.Header("Socket-Mode") != "async" {
		return routing.Call{}, channel, errors.New("the dialplan's socket action needs the options 'async full'")
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
		Headers:      e.headersWithPrefix("variable_sip_h_", sipHeadersMost),
		SIPCallID:    e.Variable("sip_call_id"),
		CreatedAt:    createdAt(e, connected),
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

func anonymous(e *fields) bool {
	if e.Header("Caller-Privacy-Hide-Number") == "true" {
		return true
	}
	switch strings.ToLower(e.Header("Caller-Caller-ID-Number")) {
	case "", "anonymous", "unknown", "restricted", "unavailable", "private", "withheld":
		return true
	}
	return false
}

func createdAt(e *fields, connected time.Time) time.Time {
	micros, err := strconv.ParseInt(e.Header("Caller-Channel-Created-Time"), 10, 64)
	if err != nil || micros <= 0 {
		return connected
	}
	return time.UnixMicro(micros).UTC()
}

func resumption(e *fields) routing.Resumption {
	return routing.Resumption{
		Before:      e.Variable(dialplan.SeenMark) != "",
		Bridged:     e.Variable("last_bridge_to") != "" && e.Header("Answer-State") == "answered",
		Transferred: e.Variable("transfer_history") != "" || e.Variable("transfer_source") != "",
		BridgeCause: e.Variable("bridge_hangup_cause"),
	}
}
