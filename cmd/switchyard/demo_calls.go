package main

import (
	"time"

	"switchyard/handlers"
	"switchyard/internal/esl/esltest"
)

// demoCall is one call of the demo, with what is announced of it.
type demoCall struct {
	title  string
	call   esltest.Call
	phones map[string][]esltest.Phone // what differs from the usual for this call

	sip      int
	status   handlers.Status
	path     string // the steps, "route target: outcome", joined by ", "
	webhooks string // types in the order of arrival, joined by ", "
}

const (
	reception = "1001@acme.example"
	accounts  = "1002@acme.example"
	service   = "1003@acme.example"
	sales     = "1004@acme.example"
	mobile    = "gateway/carrier-a/+13055550199"
)

const (
	ms  = time.Millisecond
	sec = time.Second

	talked  = "call.started, call.answered, call.ended"
	unheard = "call.started, call.ended"

	sentOn     = "call.started, call.answered, call.forwarded, call.forwarded, call.ended"
	sentAtOnce = "call.started, call.forwarded, call.answered, call.forwarded, call.forwarded, call.ended"
)

func phone(p esltest.Phone) []esltest.Phone {
	p.Registered = true
	return []esltest.Phone{p}
}

// answers is a phone that rings, answers and hangs up.
func answers(after, talks time.Duration) []esltest.Phone {
	return phone(esltest.Phone{RingAfter: 100 * ms, AnswerAfter: after, HangupAfter: talks})
}

func inbound(from, name, to string) esltest.Call {
	return esltest.Call{From: from, FromName: name, To: to}
}

func hangingUp(c esltest.Call, after time.Duration) esltest.Call {
	c.HangupAfter = after
	return c
}

// pressing is a call whose caller presses a key 700 ms after it began.
func pressing(c esltest.Call, key string) esltest.Call {
	c.Presses = []esltest.Key{{At: 700 * ms, Digit: key[0]}}
	return c
}

// fromPhone is a call of one of the tenant's own phones.
func fromPhone(user, to string) esltest.Call {
	return esltest.Call{From: user, FromName: "Phone " + user, To: to, Profile: "internal", AuthUser: user, AuthDomain: "acme.example"}
}

// demoCalls is the programme.
func demoCalls() []demoCall {
	return []demoCall{
		{
			title: "A customer calls and talks to reception", call: inbound("+13055550120", "Ann Customer", "+13055550100"),
			phones: map[string][]esltest.Phone{reception: answers(sec, 2*sec)},
			sip:    200, status: handlers.StatusCompleted, path: "extension 1001: answered", webhooks: talked,
		},
		{
			title: "A VIP calls the same number", call: inbound("+13055550111", "Vera Important", "+13055550100"),
			phones: map[string][]esltest.Phone{accounts: answers(500*ms, 2*sec)},
			sip:    200, status: handlers.StatusCompleted, path: "extension 1002: answered", webhooks: talked,
		},
		{
			title: "A blocked number calls", call: inbound("+13055550166", "Robo", "+13055550100"),
			sip: 603, status: handlers.StatusBlocked, webhooks: "call.ended",
		},
		{
			title: "Reception is busy; the caller leaves a message", call: hangingUp(inbound("+13055550121", "Bob", "+13055550100"), 6*sec),
			phones: map[string][]esltest.Phone{reception: phone(esltest.Phone{Busy: true, AnswerAfter: 100 * ms})},
			sip:    200, status: handlers.StatusVoicemail, path: "extension 1001: busy, voicemail 1001: message-left", webhooks: unheard,
		},
		{
			title: "Nobody answers; the caller leaves a message", call: hangingUp(inbound("+13055550122", "Cem", "+13055550100"), 9*sec),
			phones: map[string][]esltest.Phone{reception: phone(esltest.Phone{RingAfter: 100 * ms, NeverAnswers: true})},
			sip:    200, status: handlers.StatusVoicemail, path: "extension 1001: no-answer, voicemail 1001: message-left", webhooks: unheard,
		},
		{
			title: "Somebody dials a number nobody has", call: inbound("+13055550123", "Dee", "+13055559999"),
			sip: 404, status: handlers.StatusUnknownNumber, webhooks: "",
		},
		{
			title: "A number that goes straight to a mobile phone", call: inbound("+13055550124", "Eve", "+13055550101"),
			phones: map[string][]esltest.Phone{mobile: answers(1500*ms, 2*sec)},
			sip:    200, status: handlers.StatusCompleted, path: "forward mobile: answered", webhooks: sentAtOnce,
		},
		{
			title: "Field service has no phone registered: forwarded to the mobile", call: inbound("+13055550125", "Finn", "+13055550102"),
			phones: map[string][]esltest.Phone{service: {}, mobile: answers(sec, 2*sec)},
			sip:    200, status: handlers.StatusCompleted, path: "extension 1003: unregistered, forward mobile: answered", webhooks: sentOn,
		},
		{
			title: "A caller gives up while it rings", call: hangingUp(inbound("+13055550126", "Gus", "+13055550100"), 1500*ms),
			phones: map[string][]esltest.Phone{reception: phone(esltest.Phone{RingAfter: 100 * ms, NeverAnswers: true})},
			sip:    487, status: handlers.StatusCancelled, path: "extension 1001: caller-gone", webhooks: unheard,
		},
		{
			title: "A number without a route", call: inbound("+13055550127", "Hal", "+13055550103"),
			sip: 480, status: handlers.StatusNoRoute, webhooks: "call.ended",
		},
		{
			title: "A phone of the tenant calls another", call: fromPhone("1002", "1001"),
			phones: map[string][]esltest.Phone{reception: answers(500*ms, sec)},
			sip:    200, status: handlers.StatusCompleted, path: "extension 1001: answered", webhooks: talked,
		},
		{
			title: "A phone calls a country that is not allowed", call: fromPhone("1002", "+442071234567"),
			sip: 403, status: handlers.StatusDenied, webhooks: "call.ended",
		},
		{
			title: "Sales is called: one phone rings, one is not to be disturbed, the mobile answers", call: inbound("+13055550128", "Ida", "+13055550104"),
			phones: map[string][]esltest.Phone{
				sales:  phone(esltest.Phone{RingAfter: 100 * ms, NeverAnswers: true}),
				mobile: answers(500*ms, sec),
			},
			sip: 200, status: handlers.StatusCompleted, path: "ringgroup sales: answered", webhooks: talked,
		},
		{
			title: "A caller presses 1 in the menu and talks to reception", call: pressing(inbound("+13055550129", "Jan", "+13055550105"), "1"),
			phones: map[string][]esltest.Phone{reception: answers(500*ms, sec)},
			sip:    200, status: handlers.StatusCompleted, path: "ivr main: chosen, extension 1001: answered", webhooks: talked,
		},
		{
			title: "Another presses 2; support is closed by an override", call: hangingUp(pressing(inbound("+13055550130", "Kim", "+13055550105"), "2"), 8*sec),
			sip: 200, status: handlers.StatusVoicemail, path: "ivr main: chosen, schedule support: closed, voicemail 1001: message-left", webhooks: unheard,
		},
		{
			title: "A third presses nothing and is put through to sales", call: inbound("+13055550131", "Lou", "+13055550105"),
			phones: map[string][]esltest.Phone{sales: answers(500*ms, sec)},
			sip:    200, status: handlers.StatusCompleted, path: "ivr main: no-input, ringgroup sales: answered", webhooks: talked,
		},
		{
			title: "A caller whose name is an attack", call: inbound("+13055550111", "${system touch /tmp/owned}},|'", "+13055550100"),
			phones: map[string][]esltest.Phone{accounts: answers(500*ms, sec)},
			sip:    200, status: handlers.StatusCompleted, path: "extension 1002: answered", webhooks: talked,
		},
	}
}
