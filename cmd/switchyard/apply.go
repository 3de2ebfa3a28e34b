package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"switchyard/internal/api"
	"switchyard/internal/config"
)

type applyCommand struct {
	Files   []string `arg:"" name:"FILE" help:"Configuration files or folders of them."`
	DryRun  bool     `help:"Check and show the changes, publish nothing."`
	Comment string   `short:"m" help:"Why; kept with the revision."`
	Author  string   `help:"Who; kept with the revision." env:"USER"`
	serverFlags
}

// Help is shown by apply --help.
func (applyCommand) Help() string {
	return "A section that is in the files (extensions, rules, …) replaces that section of the tenant; a section that is not stays as it is. All of it is published, or nothing. Exit code 2: the configuration was refused.\n\n  switchyard apply operator.yaml acme.yaml -m \"new sales number\""
}

// Run publishes the files.
func (c applyCommand) Run(ctx context.Context, term terminal) error {
	files, err := readFiles(c.Files)
	if err != nil {
		return err
	}
	request := api.ApplyRequest{Author: c.Author, Comment: c.Comment, DryRun: c.DryRun}
	for _, f := range files {
		request.Files = append(request.Files, api.ApplyFile{Name: f.Name, Text: string(f.Data)})
	}
	var out config.Applied
	err = c.post(ctx, "/api/config/apply", request, &out)
	var refused *refusedRequest
	if errors.As(err, &refused) && len(refused.Problems) > 0 {
		printProblems(term.err, refused.Problems)
		return usage{errors.New("refused; nothing was changed")}
	}
	if err != nil {
		return err
	}
	printApplied(term, out)
	return nil
}

var changeSigns = map[string]string{"added": "+", "changed": "~", "removed": "-"}

func printApplied(term terminal, out config.Applied) {
	printProblems(term.err, out.Warnings)
	for _, d := range out.Changes {
		fmt.Fprintf(term.out, "%s %s %s %s\n", changeSigns[d.Change], d.Scope, d.Kind, d.Name)
	}
	var revisions []string
	for scope, rev := range out.Revisions {
		revisions = append(revisions, fmt.Sprintf("%s is at revision %d", scope, rev))
	}
	slices.Sort(revisions)
	switch {
	case len(out.Changes) == 0:
		fmt.Fprintf(term.out, "Nothing to change; %s.\n", strings.Join(revisions, ", "))
	case out.DryRun:
		fmt.Fprintf(term.out, "Dry run: %s not published; %s.\n", plural(len(out.Changes), "change"), strings.Join(revisions, ", "))
	default:
		fmt.Fprintf(term.out, "Published %s; %s.\n", plural(len(out.Changes), "change"), strings.Join(revisions, ", "))
	}
}
