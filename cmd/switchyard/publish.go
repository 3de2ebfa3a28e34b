package main

import (
	"context"
	"errors"
	"net/url"

	"switchyard/internal/api"
	"switchyard/internal/config"
)

type publishCommand struct {
	Files     []string `arg:"" optional:"" name:"FILE" help:"Configuration files or folders of them, as pull writes them."`
	Draft     string   `help:"Publish this draft instead; it is deleted then." placeholder:"NAME"`
	DryRun    bool     `help:"Check and show the changes, publish nothing."`
	Comment   string   `short:"m" help:"Why; kept with the revision."`
	Author    string   `help:"Who; kept with the revision, beside the key's name." env:"USER"`
	SkipTests bool     `help:"Publish whatever the tests in the configuration say; the operator's key alone, and the revision says so."`
	JSON      bool     `help:"Print JSON."`
	tenantFlags
}

// Help is shown by publish --help.
func (publishCommand) Help() string {
	return "Every file of a tenant, or of the operator, says which revision it was made from: `revision: 12`. If there is another one by now, nothing is published and you are told who changed what: nobody's work is overwritten. Afterwards the line is put right in the files. Exit code 1: somebody else was faster; 2: the configuration was refused.\n\n  switchyard pull --tenant acme conf\n  switchyard publish conf -m \"new hours\"\n  switchyard publish --draft hours --tenant acme"
}

// Run publishes files or a draft.
func (c publishCommand) Run(ctx context.Context, term terminal) error {
	switch {
	case (len(c.Files) == 0) == (c.Draft == ""):
		return usage{errors.New("say either files or --draft")}
	case c.Draft != "":
		return c.publishDraft(ctx, term)
	case c.Tenant != "":
		return usage{errors.New("--tenant says whose --draft; files say whose they are")}
	}
	files, err := readFiles(c.Files)
	if err != nil {
		return err
	}
	out, err := publishFiles(ctx, term, c.serverFlags, api.ApplyRequest{
		Files: sent(files), Author: c.Author, Comment: c.Comment, DryRun: c.DryRun, SkipTests: c.SkipTests, NeedsBase: true,
	})
	if err != nil {
		return c.hinted(err)
	}
	if err := c.show(term, out); err != nil || c.DryRun {
		return err
	}
	return renewRevisions(ctx, term, c.serverFlags, files, out.Revisions)
}

// hinted says what to do about files without a revision.
func (c publishCommand) hinted(err error) error {
	var refused *refusedRequest
	if errors.As(err, &refused) && refused.Code == "no_base" {
		return usage{errors.New(refused.Message + ": `switchyard pull` writes such files; `switchyard apply` publishes files over whatever there is")}
	}
	return err
}

func (c publishCommand) publishDraft(ctx context.Context, term terminal) error {
	var out config.Applied
	path := "/api/config/drafts/" + url.PathEscape(c.Draft) + "/publish"
	in := map[string]any{"author": c.Author, "comment": c.Comment, "dryRun": c.DryRun, "skipTests": c.SkipTests}
	if err := refusedConfiguration(term, c.call(ctx, "POST", path, c.query().Values, in, &out)); err != nil {
		return err
	}
	return c.show(term, out)
}

func (c publishCommand) show(term terminal, out config.Applied) error {
	if c.JSON {
		return printJSON(term.out, out)
	}
	printApplied(term, out)
	return nil
}
