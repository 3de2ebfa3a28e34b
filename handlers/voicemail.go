package handlers

import (
	"context"

	"switchyard/dialplan"
	"switchyard/routing"
)

// voicemail answers and lets the caller leave a message in FreeSWITCH's
// mod_voicemail.
type voicemail struct{}

// Run implements Handler; the target is the mailbox, an extension's number.
func (voicemail) Run(ctx context.Context, c *Call, at routing.Stop) Result {
	mailbox, err := dialplan.ParseUser(at.Target)
	if err != nil {
		return failed(err)
	}
	domain, err := dialplan.ParseDomain(c.Plan.Domain())
	if err != nil {
		return failed(err)
	}
	v, err := c.Channel.Execute(ctx, nil, dialplan.Answer{}, dialplan.Voicemail{Domain: domain, Mailbox: mailbox})
	c.answered = true
	if err != nil {
		return ended(err)
	}
	return Result{Outcome: dialplan.VoicemailOutcome(v, domain, mailbox)}
}
