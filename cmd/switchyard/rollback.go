package main

import (
	"context"

	"switchyard/internal/api"
	"switchyard/internal/config"
)

type rollbackCommand struct {
	To        int    `required:"" help:"The revision whose content is to be published again." placeholder:"REVISION"`
	Base      *int   `help:"The revision you looked at: refuse if there is another one by now." placeholder:"REVISION"`
	DryRun    bool   `help:"Check and show the changes field by field, publish nothing."`
	Comment   string `short:"m" help:"Why; kept with the revision."`
	Author    string `help:"Who; kept with the revision, beside the key's name." env:"USER"`
	SkipTests bool   `help:"Publish whatever the tests in the configuration say; the operator's key alone, and the revision says so."`
	JSON      bool   `help:"Print JSON."`
	tenantFlags
}

// Help is shown by rollback --help.
func (rollbackCommand) Help() string {
	return "It is a new revision, checked like any other change: what has become impossible since, such as the route of a number that is gone, refuses it. Overrides of schedules stay as they are, they are for now. Without --tenant the operator's key rolls back what the operator owns.\n\n  switchyard revisions --tenant acme\n  switchyard rollback --to 12 --dry-run --tenant acme\n  switchyard rollback --to 12 -m \"the new hours were wrong\" --tenant acme"
}

// Run rolls back.
func (c rollbackCommand) Run(ctx context.Context, term terminal) error {
	r := api.RollbackRequest{To: c.To, Base: c.Base, Author: c.Author, Comment: c.Comment, DryRun: c.DryRun, SkipTests: c.SkipTests}
	var out config.Applied
	if err := refusedConfiguration(term, c.call(ctx, "POST", "/api/config/rollback", c.query().Values, r, &out)); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	printProblems(term.err, out.Warnings)
	printDifferences(term.out, out.Changes)
	printOutcome(term, out)
	return nil
}
