package phone

import "time"

// Never as a ring time means that the phone rings until the caller gives up.
const Never = time.Duration(-1)

// Script is how a phone takes a call: it rings (180), and after Ring answers
// with Code.
type Script struct {
	Ring   time.Duration // 0: final answer at once after the 180; Never: none
	Silent bool          // no 180
	Early  bool          // 183 with audio instead of the 180
	Code   int           // final status; 0 means 200
	Reason string        // phrase beside Code; a usual one when empty
	// Target is the Contact of a 302.
	Target string
	// Keys are pressed one after the other, beginning KeysAfter the answer.
	Keys      string
	KeysAfter time.Duration
	// HangUpAfter the answer, and after the keys; 0: the phone never hangs up by itself.
	HangUpAfter time.Duration
	// Tone is what it sends once answered, with Early before that too, in Hz;
	// 0: silence.
	Tone float64
}

// Busy, Decline and Answer are common scripts.
var (
	Busy    = Script{Code: 486}
	Decline = Script{Code: 603}
	Answer  = Script{Code: 200}
)

var reasons = map[int]string{
	200: "OK", 302: "Moved Temporarily", 404: "Not Found", 480: "Temporarily Unavailable",
	486: "Busy Here", 503: "Service Unavailable", 603: "Decline",
}

func (s Script) final() (int, string) {
	code := s.Code
	if code == 0 {
		code = 200
	}
	if s.Reason != "" {
		return code, s.Reason
	}
	if r, ok := reasons[code]; ok {
		return code, r
	}
	return code, "Answer"
}
