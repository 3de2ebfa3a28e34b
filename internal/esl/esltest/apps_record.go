package esltest

import (
	"fmt"
	"strings"
	"time"
)

// recorder is one record_session of a call.
type recorder struct {
	result     Recording
	bridgeOnly bool      // RECORD_BRIDGE_REQ: it runs only while the caller talks
	began      time.Time // not bridgeOnly: since when it runs
	maskedFrom time.Time // zero: it is not masked
	over       bool
}

// appRecordSession is `record_session path`. A path that cannot be written is
// told at once, and of any other what became of it at its end.
func appRecordSession(c *call, path string) {
	c.preAnswer()
	r := &recorder{bridgeOnly: c.vars.truthy("RECORD_BRIDGE_REQ"), began: time.Now()}
	r.result = Recording{Path: path, Stereo: c.vars.truthy("RECORD_STEREO")}
	for _, folder := range c.sw.ReadOnly {
		if strings.HasPrefix(path, folder) {
			r.over, r.result.Failed = true, true
			c.vars.set("record_completion_cause", "uri-failure")
		}
	}
	c.recorders = append(c.recorders, r)
}

// recordTalk adds a conversation that has ended now to what is recorded.
func (c *call) recordTalk(length time.Duration) {
	for _, r := range c.recorders {
		if r.bridgeOnly && !r.over {
			r.add(length)
		}
	}
}

func (r *recorder) add(length time.Duration) {
	r.result.Length += length.Truncate(20 * time.Millisecond)
	if !r.maskedFrom.IsZero() {
		r.mask(false)
		r.mask(true)
	}
}

func (r *recorder) mask(on bool) {
	if !r.maskedFrom.IsZero() {
		r.result.Masked += time.Since(r.maskedFrom)
	}
	r.maskedFrom = time.Time{}
	if on {
		r.maskedFrom = time.Now()
	}
}

// endRecording ends the one of a path, or all of them.
func (c *call) endRecording(path string) {
	for _, r := range c.recorders {
		if !r.over && (path == "all" || path == r.result.Path) {
			c.end(r)
		}
	}
}

func (c *call) endRecordings() { c.endRecording("all") }

// end leaves on the channel what FreeSWITCH leaves there of a recording.
func (c *call) end(r *recorder) {
	r.over = true
	if !r.bridgeOnly {
		r.add(time.Since(r.began))
	}
	r.mask(false)
	r.result.Masked = min(r.result.Masked, r.result.Length)
	cause, channels := "success-silence", int64(1)
	if r.result.Length == 0 {
		cause = "empty-file"
		c.vars.set("RECORD_DISCARDED", "true")
	}
	if r.result.Stereo {
		channels = 2
	}
	c.recordedBytes(r.result.Length, channels)
	c.vars.set("record_completion_cause", cause)
}

// recordedBytes says how much was recorded, 16 bit a sample behind a WAV header.
func (c *call) recordedBytes(length time.Duration, channels int64) {
	ms := length.Milliseconds()
	for _, f := range []field{
		{"record_file_size", fmt.Sprint(44 + 2*channels*samples(length))}, {"record_samples", fmt.Sprint(samples(length))},
		{"record_seconds", fmt.Sprint(ms / 1000)}, {"record_ms", fmt.Sprint(ms)},
	} {
		c.vars.set(f.name, f.value)
	}
}

// apiRecord is uuid_record UUID start|stop|mask|unmask PATH.
func apiRecord(s *Switch, arg string) string {
	answer := recordCommand(s, arg)
	if answer == noChannel {
		return "-ERR Cannot locate session!\n"
	}
	return answer
}

var recordCommand = onCall(func(c *call, rest string) string {
	what, path, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if what == "start" {
		appRecordSession(c, path)
		return "+OK Success\n"
	}
	for _, r := range c.recorders {
		if r.over || r.result.Path != path {
			continue
		}
		switch what {
		case "stop":
			c.end(r)
		case "mask", "unmask":
			r.mask(what == "mask")
		default:
			return "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"
		}
		return "+OK Success\n"
	}
	return "-ERR Cannot " + what + " recording session!\n"
})
