package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"switchyard/internal/api"
	"switchyard/internal/config"
)

type diffCommand struct {
	Files    []string `arg:"" optional:"" name:"FILE" help:"Configuration files or folders of them, compared with what is published."`
	Draft    string   `help:"Compare this draft with what is published." placeholder:"NAME"`
	From     int      `help:"Compare this revision with another one; default the one before --to." placeholder:"REVISION"`
	To       int      `help:"The other one; default the current one." placeholder:"REVISION"`
	ExitCode bool     `help:"Exit code 1 if there is a difference, like git diff."`
	JSON     bool     `help:"Print JSON."`
	tenantFlags
}

// Help is shown by diff --help.
func (diffCommand) Help() string {
	return "+ is new, - is gone, ~ is different, with each field that is; secrets are never shown. Exit code 0, whether there is a difference or not, unless --exit-code is given.\n\n  switchyard diff conf\n  switchyard diff --from 12 --to 14 --tenant acme\n  switchyard diff --draft hours --tenant acme"
}

// errDiffers ends the command with exit code 1, with everything said.
var errDiffers = quiet{errors.New("there are differences")}

// Run shows differences.
func (c diffCommand) Run(ctx context.Context, term terminal) error {
	ways := 0
	for _, way := range []bool{len(c.Files) > 0, c.Draft != "", c.From != 0 || c.To != 0} {
		if way {
			ways++
		}
	}
	if ways != 1 {
		return usage{errors.New("say files, --draft, or --from and --to")}
	}
	var changes []config.Difference
	var err error
	if c.From != 0 || c.To != 0 {
		changes, err = c.revisions(ctx, term)
	} else {
		changes, err = c.files(ctx, term)
	}
	if err == nil && c.ExitCode && len(changes) > 0 {
		return errDiffers
	}
	return err
}

// revisions compares two revisions of one scope.
func (c diffCommand) revisions(ctx context.Context, term terminal) ([]config.Difference, error) {
	if c.From == 0 {
		c.From = c.To - 1
	}
	q := c.query()
	q.number("from", c.From)
	q.number("to", c.To)
	var out config.Comparison
	if err := c.get(ctx, "/api/config/diff", q.Values, &out); err != nil {
		return nil, asUsage(err)
	}
	if c.JSON {
		return out.Changes, printJSON(term.out, out)
	}
	printDifferences(term.out, out.Changes)
	if len(out.Changes) == 0 {
		fmt.Fprintf(term.out, "No difference between revisions %d and %d of %s.\n", out.From, out.To, out.Scope)
	}
	return out.Changes, nil
}

// files compares files or a draft with what is published.
func (c diffCommand) files(ctx context.Context, term terminal) ([]config.Difference, error) {
	var out config.FileDiff
	var err error
	if c.Draft != "" {
		err = c.get(ctx, "/api/config/drafts/"+url.PathEscape(c.Draft)+"/diff", c.query().Values, &out)
	} else {
		read, failed := readFiles(c.Files)
		if failed != nil {
			return nil, failed
		}
		err = c.call(ctx, "POST", "/api/config/diff", c.query().Values, api.FilesRequest{Files: sent(read)}, &out)
	}
	if err != nil {
		return nil, asUsage(err)
	}
	if c.JSON {
		return out.Changes, printJSON(term.out, out)
	}
	printProblems(term.err, out.Problems)
	for _, s := range out.Stale {
		fmt.Fprintln(term.err, s)
	}
	printDifferences(term.out, out.Changes)
	if len(out.Changes) == 0 {
		fmt.Fprintln(term.out, "No difference.")
	}
	return out.Changes, nil
}

// printDifferences shows what changes, field by field.
func printDifferences(w io.Writer, changes []config.Difference) {
	for _, d := range changes {
		fmt.Fprintf(w, "%s %s %s %s\n", changeSigns[d.Change], d.Scope, d.Kind, d.Name)
		for _, f := range d.Fields {
			fmt.Fprintf(w, "    %s\n", fieldLine(f))
		}
		if d.More > 0 {
			fmt.Fprintf(w, "    and %s more\n", plural(d.More, "field"))
		}
	}
}

func fieldLine(f config.FieldChange) string {
	switch {
	case f.Secret:
		return f.Field + ": changed (a secret)"
	case f.Was == nil:
		return "+ " + f.Field + ": " + shownValue(f.Now)
	case f.Now == nil:
		return "- " + f.Field + ": " + shownValue(f.Was)
	}
	return f.Field + ": " + shownValue(f.Was) + " -> " + shownValue(f.Now)
}

// valueMost is how much of a value a terminal shows, in characters.
const valueMost = 200

// shownValue writes text as it is, if nothing in it is odd, and all else as JSON.
func shownValue(value json.RawMessage) string {
	text := string(value)
	var plain string
	if json.Unmarshal(value, &plain) == nil && plain != "" && `"`+plain+`"` == text && !strings.ContainsAny(plain, " ") {
		text = plain
	}
	if runes := []rune(text); len(runes) > valueMost {
		text = string(runes[:valueMost]) + "…"
	}
	return text
}
