package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"switchyard/internal/api"
	"switchyard/routing"
)

type explainCommand struct {
	Files  []string `arg:"" optional:"" name:"FILE" help:"Explain by these files instead of the running server's configuration."`
	Tenant string   `help:"The tenant, by name or id."`
	From   string   `help:"Number of the caller; empty: anonymous. With --calendar: the first day, like 2026-11-30; default today."`
	To     string   `help:"Number dialled."`
	At     string   `help:"When: 2026-11-21T14:30:00-05:00, or 2026-11-21 14:30 in UTC; default now."`
	Phone  string   `help:"The call comes from this extension of the tenant, not from outside."`
	Trunk  string   `help:"The trunk a call from outside comes in over: it says how national numbers are read."`

	Calendar string `placeholder:"SCHEDULE" help:"Instead of a call: what this schedule will be, day by day."`
	Days     int    `default:"30" help:"With --calendar: so many days, up to 400."`

	JSON bool `help:"Print JSON."`
	serverFlags
}

// Help is shown by explain --help.
func (explainCommand) Help() string {
	return "Shows each check in the order a call goes through them, what it found, the destination, and what follows when that is busy or not answered.\n\n  switchyard explain --tenant acme --from +13055550111 --to +13055550100 --at \"2026-11-21 14:30\"\n\nWith --calendar it shows when a schedule is open and where calls go then, an override that is set included; days on which the clocks change are marked.\n\n  switchyard explain --tenant acme --calendar office --days 30\n  switchyard explain operator.yaml acme.yaml --calendar office --from 2027-03-01"
}

// Run explains one call, or a schedule.
func (c explainCommand) Run(ctx context.Context, term terminal) error {
	switch {
	case c.Calendar != "" && (c.To != "" || c.At != "" || c.Phone != "" || c.Trunk != ""):
		return usage{errors.New("--calendar explains a schedule: --to, --at, --phone and --trunk belong to a call")}
	case c.Calendar != "":
		return c.showCalendar(ctx, term)
	case c.To == "":
		return usage{errors.New("missing flags: --to=STRING, or --calendar=SCHEDULE")}
	}
	request := api.ExplainRequest{Tenant: c.Tenant, From: c.From, To: c.To, Phone: c.Phone, Trunk: c.Trunk}
	var err error
	if request.At, err = parseAt(c.At); err != nil {
		return err
	}
	explanation, err := c.explain(ctx, term, request)
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(term.out)
		e.SetIndent("", "  ")
		return e.Encode(explanation)
	}
	fmt.Fprint(term.out, explanation)
	return nil
}

func (c explainCommand) explain(ctx context.Context, term terminal, request api.ExplainRequest) (routing.Explanation, error) {
	var out routing.Explanation
	if len(c.Files) == 0 {
		return out, c.post(ctx, "/api/explain", request, &out)
	}
	directory, err := c.compiled(term)
	if err != nil {
		return out, err
	}
	if request.At.IsZero() {
		request.At = time.Now()
	}
	out, err = api.Explain(directory, request)
	if err != nil {
		return out, usage{err}
	}
	return out, nil
}

// compiled gives what the files configure.
func (c explainCommand) compiled(term terminal) (*routing.Directory, error) {
	files, err := readFiles(c.Files)
	if err != nil {
		return nil, err
	}
	_, directory, problems := routing.CompileFiles(files)
	printProblems(term.err, problems)
	if directory == nil {
		return nil, usage{errors.New("the files have mistakes")}
	}
	return directory, nil
}

func parseAt(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage{fmt.Errorf("--at: %q is no time; write 2026-11-21T14:30:00-05:00 or \"2026-11-21 14:30\" (UTC)", text)}
}
