package main

import (
	"context"
	"fmt"
	"strconv"

	"switchyard/internal/config"
)

type revisionsCommand struct {
	Revision int  `arg:"" optional:"" help:"Show this one alone, with what it changed."`
	Limit    int  `help:"At most so many." default:"20"`
	Before   int  `help:"Only those before this one." placeholder:"REVISION"`
	JSON     bool `help:"Print JSON."`
	tenantFlags
}

// Help is shown by revisions --help.
func (revisionsCommand) Help() string {
	return "Every accepted change of a tenant's configuration is a revision, also one by a phone or over HTTP. Without --tenant the operator's key sees the operator's own.\n\n  switchyard revisions --tenant acme\n  switchyard revisions 12 --tenant acme"
}

// Run shows revisions.
func (c revisionsCommand) Run(ctx context.Context, term terminal) error {
	if c.Revision != 0 {
		return c.one(ctx, term)
	}
	q := c.query()
	q.number("limit", c.Limit)
	q.number("before", c.Before)
	var out struct {
		Revisions []config.Revision `json:"revisions"`
		Next      int               `json:"next,omitempty"`
	}
	if err := c.get(ctx, "/api/config/revisions", q.Values, &out); err != nil {
		return asUsage(err)
	}
	switch {
	case c.JSON:
		return printJSON(term.out, out)
	case len(out.Revisions) == 0:
		fmt.Fprintln(term.out, "No revisions.")
		return nil
	}
	t := newTable(term.out, "REVISION", "WHEN (UTC)", "WHO", "CHANGES", "WHY")
	for _, r := range out.Revisions {
		changes := "?"
		if r.Changes != nil {
			changes = strconv.Itoa(*r.Changes)
		}
		t.line(strconv.Itoa(r.Rev), shortTime(&r.At), r.Author, changes, r.Comment)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if out.Next != 0 {
		fmt.Fprintf(term.err, "More: --before %d\n", out.Next)
	}
	return nil
}

func (c revisionsCommand) one(ctx context.Context, term terminal) error {
	var out struct {
		Revision config.RevisionDetail `json:"revision"`
	}
	if err := c.get(ctx, "/api/config/revisions/"+strconv.Itoa(c.Revision), c.query().Values, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	r := out.Revision
	fmt.Fprintf(term.out, "Revision %d, %s, by %s\n", r.Rev, shortTime(&r.At), r.Author)
	if r.Comment != "" {
		fmt.Fprintf(term.out, "%s\n", r.Comment)
	}
	printDifferences(term.out, r.Differences)
	return nil
}
