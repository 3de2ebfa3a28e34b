package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"switchyard/handlers"
	"switchyard/routing"
)

// Which calls somebody missed, and why they did not take them.
func TestMissed(t *testing.T) {
	ext := func(o routing.Outcome, attempts ...Attempt) Step {
		return Step{Destination: toExtension, Outcome: o, Attempts: attempts}
	}
	group := func(o routing.Outcome, attempts ...Attempt) Step {
		return Step{Destination: toSales, Outcome: o, Attempts: attempts}
	}
	skipped := func(who string, why routing.SkipReason) Attempt { return Attempt{Member: who, Skipped: why} }
	for name, tt := range map[string]struct {
		c    Call
		want string // "no": nobody missed it
	}{
		"rang":                {Call{Steps: []Step{ext(routing.NoAnswer)}}, "1001 no-answer"},
		"rang, inside":        {Call{Direction: routing.Internal, Steps: []Step{ext(routing.NoAnswer)}}, "1001 no-answer"},
		"busy":                {Call{Steps: []Step{ext(routing.Busy)}}, "1001 busy"},
		"no phone":            {Call{Steps: []Step{ext(routing.Unregistered)}}, "1001 unregistered"},
		"a phone failed":      {Call{Steps: []Step{ext(routing.Failed)}}, "1001 failed"},
		"a phone sent it on":  {Call{Steps: []Step{ext(routing.Forwarded)}}, "1001 forwarded"},
		"limit":               {Call{Steps: []Step{ext(routing.CallLimited, skipped("1001", routing.SkipCallLimit))}}, "1001 call-limit"},
		"do not disturb":      {Call{Steps: []Step{ext(routing.Busy, skipped("1001", routing.SkipDoNotDisturb))}}, "1001 do-not-disturb"},
		"the caller gave up":  {Call{Status: handlers.StatusCancelled, Steps: []Step{ext(routing.CallerGone)}}, "1001 caller-hung-up"},
		"the server was gone": {Call{Steps: []Step{ext(routing.LeftSession)}}, "1001 unknown"},
		"message left": {
			Call{Status: handlers.StatusVoicemail, Steps: []Step{ext(routing.NoAnswer), {Destination: toMailbox, Outcome: routing.MessageLeft}}}, "1001 no-answer, voicemail",
		},
		"refused by the tenant after ringing": {
			Call{Status: handlers.StatusDenied, Steps: []Step{ext(routing.NoAnswer), {Destination: routing.Destination{Route: routing.RouteHangup, Target: "CALL_REJECTED"}, Outcome: routing.Ended}}}, "1001 no-answer",
		},
		"follow-me numbers beside it": {
			Call{Steps: []Step{ext(routing.NoAnswer, Attempt{Member: "1001", Outcome: routing.NoAnswer}, Attempt{Member: mobile, For: "1001", Outcome: routing.Busy}, Attempt{Member: "1002", For: "1001"})}},
			"1001 no-answer, 1002 no-answer",
		},
		"forwarded, and nobody there": {
			Call{Steps: []Step{ext(routing.Forwarded, skipped("1001", routing.SkipForwarded)), {Destination: toForward, Called: mobile, ForwardType: "always", Outcome: routing.NoAnswer}}}, "1001 forwarded",
		},
		"forwarded to another extension": {
			Call{Steps: []Step{ext(routing.NoAnswer), {Destination: toBen, Called: "1002", ForwardType: "no-answer", Outcome: routing.Busy}}}, "1001 no-answer, 1002 busy",
		},
		"a group, each for a reason": {
			Call{Steps: []Step{group(routing.NoAnswer,
				skipped("1001", routing.SkipOnCall), skipped("1002", routing.SkipUnregistered), skipped("1003", routing.SkipUnknown),
				Attempt{Member: "1004", Outcome: routing.Busy}, Attempt{Member: "1005"}, Attempt{Member: mobile, Outcome: routing.NoAnswer}, skipped("+49301234567", routing.SkipDenied))}},
			"1001 on-call, 1002 unregistered, 1003 failed, 1004 busy, 1005 no-answer",
		},
		"a group, passed over in one round and rung in another": {
			Call{Steps: []Step{group(routing.NoAnswer, Attempt{Member: "1001", Outcome: routing.NoAnswer, Round: 1}, Attempt{Member: "1002", Outcome: routing.NoAnswer, Round: 1},
				skipped("1001", routing.SkipOnCall), Attempt{Member: "1002", Outcome: routing.Busy, Round: 2}, Attempt{Member: "1001", Outcome: routing.NoAnswer, Round: 3})}},
			"1001 on-call, 1002 busy",
		},
		"a group, one refuses for all":      {Call{Steps: []Step{group(routing.Busy, Attempt{Member: "1001", Outcome: routing.Busy}, Attempt{Member: "1002"})}}, "1001 busy, 1002 no-answer"},
		"a group, the caller gives up":      {Call{Steps: []Step{group(routing.CallerGone, Attempt{Member: "1001"}, skipped("1002", routing.SkipDoNotDisturb))}}, "1001 caller-hung-up, 1002 do-not-disturb"},
		"a group, the caller presses a key": {Call{Steps: []Step{group(routing.ExitKey, Attempt{Member: "1001"})}}, "1001 exit-key"},
		"a group, the server was gone":      {Call{Steps: []Step{group(routing.LeftSession)}}, ""},
		"a group with nobody in it":         {Call{Steps: []Step{group(routing.NobodyAvailable)}}, "no"},
		"a group of outside numbers":        {Call{Steps: []Step{group(routing.NoAnswer, Attempt{Member: mobile, Outcome: routing.NoAnswer})}}, "no"},
		"a group with nobody but the caller": {
			Call{Direction: routing.Internal, Steps: []Step{group(routing.NobodyAvailable, skipped("1001", routing.SkipSelf))}}, "no",
		},
		"answered":                   {Call{AnsweredAt: time.Now(), Steps: []Step{ext(routing.Answered)}}, "no"},
		"answered elsewhere":         {Call{AnsweredAt: time.Now(), Steps: []Step{ext(routing.NoAnswer), {Destination: toForward, Outcome: routing.Answered}}}, "no"},
		"moved away, and completed":  {Call{Status: handlers.StatusCompleted, Steps: []Step{ext(routing.LeftSession)}}, "no"},
		"a phone calls outside":      {Call{Direction: routing.Outbound, Steps: []Step{ext(routing.NoAnswer)}}, "no"},
		"only a mailbox":             {Call{Status: handlers.StatusVoicemail, Steps: []Step{{Destination: toMailbox, Outcome: routing.MessageLeft}}}, "no"},
		"only an outside number":     {Call{Steps: []Step{{Destination: toForward, Called: mobile, ForwardType: "always", Outcome: routing.Busy}}}, "no"},
		"hung up in a menu":          {Call{Status: handlers.StatusAbandoned, Steps: []Step{{Destination: toMenu, Outcome: routing.CallerGone}}}, "no"},
		"a menu gave up":             {Call{Status: handlers.StatusNoAnswer, Steps: []Step{{Destination: toMenu, Outcome: routing.TooManyTries}}}, "no"},
		"after hours":                {Call{Status: handlers.StatusNoRoute, Steps: []Step{{Destination: toHours, Outcome: routing.Closed}}}, "no"},
		"chosen in a menu":           {Call{Steps: []Step{{Destination: toMenu, Outcome: routing.Chosen}, ext(routing.NoAnswer)}}, "1001 no-answer"},
		"back to a menu":             {Call{Status: handlers.StatusCancelled, Steps: []Step{{Destination: toMenu, Outcome: routing.Chosen}, ext(routing.NoAnswer), {Destination: toMenu, Outcome: routing.CallerGone}}}, "1001 no-answer"},
		"blocked, denied, suspended": {Call{Status: handlers.StatusBlocked}, "no"},
	} {
		if got := missedText(&tt.c); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func missedText(c *Call) string {
	if _, missed := missedBy(c); !missed {
		return "no"
	}
	data := missedDataOf(c, time.Now())
	var all []string
	for _, e := range data.Extensions {
		all = append(all, e.Extension+" "+string(e.Reason))
	}
	if data.Voicemail {
		all = append(all, "voicemail")
	}
	return strings.Join(all, ", ")
}

// However many phones a call rang, what is told of it stays small.
func TestMissedIsBounded(t *testing.T) {
	c := Call{ID: "c1", TenantID: "t1"}
	for n := range 20 {
		s := Step{N: n, Destination: toSales, Outcome: routing.NoAnswer}
		for i := range maxAttempts {
			s.Attempts = append(s.Attempts, Attempt{Member: fmt.Sprint(1_000_000_000 + n*maxAttempts + i)})
		}
		c.Steps = append(c.Steps, s)
	}
	e, err := happening{kind: CallMissed}.event(&c)
	if by, _ := missedBy(&c); err != nil || len(by) != maxMissed || len(e.Body) > 20_000 {
		t.Errorf("%v, %d extensions in %d bytes", err, len(by), len(e.Body))
	}
}
