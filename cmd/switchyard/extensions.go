package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"switchyard/internal/api"
	"switchyard/routing"
)

// tenantFlags are those of commands about one tenant's configuration.
type tenantFlags struct {
	Tenant string `help:"The tenant, by name or id; the operator's key needs it."`
	serverFlags
}

func (f tenantFlags) query() query {
	q := query{url.Values{}}
	q.put("tenantId", f.Tenant)
	return q
}

type extensionsCommand struct {
	Extension string `arg:"" optional:"" help:"Show this one alone, by number or id."`
	Limit     int    `help:"At most so many, by number." default:"1000"`
	After     string `help:"Go on where a list ended: its cursor."`
	JSON      bool   `help:"Print JSON."`
	tenantFlags
}

// Help is shown by extensions --help.
func (extensionsCommand) Help() string {
	return "PHONES are those registered now, CALLS what they have, those that ring included: as the switches tell it (the setting `switches`), ? if none was ever asked. NOW is what a call would find: rings, or why not.\n\n  switchyard extensions --tenant acme\n  switchyard extensions 1001 --tenant acme --json"
}

// Run shows extensions.
func (c extensionsCommand) Run(ctx context.Context, term terminal) error {
	if c.Extension != "" {
		return c.one(ctx, term)
	}
	q := c.query()
	q.number("limit", c.Limit)
	q.put("after", c.After)
	var out struct {
		Extensions []api.Extension `json:"extensions"`
		Next       string          `json:"next,omitempty"`
	}
	if err := c.get(ctx, "/api/extensions", q.Values, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	if len(out.Extensions) == 0 {
		fmt.Fprintln(term.out, "No extensions.")
		return nil
	}
	if err := printExtensions(term, out.Extensions); err != nil {
		return err
	}
	more(term, out.Next)
	return nil
}

// more says how to see the next page, if there is one.
func more(term terminal, next string) {
	if next != "" {
		fmt.Fprintf(term.err, "There are more: --after %s\n", next)
	}
}

func (c extensionsCommand) one(ctx context.Context, term terminal) error {
	var out struct {
		Extension api.Extension `json:"extension"`
	}
	if err := c.get(ctx, "/api/extensions/"+url.PathEscape(c.Extension), c.query().Values, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	return printExtensions(term, []api.Extension{out.Extension})
}

func printExtensions(term terminal, list []api.Extension) error {
	t := newTable(term.out, "EXTENSION", "NAME", "PHONES", "CALLS", "FORWARDS", "NOW")
	var stale *api.Extension
	for i, e := range list {
		t.line(e.Extension, e.DisplayName, orUnknown(e.Contacts), orUnknown(e.Calls), strings.Join(forwardsOf(e.Forward), ", "), now(e.Skipped))
		if e.Stale && stale == nil {
			stale = &list[i]
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if stale != nil {
		fmt.Fprintf(term.err, "A switch does not answer: phones and calls as they were at %s UTC.\n", shortTime(stale.AsOf))
	}
	return nil
}

func orUnknown(n *int) string {
	if n == nil {
		return "?"
	}
	return strconv.Itoa(*n)
}

func now(skipped *routing.SkipReason) string {
	if skipped == nil {
		return "rings"
	}
	return string(*skipped)
}

// namedForward is a forward and its type.
type namedForward struct {
	kind string
	*api.CallForward
}

// forwards gives those there are, in the order calls meet them.
func forwards(f api.CallForwards) []namedForward {
	var list []namedForward
	for _, n := range []namedForward{{"always", f.Always}, {"busy", f.Busy}, {"no-answer", f.NoAnswer}, {"unregistered", f.Unregistered}} {
		if n.CallForward != nil {
			list = append(list, n)
		}
	}
	return list
}

// forwardsOf tells of the enabled ones in a word or two each.
func forwardsOf(f api.CallForwards) []string {
	var texts []string
	for _, n := range forwards(f) {
		if n.Enabled == nil || *n.Enabled {
			texts = append(texts, n.kind+" "+n.Number)
		}
	}
	return texts
}
