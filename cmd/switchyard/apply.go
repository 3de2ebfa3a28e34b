package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"switchyard/internal/api"
	"switchyard/internal/config"
	"switchyard/routing"
)

type applyCommand struct {
	Files     []string `arg:"" name:"FILE" help:"Configuration files or folders of them."`
	DryRun    bool     `help:"Check and show the changes, publish nothing."`
	Comment   string   `short:"m" help:"Why; kept with the revision."`
	Author    string   `help:"Who; kept with the revision, beside the key's name." env:"USER"`
	SkipTests bool     `help:"Publish whatever the tests in the configuration say; the operator's key alone, and the revision says so."`
	serverFlags
}

// Help is shown by apply --help.
func (applyCommand) Help() string {
	return "A section that is in the files (extensions, rules, …) replaces that section of the tenant; a section that is not stays as it is. All of it is published, or nothing. Files that say which revision they were made from are refused if there is another one by now; others are applied to whatever there is: publish does not do that. Exit code 2: the configuration was refused.\n\n  switchyard apply operator.yaml acme.yaml -m \"new sales number\""
}

// Run publishes the files.
func (c applyCommand) Run(ctx context.Context, term terminal) error {
	files, err := readFiles(c.Files)
	if err != nil {
		return err
	}
	out, err := publishFiles(ctx, term, c.serverFlags, api.ApplyRequest{
		Files: sent(files), Author: c.Author, Comment: c.Comment, DryRun: c.DryRun, SkipTests: c.SkipTests,
	})
	if err != nil {
		return err
	}
	printApplied(term, out)
	if c.DryRun {
		return nil
	}
	return renewRevisions(ctx, term, c.serverFlags, files, out.Revisions)
}

// sent spells files as a request has them.
func sent(files []routing.File) []api.ApplyFile {
	out := make([]api.ApplyFile, len(files))
	for i, f := range files {
		out[i] = api.ApplyFile{Name: f.Name, Text: string(f.Data)}
	}
	return out
}

func publishFiles(ctx context.Context, term terminal, f serverFlags, r api.ApplyRequest) (out config.Applied, err error) {
	err = f.post(ctx, "/api/config/apply", r, &out)
	return out, refusedConfiguration(term, err)
}

// refusedConfiguration prints the problems a configuration was refused for, and
// what others did meanwhile.
func refusedConfiguration(term terminal, err error) error {
	var refused *refusedRequest
	if !errors.As(err, &refused) {
		return err
	}
	switch {
	case refused.Code == "stale":
		fmt.Fprintln(term.err, refused.Detail)
		return fmt.Errorf("somebody else was faster; nothing was changed. Look at it with `switchyard diff`, take it over with `switchyard pull`")
	case len(refused.Problems) > 0:
		printProblems(term.err, refused.Problems)
		return usage{errors.New("refused; nothing was changed")}
	}
	return asUsage(err)
}

var changeSigns = map[string]string{config.Added: "+", config.Changed: "~", config.Removed: "-"}

func printApplied(term terminal, out config.Applied) {
	printProblems(term.err, out.Warnings)
	for _, d := range out.Changes {
		fmt.Fprintf(term.out, "%s %s %s %s\n", changeSigns[d.Change], d.Scope, d.Kind, d.Name)
	}
	printOutcome(term, out)
}

// printOutcome says in a line what became of a change.
func printOutcome(term terminal, out config.Applied) {
	var revisions []string
	for scope, rev := range out.Revisions {
		revisions = append(revisions, fmt.Sprintf("%s is at revision %d", scope, rev))
	}
	slices.Sort(revisions)
	if out.Tests > 0 {
		revisions = append(revisions, plural(out.Tests, "test")+" passed")
	}
	switch {
	case len(out.Changes) == 0:
		fmt.Fprintf(term.out, "Nothing to change; %s.\n", strings.Join(revisions, ", "))
	case out.DryRun:
		fmt.Fprintf(term.out, "Dry run: %s not published; %s.\n", plural(len(out.Changes), "change"), strings.Join(revisions, ", "))
	default:
		fmt.Fprintf(term.out, "Published %s; %s.\n", plural(len(out.Changes), "change"), strings.Join(revisions, ", "))
	}
}
