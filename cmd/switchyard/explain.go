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
	From   string   `help:"Number of the caller; empty: anonymous."`
	To     string   `required:"" help:"Number dialled."`
	At     string   `help:"When: 2026-11-21T14:30:00-05:00, or 2026-11-21 14:30 in UTC; default now."`
	Phone  string   `help:"The call comes from this extension of the tenant, not from outside."`
	Trunk  string   `help:"The trunk a call from outside comes in over: it says how national numbers are read."`
	JSON   bool     `help:"Print JSON."`
	serverFlags
}

// Help is shown by explain --help.
func (explainCommand) Help() string {
	return "Shows each check in the order a call goes through them, what it found, the destination, and what follows when that is busy or not answered.\n\n  switchyard explain --tenant acme --from +13055550111 --to +13055550100 --at \"2026-11-21 14:30\""
}

// Run explains one call.
func (c explainCommand) Run(ctx context.Context, term terminal) error {
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
	files, err := readFiles(c.Files)
	if err != nil {
		return out, err
	}
	_, directory, problems := routing.CompileFiles(files)
	printProblems(term.err, problems)
	if directory == nil {
		return out, usage{errors.New("the files have mistakes")}
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
