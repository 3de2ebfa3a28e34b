package esltest

import "time"

// Key is a digit pressed at a time: for a caller since the call began, for a
// phone since it answered.
type Key struct {
	At    time.Duration
	Digit byte
}

// Phone is how a dialled phone or gateway number behaves. The zero Phone
// answers at once and never hangs up.
type Phone struct {
	// Registered matters for user/ targets only: others are not dialled.
	Registered bool
	// Contact is the URI it has registered; "" means one is made up.
	Contact string
	// Down says that the gateway is known to be down: GATEWAY_DOWN at once.
	Down bool

	// RingAfter is when it rings (180, or 183 with EarlyMedia) and AnswerAfter
	// when it answers, or gives its failure, both since the INVITE. If
	// AnswerAfter is not later than RingAfter, it does not ring first.
	RingAfter, AnswerAfter time.Duration
	// HangupAfter is when it hangs up, since its answer; 0 never.
	HangupAfter time.Duration

	NeverAnswers bool // rings until the switch gives up
	EarlyMedia   bool // 183 with audio instead of 180

	Busy    bool // 486 instead of an answer
	Decline bool // 603 instead of an answer
	// RedirectTo is the user part of a 302's contact, given instead of an answer.
	RedirectTo string
	SIPCode    int // any other failure instead of an answer, such as 404 or 503

	// Presses are the keys it presses after answering; only
	// group_confirm_key listens to them. With HangupAfter it hangs up instead of
	// accepting, unless it has pressed the key before.
	Presses []Key
}

// Call is a call as the caller's side makes it.
type Call struct {
	UUID string // Unique-ID; "" means one is made up

	From, FromName string
	To             string
	Context        string // "" means public
	Profile        string // sofia profile; "" means external
	NetworkIP      string // "" means 127.0.0.1

	// AuthUser and AuthDomain, if set, are the directory user FreeSWITCH
	// authenticated the caller as.
	AuthUser, AuthDomain string

	Headers   map[string]string // SIP headers, as variables sip_h_NAME
	Variables map[string]string // channel variables the dialplan set before `socket`

	// HangupAfter is when the caller hangs up, since the call began;
	// HangupAfterAnswer since the caller was answered. 0 means never.
	HangupAfter, HangupAfterAnswer time.Duration

	Presses []Key
	// Types is what the caller does on hearing something.
	Types []Typing
}

// Typing is keys pressed one after the other, a fifth of a second apart. Those
// of a call are pressed in order, each once.
type Typing struct {
	// Hearing is part of the name of what must begin to play (Result.Heard) after
	// the keys before this were pressed; "": nothing, the keys before it begin it,
	// or the call.
	Hearing string
	After   time.Duration // since then
	Keys    string
}

// Result is what became of a call.
type Result struct {
	UUID string

	// Sent is every command the server sent, in order over all connections:
	// header lines and body, line ends as "\n".
	Sent []string
	// Events are the events that were sent to the server, in order: the name,
	// and the application behind it if it has one ("CHANNEL_EXECUTE bridge").
	Events []string
	// Expanded are the API calls that `${api arg}` in an application's argument
	// reached, such as "system touch /tmp/x": injections that worked.
	Expanded []string

	FinalCause string // hangup cause of the caller's channel
	SIPStatus  int    // final answer the caller's phone got
	Ringing    bool   // the caller's phone got 180
	EarlyMedia bool   // the caller's phone got 183
	Answered   bool   // the caller's phone got 200

	// Heard is what was played to the caller, in order: file names and
	// stream addresses as given.
	Heard []string
	// Messages are the messages left in mailboxes.
	Messages []Message
	// Recordings are the files the call was recorded in, in order of their begin.
	Recordings []Recording
	// Legs are the phones that were tried, in the order of trying.
	Legs []LegResult

	Variables   map[string]string // channel variables at the end
	Connections int               // how many times the server was connected
	Duration    time.Duration     // from the call's begin to its hang-up
}

// Message is one voicemail message.
type Message struct {
	Mailbox, Domain string
	From            string
	Length          time.Duration // whole seconds, as FreeSWITCH counts
}

// Recording is what became of one recording of a call.
type Recording struct {
	Path   string
	Stereo bool
	// Length is how long it is, Masked how much of that is silence in place of
	// what was said. Without a length there is no file.
	Length, Masked time.Duration
	Failed         bool // its folder cannot be written
}

// LegResult is one phone that was dialled.
type LegResult struct {
	UUID     string
	Target   string // as dialled, without variables: "user/1001@acme.test"
	Called   bool   // the INVITE was sent; a delayed leg may end before that
	Rang     bool
	Answered bool
	Cause    string // hangup cause
	// Elsewhere: its phone was told that the call was completed elsewhere, and
	// shows no missed call.
	Elsewhere bool
	// Heard is what was announced to it before it was connected.
	Heard []string
	// CalledAfter is when the INVITE was sent, since the caller's call began.
	CalledAfter time.Duration
	// What the phone is shown of the caller.
	CallerName, CallerNumber string
	Headers                  map[string]string // SIP headers, as far as variables decide them
	Variables                map[string]string // from {} and [] of the dial string
}
