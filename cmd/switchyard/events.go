package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"switchyard/internal/api"
)

type eventsCommand struct {
	Tenant string `help:"The tenant, by name or id; the operator's key needs it."`
	After  string `help:"Begin behind this cursor; default: the oldest event that is kept."`
	Types  string `help:"Only these, with commas between: call.started,call.ended."`
	Follow bool   `short:"f" help:"Wait for more events until interrupted. A server that restarts is waited for."`
	JSON   bool   `help:"Print one JSON object a line."`
	serverFlags
}

// Help is shown by events --help.
func (eventsCommand) Help() string {
	return "One line an event, in the order they were committed. At the end it says on stderr where to go on.\n\n  switchyard events --tenant acme --follow\n  switchyard events --tenant acme --types call.ended --json | jq .data.duration"
}

const (
	eventsAtOnce = 500
	eventsWait   = 25 // seconds
	// tryAgainFirst doubles up to tryAgainMost while the server is away.
	tryAgainFirst = 250 * time.Millisecond
	tryAgainMost  = 5 * time.Second
)

// Run prints events.
func (c eventsCommand) Run(ctx context.Context, term terminal) error {
	cursor, pause := c.After, tryAgainFirst
	reached := false
	for {
		page, err := c.page(ctx, cursor)
		switch {
		case ctx.Err() != nil: // interrupted: a good end of --follow
			return c.tellEnd(term, cursor)
		case c.Follow && reached && passing(err):
			if pause == tryAgainFirst {
				fmt.Fprintln(term.err, "The server is away; waiting for it.")
			}
			if !sleep(ctx, pause) {
				return c.tellEnd(term, cursor)
			}
			pause = min(2*pause, tryAgainMost)
			continue
		case err != nil:
			return asUsage(err)
		}
		reached, pause = true, tryAgainFirst
		for _, e := range page.Events {
			if err := c.print(term, e); err != nil {
				return err
			}
		}
		cursor = page.Next
		if len(page.Events) == 0 && !c.Follow {
			return c.tellEnd(term, cursor)
		}
	}
}

type eventPage struct {
	Events []api.Event `json:"events"`
	Next   string      `json:"next"`
}

func (c eventsCommand) page(ctx context.Context, cursor string) (eventPage, error) {
	q := query{url.Values{}}
	q.put("tenantId", c.Tenant)
	q.put("after", cursor)
	q.put("types", c.Types)
	q.number("limit", eventsAtOnce)
	if c.Follow {
		q.number("wait", eventsWait)
	}
	var page eventPage
	err := c.get(ctx, "/api/events", q.Values, &page)
	return page, err
}

// passing tells whether an error may be over by itself: the server restarts, or
// its store is away.
func passing(err error) bool {
	var refused *refusedRequest
	if errors.As(err, &refused) {
		return refused.code/100 == 5
	}
	return err != nil && !errors.As(err, &usage{})
}

// sleep waits; false if the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c eventsCommand) print(term terminal, e api.Event) error {
	if c.JSON {
		line, err := json.Marshal(e)
		if err == nil {
			_, err = fmt.Fprintf(term.out, "%s\n", line)
		}
		return err
	}
	_, err := fmt.Fprintf(term.out, "%s  %-14s  %s  %s\n", e.Timestamp, e.Event, e.CallID, summary(e.Data))
	return err
}

// summary is what people want to see of an event.
func summary(data json.RawMessage) string {
	var d struct {
		Caller      string `json:"caller"`
		Destination string `json:"destination"`
		Original    string `json:"originalDestination"`
		ForwardedTo string `json:"forwardedTo"`
		Status      string `json:"status"`
		Duration    *int   `json:"duration"`
		Message     string `json:"message"`
	}
	if json.Unmarshal(data, &d) != nil {
		return ""
	}
	var parts []string
	if to := d.Destination + d.Original; d.Caller+to != "" {
		parts = append(parts, d.Caller+" -> "+to)
	}
	if d.ForwardedTo != "" {
		parts = append(parts, "forwarded to "+d.ForwardedTo)
	}
	if d.Status != "" {
		parts = append(parts, d.Status)
	}
	if d.Duration != nil {
		parts = append(parts, fmt.Sprintf("%d s", *d.Duration))
	}
	if d.Message != "" {
		parts = append(parts, d.Message)
	}
	return strings.Join(parts, ", ")
}

func (c eventsCommand) tellEnd(term terminal, cursor string) error {
	if cursor != "" {
		fmt.Fprintf(term.err, "Go on with: --after %s\n", cursor)
	}
	return nil
}
