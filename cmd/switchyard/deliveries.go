package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"switchyard/internal/api"
)

type deliveriesCommand struct {
	ID      int64  `arg:"" optional:"" help:"Show this delivery alone, with every attempt and what the endpoint answered."`
	Tenant  string `help:"The tenant, by name or id; the operator's key needs it."`
	Webhook string `help:"Only to this webhook, by id."`
	Call    string `help:"Only of this call."`
	Event   string `help:"Only of this event, by id."`
	From    string `help:"Of events that happened at or after: 2026-11-21T14:30:00-05:00, or \"2026-11-21 14:30\" in UTC."`
	Until   string `help:"Of events that happened before."`
	Failed  bool   `help:"Only those that were given up."`
	Replay  bool   `help:"Deliver again what the flags choose, or the one with this id."`
	Limit   int    `help:"At most so many, the newest." default:"20"`
	After   string `help:"Go on where a list ended: its cursor."`
	JSON    bool   `help:"Print JSON."`
	serverFlags
}

// Help is shown by deliveries --help.
func (deliveriesCommand) Help() string {
	return "Lists what was sent to webhooks, the newest first. With --replay it puts deliveries in line again; the order of each call is kept.\n\n  switchyard deliveries --tenant acme --failed\n  switchyard deliveries --tenant acme --failed --from 2026-11-20 --replay"
}

// Run shows deliveries, or has them made again.
func (c deliveriesCommand) Run(ctx context.Context, term terminal) error {
	from, err := timeFlag("--from", c.From)
	if err != nil {
		return err
	}
	until, err := timeFlag("--until", c.Until)
	if err != nil {
		return err
	}
	switch {
	case c.Replay:
		return c.replay(ctx, term, from, until)
	case c.ID != 0:
		return c.one(ctx, term)
	default:
		return c.list(ctx, term, from, until)
	}
}

// timeFlag reads a time as parseAt does, under its own name.
func timeFlag(name, text string) (time.Time, error) {
	t, err := parseAt(text)
	if err != nil {
		return t, usage{errors.New(strings.Replace(err.Error(), "--at", name, 1))}
	}
	return t, nil
}

func (c deliveriesCommand) query() query {
	q := query{url.Values{}}
	q.put("tenantId", c.Tenant)
	return q
}

func (c deliveriesCommand) list(ctx context.Context, term terminal, from, until time.Time) error {
	q := c.query()
	q.put("webhookId", c.Webhook)
	q.put("callId", c.Call)
	q.put("eventId", c.Event)
	q.put("after", c.After)
	q.number("limit", c.Limit)
	if !from.IsZero() {
		q.put("from", from.Format(time.RFC3339))
	}
	if !until.IsZero() {
		q.put("until", until.Format(time.RFC3339))
	}
	if c.Failed {
		q.put("state", "failed")
	}
	var out struct {
		Deliveries []api.Delivery `json:"deliveries"`
		Next       string         `json:"next,omitempty"`
	}
	if err := c.get(ctx, "/api/deliveries", q.Values, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	if len(out.Deliveries) == 0 {
		fmt.Fprintln(term.out, "No deliveries.")
		return nil
	}
	t := newTable(term.out, "ID", "HAPPENED (UTC)", "EVENT", "CALL", "WEBHOOK", "STATE", "ATTEMPTS", "LAST")
	for _, d := range out.Deliveries {
		t.line(strconv.FormatInt(d.ID, 10), shortTime(&d.OccurredAt), d.Event, d.CallID, d.WebhookID, string(d.State), strconv.Itoa(d.Attempts), lastOf(d.Last))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if out.Next != "" {
		fmt.Fprintf(term.err, "There are more: --after %s\n", out.Next)
	}
	return nil
}

// lastOf tells in a word or two how an attempt ended.
func lastOf(a *api.DeliveryAttempt) string {
	switch {
	case a == nil:
		return ""
	case a.StatusCode != 0:
		return strconv.Itoa(a.StatusCode)
	default:
		return string(a.Class)
	}
}

func (c deliveriesCommand) one(ctx context.Context, term terminal) error {
	var out struct {
		Delivery api.DeliveryDetail `json:"delivery"`
	}
	if err := c.get(ctx, "/api/deliveries/"+strconv.FormatInt(c.ID, 10), c.query().Values, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	d := out.Delivery
	fmt.Fprintf(term.out, "%s %s of call %s to webhook %s: %s\n", d.Event, d.EventID, d.CallID, d.WebhookID, d.State)
	if d.NextAt != nil {
		fmt.Fprintf(term.out, "next attempt %s UTC\n", shortTime(d.NextAt))
	}
	for _, a := range d.Tried {
		at := a.At
		fmt.Fprintf(term.out, "%d. %s  %s after %d ms %s\n", a.N, shortTime(&at), lastOf(&a), a.TookMs, a.Error)
		for line := range strings.Lines(a.Response) {
			fmt.Fprintf(term.out, "     %s\n", strings.TrimRight(line, "\n"))
		}
	}
	return nil
}

func (c deliveriesCommand) replay(ctx context.Context, term terminal, from, until time.Time) error {
	request := struct {
		ID         int64     `json:"id,omitempty"`
		EventID    string    `json:"eventId,omitempty"`
		CallID     string    `json:"callId,omitempty"`
		WebhookID  string    `json:"webhookId,omitempty"`
		From       time.Time `json:"from,omitzero"`
		Until      time.Time `json:"until,omitzero"`
		FailedOnly bool      `json:"failedOnly,omitempty"`
	}{c.ID, c.Event, c.Call, c.Webhook, from, until, c.Failed}
	var out struct {
		Replayed int `json:"replayed"`
	}
	if err := c.call(ctx, "POST", "/api/deliveries/replay", c.query().Values, request, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	if out.Replayed == 1 {
		fmt.Fprintln(term.out, "1 delivery is in line again.")
		return nil
	}
	fmt.Fprintf(term.out, "%d deliveries are in line again.\n", out.Replayed)
	return nil
}
