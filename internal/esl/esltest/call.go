package esltest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// call is one caller's channel. mu is held by the session (the goroutine of
// Place) whenever it works and released only while it waits for its next
// tick, so that everything a tick does reaches the connections as one burst,
// as FreeSWITCH's session thread outruns its socket thread.
type call struct {
	mu  sync.Mutex
	ctx context.Context
	sw  *Switch
	in  Call

	uuid  string
	start time.Time
	ticks int64
	seq   int // of events
	made  int // UUIDs derived so far

	vars    fields
	profile profile
	callee  profile // who was dialled last
	other   *leg    // last bridged leg
	times   channelTimes

	state       string // Channel-State
	stateNumber int
	callState   string
	media       bool // early media or answered: codecs are known
	answered    bool
	ringing     bool
	hungup      bool
	cause       string
	sipStatus   int // set by respond

	transfer *transfer // uuid_transfer in progress
	deeds    []deed    // what the caller will still do
	typing   []Typing  // what he will press on hearing something
	typed    time.Time // when he presses the last key planned

	queue      []message // sendmsg not yet executed
	locks      int       // event-lock: true messages that run
	depth      int
	controlled bool // the park loop of the socket application may go on
	breaking   bool // uuid_break, until an application takes it
	stopLoops  bool // uuid_break also ends a message's loops
	dtmf       []dtmf
	recorders  []*recorder
	legs       []*leg
	told       map[*leg]legTold
	ran        []cdrApplication // applications of the dialplan and the server, for the CDR

	conns   []*conn
	dialErr error
	res     Result
}

// profile is what the Caller-… headers say.
type profile struct {
	name, number, destination, context, rdnis string
}

// channelTimes are the Caller-Channel-…-Time values.
type channelTimes struct {
	created, profileCreated, answered, progress, progressMedia, bridged, hangup, transferred time.Time
}

type transfer struct{ extension, context string }

type dtmf struct {
	digit  byte
	source string
}

// message is a queued sendmsg.
type message struct {
	headers fields
	body    string
}

func newCall(ctx context.Context, s *Switch, in Call) *call {
	now := time.Now()
	c := &call{ctx: ctx, sw: s, in: in, uuid: in.UUID, start: now,
		state: "CS_EXECUTE", stateNumber: 4, callState: "RINGING"}
	c.times.created, c.times.profileCreated = now, now
	return c
}

// prepare fills in what depends on the Unique-ID.
func (c *call) prepare() {
	in := &c.in
	setDefault(&in.Context, "public")
	setDefault(&in.Profile, "external")
	setDefault(&in.NetworkIP, "127.0.0.1")
	c.profile = profile{name: in.FromName, number: in.From, destination: in.To, context: in.Context}
	if c.profile.name == "" {
		c.profile.name = in.From
	}
	c.initialVariables()
	c.planDeeds()
}

func setDefault(s *string, def string) {
	if *s == "" {
		*s = def
	}
}

func (c *call) channelName() string {
	return fmt.Sprintf("sofia/%s/%s@%s:6100", c.in.Profile, c.in.From, c.in.NetworkIP)
}

func (c *call) initialVariables() {
	in, v := c.in, &c.vars
	from := fmt.Sprintf("%s@%s:6100", in.From, in.NetworkIP)
	to := in.To + "@127.0.0.1:5080"
	for _, f := range []field{
		{"direction", "inbound"}, {"uuid", c.uuid}, {"session_id", "1"},
		{"sip_from_user", in.From}, {"sip_from_port", "6100"}, {"sip_from_uri", from}, {"sip_from_host", in.NetworkIP},
		{"video_media_flow", "disabled"}, {"audio_media_flow", "disabled"}, {"text_media_flow", "disabled"},
		{"channel_name", c.channelName()}, {"sip_call_id", c.uuid + "@" + in.NetworkIP},
		{"sip_local_network_addr", "127.0.0.1"}, {"sip_network_ip", in.NetworkIP}, {"sip_network_port", "6100"},
		{"sip_invite_stamp", micros(c.start)}, {"sip_received_ip", in.NetworkIP}, {"sip_received_port", "6100"},
		{"sip_via_protocol", "udp"}, {"sip_from_user_stripped", strings.TrimPrefix(in.From, "+")},
		{"sofia_profile_name", in.Profile}, {"sofia_profile_url", "sip:mod_sofia@127.0.0.1:5080"},
		{"recovery_profile_name", in.Profile}, {"sip_from_display", in.FromName},
		{"sip_full_from", fmt.Sprintf("%q <sip:%s>;tag=1", in.FromName, from)}, {"sip_full_to", "<sip:" + to + ">"},
		{"sip_req_user", in.To}, {"sip_req_port", "5080"}, {"sip_req_uri", to}, {"sip_req_host", "127.0.0.1"},
		{"sip_to_user", in.To}, {"sip_to_port", "5080"}, {"sip_to_uri", to}, {"sip_to_host", "127.0.0.1"},
		{"sip_contact_user", "sipp"}, {"sip_contact_port", "6100"}, {"sip_contact_host", in.NetworkIP},
		{"rtp_use_codec_string", "OPUS,G722,PCMU,PCMA,H264,VP8"},
		{"sip_via_host", in.NetworkIP}, {"sip_via_port", "6100"}, {"max_forwards", "70"},
		{"ep_codec_string", "CORE_PCM_MODULE.PCMU@8000h@20i@64000b"},
		{"endpoint_disposition", "DELAYED NEGOTIATION"},
		{"DP_MATCH", "ARRAY::" + in.To + "|:" + in.To}, {"call_uuid", c.uuid},
	} {
		v.set(f.name, f.value)
	}
	if in.AuthUser != "" {
		v.set("user_name", in.AuthUser)
		v.set("domain_name", in.AuthDomain)
		v.set("sip_auth_username", in.AuthUser)
		v.set("sip_auth_realm", in.AuthDomain)
		v.set("sip_authorized", "true")
	}
	for _, k := range sortedKeys(in.Headers) {
		v.set("sip_h_"+k, in.Headers[k])
	}
	for _, k := range sortedKeys(in.Variables) {
		v.set(k, in.Variables[k])
	}
}

// newUUID makes the next of this call's ids; the same call makes the same ones.
func (c *call) newUUID() string {
	c.made++
	return deriveUUID(c.uuid, strconv.Itoa(c.made))
}

// ready is switch_channel_ready: applications go on only while it is true.
func (c *call) ready() bool {
	return !c.hungup && c.transfer == nil && c.ctx.Err() == nil
}

// hangup ends the channel and says so at once; the session notices at its
// next tick. It does nothing to a channel that is down.
func (c *call) hangup(cause string) {
	if c.hungup {
		return
	}
	c.hungup, c.cause, c.stateNumber = true, cause, 10
	c.event("CHANNEL_HANGUP", nil, nil)
	c.res.Duration = time.Since(c.start)
	c.wakeConns()
}

func (c *call) wakeConns() {
	for _, n := range c.conns {
		n.wakeUp()
	}
}

func (c *call) legByUUID(uuid string) *leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.legs {
		if l.uuid == uuid {
			return l
		}
	}
	return nil
}

func (c *call) waitForConns() {
	c.mu.Lock()
	conns := c.conns
	c.mu.Unlock()
	for _, n := range conns {
		n.wait(c.ctx)
	}
}

// farAnswer is the SIP answer of the last leg that failed. FreeSWITCH gives it
// to an unanswered caller in place of its own, unless it is told not to.
func (c *call) farAnswer() int {
	if v := c.vars.get("sip_ignore_remote_cause"); v == "true" || c.cause == "ORIGINATOR_CANCEL" {
		return 0
	}
	code, _ := strconv.Atoi(strings.TrimPrefix(c.vars.get("last_bridge_proto_specific_hangup_cause"), "sip:")) // 0 if there is none
	return code
}

// result is complete once run and waitForConns have returned.
func (c *call) result() *Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.res
	r.UUID, r.FinalCause = c.uuid, c.cause
	r.Ringing, r.EarlyMedia, r.Answered = c.ringing, c.media && !c.times.progressMedia.Equal(c.times.answered), c.answered
	switch {
	case c.answered:
		r.SIPStatus = 200
	case c.sipStatus != 0:
		r.SIPStatus = c.sipStatus
	case c.farAnswer() != 0:
		r.SIPStatus = c.farAnswer()
	default:
		r.SIPStatus = sipStatus(c.cause)
	}
	for _, l := range c.legs {
		r.Legs = append(r.Legs, l.result())
	}
	for _, rec := range c.recorders {
		r.Recordings = append(r.Recordings, rec.result)
	}
	r.Variables = c.vars.toMap()
	r.Connections = len(c.conns)
	return &r
}
