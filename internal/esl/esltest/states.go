package esltest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ringReady passes ringing on to the caller, once and only while nothing
// better was signalled.
func (c *call) ringReady() {
	if c.ringing || c.media || c.answered {
		return
	}
	c.ringing = true
	c.times.progress = time.Now()
	c.event("CHANNEL_PROGRESS", nil, nil)
}

// preAnswer opens early media.
func (c *call) preAnswer() {
	if c.media || c.hungup {
		return
	}
	c.media = true
	c.times.progressMedia = time.Now()
	c.mediaVariables()
	c.event("CHANNEL_PROGRESS_MEDIA", nil, nil)
	c.callState = "EARLY"
}

func (c *call) mediaVariables() {
	for _, f := range []field{
		{"rtp_use_codec_string", "OPUS,G722,PCMU,PCMA,H264,VP8"},
		{"remote_video_media_flow", "inactive"}, {"remote_text_media_flow", "inactive"},
		{"remote_audio_media_flow", "sendrecv"}, {"audio_media_flow", "sendrecv"},
		{"rtp_audio_recv_pt", "0"}, {"rtp_use_codec_name", "PCMU"}, {"rtp_use_codec_rate", "8000"},
		{"rtp_use_codec_ptime", "20"}, {"rtp_use_codec_channels", "1"},
		{"read_codec", "PCMU"}, {"original_read_codec", "PCMU"}, {"read_rate", "8000"}, {"original_read_rate", "8000"},
		{"write_codec", "PCMU"}, {"write_rate", "8000"}, {"dtmf_type", "rfc2833"},
		{"local_media_ip", "127.0.0.1"}, {"local_media_port", "24484"},
		{"remote_media_ip", c.in.NetworkIP}, {"remote_media_port", "6004"},
		{"endpoint_disposition", "EARLY MEDIA"},
	} {
		c.vars.set(f.name, f.value)
	}
}

// answer sends the caller 200.
func (c *call) answer() {
	if c.answered || c.hungup {
		return
	}
	c.preAnswer()
	c.answered = true
	c.times.answered = time.Now()
	c.event("CHANNEL_ANSWER", nil, nil)
	c.executeOn("execute_on_answer")
	c.callState = "ACTIVE"
	c.vars.set("endpoint_disposition", "ANSWER")
	if d := c.in.HangupAfterAnswer; d > 0 {
		c.addDeed(deed{at: c.times.answered.Add(d), hangup: true})
	}
}

// executeOn runs the applications of the variables whose names begin so:
// "app argument".
func (c *call) executeOn(prefix string) {
	for _, v := range slices.Clone(c.vars.list) {
		if strings.HasPrefix(v.name, prefix) {
			app, arg, _ := strings.Cut(v.value, " ")
			c.exec(app, arg, "")
		}
	}
}

// finish is what the state machine says after the last application.
func (c *call) finish() {
	c.state = "CS_HANGUP"
	c.event("CHANNEL_STATE", nil, nil)
	c.state, c.stateNumber, c.callState = "CS_REPORTING", 11, "HANGUP"
	c.times.hangup = time.Now()
	c.event("CHANNEL_STATE", nil, nil)
	c.endRecordings()
	c.endVariables()
	c.event("CHANNEL_HANGUP_COMPLETE", []field{{"Hangup-Cause", c.cause}}, nil)
	c.reportLegs()
	c.reportCaller()
}

func (c *call) endVariables() {
	v, t := &c.vars, c.times
	lastApp, lastArg := v.get("current_application"), v.get("current_application_data")
	if !v.has("sip_hangup_disposition") {
		v.set("sip_hangup_disposition", map[bool]string{true: "send_bye", false: "send_refuse"}[c.answered])
	}
	ended(v, t, c.cause)
	v.set("last_app", lastApp)
	v.set("last_arg", lastArg)
	v.set("caller_id", fmt.Sprintf("%q <%s>", c.profile.name, c.profile.number))
	durations(v, t)
}

// ended sets what every channel has at its end: cause and times.
func ended(v *fields, t channelTimes, cause string) {
	v.set("hangup_cause", cause)
	v.set("hangup_cause_q850", fmt.Sprint(q850Of(cause)))
	v.set("digits_dialed", "none")
	moments := []struct {
		name string
		at   time.Time
	}{
		{"start", t.created}, {"profile_start", t.profileCreated}, {"answer", t.answered}, {"bridge", t.bridged},
		{"progress", t.progress}, {"progress_media", t.progressMedia}, {"end", t.hangup},
	}
	for _, m := range moments {
		if !m.at.IsZero() {
			v.set(m.name+"_stamp", m.at.Format("2006-01-02 15:04:05"))
		}
	}
	for _, m := range moments {
		seconds := "0"
		if !m.at.IsZero() {
			seconds = fmt.Sprint(m.at.Unix())
		}
		v.set(m.name+"_epoch", seconds)
		v.set(m.name+"_uepoch", micros(m.at))
	}
}

// durations sets duration, billsec and their like: whole seconds are the
// difference of the clock's seconds, as FreeSWITCH counts.
func durations(v *fields, t channelTimes) {
	spans := []struct {
		sec, rest string // names: seconds, and stem of milli- and microseconds
		from, to  time.Time
	}{
		{"duration", "duration", t.created, t.hangup}, {"billsec", "bill", t.answered, t.hangup},
		{"progresssec", "progress", t.created, t.progress}, {"answersec", "answer", t.created, t.answered},
		{"waitsec", "wait", t.created, t.bridged}, {"progress_mediasec", "progress_media", t.created, t.progressMedia},
	}
	for _, s := range spans {
		var sec, us int64
		if !s.from.IsZero() && !s.to.IsZero() {
			sec, us = s.to.Unix()-s.from.Unix(), s.to.Sub(s.from).Microseconds()
		}
		v.set(s.sec, fmt.Sprint(sec))
		if s.rest == "duration" {
			v.set("mduration", fmt.Sprint(us/1000))
			v.set("uduration", fmt.Sprint(us))
			continue
		}
		v.set(s.rest+"msec", fmt.Sprint(us/1000))
		v.set(s.rest+"usec", fmt.Sprint(us))
	}
}
