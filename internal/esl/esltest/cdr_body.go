package esltest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// cdrBody is switch_ivr_generate_json_cdr, in its order.
type cdrBody struct {
	CoreUUID    string            `json:"core-uuid"`
	SwitchName  string            `json:"switchname"`
	ChannelData cdrChannel        `json:"channel_data"`
	CallStats   map[string]any    `json:"callStats"`
	Variables   map[string]string `json:"variables"`
	AppLog      *cdrAppLog        `json:"app_log,omitempty"`
	Callflow    []cdrProfile      `json:"callflow"`
}

type cdrChannel struct {
	State       string `json:"state"`
	Direction   string `json:"direction"`
	StateNumber string `json:"state_number"`
	Flags       string `json:"flags"`
	Caps        string `json:"caps"`
}

type cdrAppLog struct {
	Applications []cdrApplication `json:"applications"`
}

type cdrApplication struct {
	Name  string `json:"app_name"`
	Data  string `json:"app_data"`
	Stamp string `json:"app_stamp"`
}

type cdrProfile struct {
	Dialplan string            `json:"dialplan"`
	Index    string            `json:"profile_index"`
	Caller   cdrCaller         `json:"caller_profile"`
	Times    map[string]string `json:"times"`
}

type cdrCaller struct {
	Username          string         `json:"username"`
	Dialplan          string         `json:"dialplan"`
	CallerIDName      string         `json:"caller_id_name"`
	ANI               string         `json:"ani"`
	ANIII             string         `json:"aniii"`
	CallerIDNumber    string         `json:"caller_id_number"`
	NetworkAddr       string         `json:"network_addr"`
	RDNIS             string         `json:"rdnis"`
	DestinationNumber string         `json:"destination_number"`
	UUID              string         `json:"uuid"`
	Source            string         `json:"source"`
	Context           string         `json:"context"`
	ChanName          string         `json:"chan_name"`
	Originator        *cdrOriginator `json:"originator,omitempty"`
	Originatee        *cdrOriginatee `json:"originatee,omitempty"`
}

type cdrOriginator struct {
	Profiles []cdrCaller `json:"originator_caller_profiles"`
}

type cdrOriginatee struct {
	Profiles []cdrCaller `json:"originatee_caller_profiles"`
}

// writeCDR hands a channel's record to the module, if it is loaded.
func (c *call) writeCDR(uuid, direction string, vars fields, flow cdrProfile) {
	r := c.sw.CDR
	if r == nil || direction == "outbound" && r.OnlyA {
		return
	}
	body := cdrBody{
		CoreUUID:    deriveUUID(c.sw.name(), "core"),
		SwitchName:  c.sw.name(),
		ChannelData: cdrChannel{State: "CS_REPORTING", Direction: direction, StateNumber: "11", Flags: "0=1;1=1;3=1", Caps: "1=1;2=1;3=1"},
		CallStats:   map[string]any{},
		Variables:   map[string]string{},
		Callflow:    []cdrProfile{flow},
	}
	if direction == "inbound" && len(c.ran) > 0 {
		body.AppLog = &cdrAppLog{Applications: c.ran}
	}
	if vars.has("read_codec") {
		body.CallStats["audio"] = c.audioStats(vars)
	}
	for _, v := range vars.list {
		value := v.value
		if !r.PlainValues {
			value = encode(value)
		}
		body.Variables[v.name] = value
	}
	text, err := json.Marshal(body)
	if err != nil { // nothing but text and numbers
		panic(fmt.Sprintf("esltest: write the record of %s: %v", uuid, err))
	}
	file := uuid + ".cdr.json"
	if direction == "inbound" {
		file = "a_" + file
	}
	r.take(cdr{uuid, file, string(text)})
}

// audioStats are those of a clean line, 50 packets a second since the answer.
func (c *call) audioStats(vars fields) map[string]any {
	billed, _ := strconv.Atoi(vars.get("billmsec")) // 0 when it was not answered
	packets := billed / 20
	return map[string]any{
		"inbound": map[string]any{
			"raw_bytes": packets * 172, "media_bytes": packets * 172, "packet_count": packets, "media_packet_count": packets,
			"skip_packet_count": 0, "jitter_packet_count": 0, "dtmf_packet_count": 0, "cng_packet_count": 0, "flush_packet_count": 0,
			"largest_jb_size": 0, "jitter_min_variance": 0, "jitter_max_variance": 0, "jitter_loss_rate": 0, "jitter_burst_rate": 0,
			"mean_interval": 0, "flaw_total": 0, "quality_percentage": 100, "mos": 4.5,
		},
		"outbound": map[string]any{
			"raw_bytes": packets * 172, "media_bytes": packets * 172, "packet_count": packets, "media_packet_count": packets,
			"skip_packet_count": 0, "dtmf_packet_count": 0, "cng_packet_count": 0, "rtcp_packet_count": 0, "rtcp_octet_count": 0,
		},
	}
}

func (c *call) cdrCaller() cdrCaller {
	p := c.profile
	return cdrCaller{
		Username: c.username(), Dialplan: "XML", CallerIDName: p.name, ANI: c.in.From, CallerIDNumber: p.number,
		NetworkAddr: c.in.NetworkIP, RDNIS: p.rdnis, DestinationNumber: p.destination, UUID: c.uuid, Source: "mod_sofia",
		Context: p.context, ChanName: c.channelName(),
	}
}

func (l *leg) cdrCaller() cdrCaller {
	p := l.c.profile
	return cdrCaller{
		Username: p.number, Dialplan: "XML", CallerIDName: p.name, ANI: p.number, CallerIDNumber: p.number,
		NetworkAddr: "127.0.0.1", DestinationNumber: l.number, UUID: l.uuid, Source: "mod_sofia", Context: p.context, ChanName: l.name(),
	}
}

// reportCaller writes the caller's record, reportLegs tells of the legs that
// ended since it last looked.
func (c *call) reportCaller() {
	caller := c.cdrCaller()
	if len(c.legs) > 0 {
		caller.Originatee = &cdrOriginatee{}
		for _, l := range c.legs {
			caller.Originatee.Profiles = append(caller.Originatee.Profiles, l.cdrCaller())
		}
	}
	c.writeCDR(c.uuid, "inbound", c.vars, cdrProfile{Dialplan: "XML", Index: "1", Caller: caller, Times: cdrTimes(c.times)})
}

func (c *call) reportLegs() {
	c.tellLegs()
	for _, l := range c.legs {
		if l.cause == "" || l.reported {
			continue
		}
		l.reported = true
		t := channelTimes{created: l.created, profileCreated: l.created, answered: l.answeredAt, progress: l.rangAt,
			progressMedia: l.earlyAt, hangup: time.Now()}
		if c.other == l {
			t.bridged = c.times.bridged
		}
		caller := l.cdrCaller()
		caller.Originator = &cdrOriginator{Profiles: []cdrCaller{c.cdrCaller()}}
		vars := l.endVariables(t)
		l.publishEnd(t, vars)
		c.writeCDR(l.uuid, "outbound", vars, cdrProfile{Dialplan: "XML", Index: "1", Caller: caller, Times: cdrTimes(t)})
	}
}

// endVariables are a dialled leg's own at its end.
func (l *leg) endVariables(t channelTimes) fields {
	c := l.c
	var v fields
	for _, f := range []field{
		{"direction", "outbound"}, {"is_outbound", "true"}, {"uuid", l.uuid}, {"session_id", "2"}, {"channel_name", l.name()},
		{"sip_call_id", l.uuid + "@127.0.0.1"}, {"originator", c.uuid}, {"originating_leg_uuid", c.uuid}, {"call_uuid", c.uuid},
		{"sip_destination_url", "sip:" + l.number + "@127.0.0.1"},
	} {
		v.set(f.name, f.value)
	}
	for _, f := range l.own() {
		v.set(f.name, f.value)
	}
	for _, name := range sortedKeys(l.vars) {
		v.set(name, l.vars[name])
	}
	if l.sip == 302 {
		v.set("sip_redirect_contact_user_0", l.phone.RedirectTo)
		v.set("sip_redirected_to", "<sip:"+l.phone.RedirectTo+"@127.0.0.1>")
	}
	if !l.answeredAt.IsZero() {
		for _, f := range []field{
			{"read_codec", "PCMU"}, {"read_rate", "8000"}, {"write_codec", "PCMU"}, {"write_rate", "8000"},
			{"remote_media_ip", "127.0.0.1"}, {"signal_bond", c.uuid}, {"bridge_uuid", c.uuid}, {"last_bridge_to", c.uuid},
		} {
			v.set(f.name, f.value)
		}
	}
	if l.sip != 0 {
		v.set("sip_term_status", strconv.Itoa(l.sip))
		v.set("proto_specific_hangup_cause", "sip:"+strconv.Itoa(l.sip))
		v.set("sip_invite_failure_status", strconv.Itoa(l.sip))
	}
	v.set("sip_hangup_disposition", l.disposition())
	ended(&v, t, l.cause)
	durations(&v, t)
	return v
}

// disposition is who said goodbye on the leg's own wire.
func (l *leg) disposition() string {
	switch {
	case !l.answeredAt.IsZero() && l.c.hungup:
		return "send_bye"
	case !l.answeredAt.IsZero():
		return "recv_bye"
	case l.sip != 0:
		return "recv_refuse"
	default:
		return "send_cancel"
	}
}

func cdrTimes(t channelTimes) map[string]string {
	return map[string]string{
		"created_time": micros(t.created), "profile_created_time": micros(t.profileCreated),
		"progress_time": micros(t.progress), "progress_media_time": micros(t.progressMedia),
		"answered_time": micros(t.answered), "bridged_time": micros(t.bridged), "last_hold_time": "0", "hold_accum_time": "0",
		"hangup_time": micros(t.hangup), "resurrect_time": "0", "transfer_time": micros(t.transferred),
	}
}
