package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"switchyard/internal/api"
	"switchyard/internal/record"
)

// callFlags choose calls, for lists and exports.
type callFlags struct {
	Tenant      string `help:"The tenant, by name or id; the operator's key sees all of them."`
	From        string `help:"Begun on this day or later: 2026-11-01."`
	To          string `help:"Begun on this day or earlier: 2026-11-30."`
	Timezone    string `help:"Whose days these are, for example America/New_York; default UTC."`
	Direction   string `help:"inbound, outbound or internal."`
	Status      string `help:"completed, no_answer, busy, voicemail, blocked …"`
	Number      string `help:"Caller, dialled, reached or forwarded to: this number."`
	Forwarded   bool   `help:"Only calls that were forwarded to an outside number."`
	ForwardedTo string `help:"Part of the number they were forwarded to."`
	Rule        string `help:"The rule that decided."`
}

func (f callFlags) query() query {
	q := query{url.Values{}}
	q.put("tenantId", f.Tenant)
	q.put("dateFrom", f.From)
	q.put("dateTo", f.To)
	q.put("timezone", f.Timezone)
	q.put("direction", f.Direction)
	q.put("status", f.Status)
	q.put("number", f.Number)
	q.put("forwardedTo", f.ForwardedTo)
	q.put("rule", f.Rule)
	if f.Forwarded {
		q.put("forwarded", "true")
	}
	return q
}

type callsCommand struct {
	ID    string `arg:"" optional:"" help:"Show this call alone, with its legs and steps and why it went where it went."`
	Limit int    `help:"At most so many, the newest." default:"20"`
	After string `help:"Go on where a list ended: its cursor."`
	JSON  bool   `help:"Print JSON."`
	callFlags
	serverFlags
}

// Help is shown by calls --help.
func (callsCommand) Help() string {
	return "Without an id it lists calls, the newest first; with one it tells everything of that call.\n\n  switchyard calls --tenant acme --status no_answer --from 2026-11-01\n  switchyard calls 5ce0a410-0000-4000-8000-000000000001"
}

// Run shows calls.
func (c callsCommand) Run(ctx context.Context, term terminal) error {
	if c.ID != "" {
		return c.one(ctx, term)
	}
	q := c.query()
	q.number("limit", c.Limit)
	q.put("after", c.After)
	var out struct {
		Calls []record.Row `json:"calls"`
		Next  string       `json:"next,omitempty"`
	}
	if err := c.get(ctx, "/api/calls", q.Values, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	if len(out.Calls) == 0 {
		fmt.Fprintln(term.out, "No calls.")
		return nil
	}
	t := newTable(term.out, "BEGUN (UTC)", "CALL", "DIRECTION", "FROM", "TO", "REACHED", "STATUS", "SECONDS")
	for _, r := range out.Calls {
		t.line(secondsOnly(r.Timestamp), string(r.ID), string(r.Direction), r.CallerNumber, r.Dialled, r.Destination, string(r.Status), strconv.Itoa(r.Duration))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if out.Next != "" {
		fmt.Fprintf(term.err, "There are more: --after %s\n", out.Next)
	}
	return nil
}

func (c callsCommand) one(ctx context.Context, term terminal) error {
	call, err := c.recordedCall(ctx, c.ID, c.Tenant)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.out, oneCall{*call})
	}
	return printCall(term, call)
}

type oneCall struct {
	Call api.CallDetail `json:"call"`
}

// recordedCall gives a call by its id; tenant may be empty for a key that belongs to one.
func (f serverFlags) recordedCall(ctx context.Context, id, tenant string) (*api.CallDetail, error) {
	var out oneCall
	q := query{url.Values{}}
	q.put("tenantId", tenant)
	if err := f.get(ctx, "/api/calls/"+url.PathEscape(id), q.Values, &out); err != nil {
		return nil, asUsage(err)
	}
	return &out.Call, nil
}

func printCall(term terminal, c *api.CallDetail) error {
	t := table{newTable(term.out, "call", string(c.ID)).Writer}
	t.line("begun", c.StartedAt)
	t.line("direction", string(c.Direction))
	t.line("from", c.CallerNumber)
	t.line("to", c.Dialled)
	t.line("reached", c.Destination)
	if c.ForwardedTo != nil {
		t.line("forwarded to", *c.ForwardedTo)
	}
	t.line("status", string(c.Status))
	t.line("cause", c.HangupCause)
	t.line("seconds", fmt.Sprintf("%d, %d of them answered", c.Duration, c.BillSec))
	if c.AnsweredBy != nil {
		t.line("answered by", *c.AnsweredBy)
	}
	if c.RecordingFile != nil {
		t.line("recording", *c.RecordingFile)
	}
	for i, s := range c.Steps {
		t.line(fmt.Sprintf("step %d", s.N), fmt.Sprintf("%s: %s", s.Destination, orUnderWay(string(s.Outcome))))
		if c.Explanation != nil && i < len(c.Explanation.Taken) {
			t.line("  by", c.Explanation.Taken[i].String())
		}
		if len(s.Digits) > 0 {
			t.line("  pressed", strings.Join(s.Digits, " "))
		}
		if s.Note != "" {
			t.line("  note", s.Note)
		}
		for _, a := range s.Attempts {
			t.line("  "+a.Member, api.AttemptText(a))
		}
	}
	for _, l := range c.Legs {
		t.line("leg "+l.Side, fmt.Sprintf("%s %s", l.ID, l.Cause))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if e := c.Explanation; e != nil {
		printWhy(term, e, e.Decided())
	}
	return nil
}

// printWhy shows an explanation of a call, or a part of it, and by what it was
// made.
func printWhy(term terminal, e *api.CallExplanation, text string) {
	fmt.Fprintf(term.out, "\nWhy, by %s:\n%s", e.By, text)
	if !e.AsRecorded {
		fmt.Fprintln(term.out, "The call went another way: something that is not in its record decided, or the configuration was another one.")
	}
}

func orUnderWay(outcome string) string {
	if outcome == "" {
		return "under way"
	}
	return outcome
}
