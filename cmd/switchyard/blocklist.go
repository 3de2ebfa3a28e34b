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
	"switchyard/routing"
)

type blockCommand struct {
	Number    string `arg:"" help:"A number or an extension, or what --prefix or --pattern says; anonymous: callers that show no number."`
	Prefix    bool   `xor:"kind" help:"It is the beginning of numbers, in E.164: +1900."`
	Pattern   bool   `xor:"kind" help:"It is a regular expression (RE2) for whole numbers in E.164."`
	Direction string `help:"inbound (default): it may not call; outbound: it may not be called; both."`
	Reason    string `help:"Kept with the calls it blocks."`
	Expires   string `placeholder:"WHEN" help:"When it ceases to count: 12h or 30d from now, or a time like 2026-11-21T14:30:00-05:00."`
	Action    string `help:"reject (default), busy, or route with --then."`
	Cause     string `help:"What reject ends the call with; default CALL_REJECTED."`
	Then      string `placeholder:"ROUTE:TARGET" help:"Where route sends the call, such as voicemail:1001."`
	JSON      bool   `help:"Print JSON."`
	tenantFlags
}

// Help is shown by block --help.
func (blockCommand) Help() string {
	return "Puts an entry on the tenant's blocklist, as a revision of its configuration; it counts for the next call. An entry of the allow list wins over it.\n\n  switchyard block +13055550166 --tenant acme --reason robocalls\n  switchyard block +1900 --prefix --direction both --tenant acme\n  switchyard block anonymous --action route --then voicemail:1001 --expires 30d --tenant acme"
}

// Run blocks a number.
func (c blockCommand) Run(ctx context.Context, term terminal) error {
	request, err := c.request(time.Now())
	if err != nil {
		return err
	}
	var out struct {
		Entry api.BlockedNumber `json:"entry"`
	}
	if err := c.call(ctx, "POST", "/api/blocklist", c.query().Values, request, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	fmt.Fprintf(term.out, "%s %s is blocked (%s), id %s.\n", out.Entry.Kind, out.Entry.Match, out.Entry.Direction, out.Entry.ID)
	return nil
}

// blockRequest is the body of POST /api/blocklist.
type blockRequest struct {
	api.NumberMatch
	Action string               `json:"action,omitempty"`
	Cause  string               `json:"cause,omitempty"`
	Then   *routing.Destination `json:"then,omitempty"`
}

func (c blockCommand) request(now time.Time) (blockRequest, error) {
	r := blockRequest{NumberMatch: api.NumberMatch{Reason: c.Reason, Direction: c.Direction}, Action: c.Action, Cause: c.Cause}
	switch {
	case c.Prefix:
		r.Prefix = c.Number
	case c.Pattern:
		r.Pattern = c.Number
	case c.Number == routing.AnonymousNumber:
		r.Anonymous = true
	default:
		r.Number = c.Number
	}
	if c.Then != "" {
		route, target, ok := strings.Cut(c.Then, ":")
		if !ok {
			return r, usage{fmt.Errorf("--then: %q is no destination; write it like voicemail:1001", c.Then)}
		}
		r.Then = &routing.Destination{Route: routing.Route(route), Target: target}
	}
	var err error
	r.Expires, err = expiry(c.Expires, now)
	return r, err
}

// expiry reads a duration from now, or a time.
func expiry(text string, now time.Time) (string, error) {
	if text == "" {
		return "", nil
	}
	if d, err := days("--expires", text); err == nil && d > 0 {
		return now.Add(d).UTC().Format(time.RFC3339), nil
	}
	t, err := timeFlag("--expires", text)
	if err != nil {
		return "", usage{errors.New(err.Error() + ", or 12h or 30d from now")}
	}
	return t.Format(time.RFC3339), nil
}

type unblockCommand struct {
	Number string `arg:"" help:"The number, prefix or pattern as it is on the list, anonymous, or the entry's id."`
	tenantFlags
}

// Help is shown by unblock --help.
func (unblockCommand) Help() string {
	return "Takes an entry off the tenant's blocklist.\n\n  switchyard unblock +13055550166 --tenant acme"
}

// Run unblocks a number.
func (c unblockCommand) Run(ctx context.Context, term terminal) error {
	if err := c.call(ctx, "DELETE", "/api/blocklist/"+url.PathEscape(c.Number), c.query().Values, nil, nil); err != nil {
		return asUsage(err)
	}
	fmt.Fprintf(term.out, "%s is not on the blocklist any more.\n", c.Number)
	return nil
}

type blocklistCommand struct {
	Check string `placeholder:"NUMBER" help:"Say whether a call from this number is blocked now, and by what; exit code 0 either way."`
	To    bool   `help:"With --check: a call to it."`
	Limit int    `help:"At most so many." default:"1000"`
	After string `help:"Go on where a list ended: its cursor."`
	JSON  bool   `help:"Print JSON."`
	tenantFlags
}

// Help is shown by blocklist --help.
func (blocklistCommand) Help() string {
	return "Lists who is blocked and how many calls each entry matched. With --check it asks the same code that calls go by.\n\n  switchyard blocklist --tenant acme\n  switchyard blocklist --check +13055550166 --tenant acme"
}

// Run lists the blocklist or checks a number.
func (c blocklistCommand) Run(ctx context.Context, term terminal) error {
	switch {
	case c.Check != "":
		return c.check(ctx, term)
	case c.To:
		return usage{errors.New("--to belongs to --check")}
	}
	q := c.query()
	q.number("limit", c.Limit)
	q.put("after", c.After)
	var out struct {
		Blocklist []api.BlockedNumber `json:"blocklist"`
		Next      string              `json:"next,omitempty"`
	}
	if err := c.get(ctx, "/api/blocklist", q.Values, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	if len(out.Blocklist) == 0 {
		fmt.Fprintln(term.out, "Nobody is blocked.")
		return nil
	}
	t := newTable(term.out, "MATCH", "KIND", "DIRECTION", "ACTION", "HITS", "LAST HIT (UTC)", "EXPIRES", "REASON")
	for _, b := range out.Blocklist {
		t.line(b.Match, b.Kind, b.Direction, string(b.Action), strconv.FormatUint(b.Hits, 10), shortTime(b.LastHitAt), expires(b.ListedNumber), b.Reason)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	more(term, out.Next)
	return nil
}

func expires(l api.ListedNumber) string {
	switch {
	case l.Expires == nil:
		return ""
	case l.Expired:
		return "expired"
	default:
		return *l.Expires
	}
}

func (c blocklistCommand) check(ctx context.Context, term terminal) error {
	q := c.query()
	q.put("number", c.Check)
	if c.To {
		q.put("direction", string(routing.Outbound))
	}
	var out api.NumberChecked
	if err := c.get(ctx, "/api/blocklist/check", q.Values, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	switch {
	case out.Blocked:
		fmt.Fprintf(term.out, "%s is blocked (%s) by %s: %s\n", out.Number, out.Direction, out.Match, strings.TrimSpace(string(out.Action)+" "+out.Reason))
	case out.Allowed != "":
		fmt.Fprintf(term.out, "%s is not blocked (%s): the allow list has %s\n", out.Number, out.Direction, out.Allowed)
	default:
		fmt.Fprintf(term.out, "%s is not blocked (%s)\n", out.Number, out.Direction)
	}
	return nil
}
