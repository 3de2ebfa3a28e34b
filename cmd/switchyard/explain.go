package main

import (
	"context"
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
	Name   string   `help:"The display name the caller sends."`
	ID     string   `help:"The call's id; call.bucket comes from it."`
	Header []string `sep:"none" placeholder:"NAME=VALUE" help:"A SIP header the call has; repeatable."`
	Assume []string `sep:"none" placeholder:"EXTENSION=STATE" help:"Assume that an extension is unregistered, registered, on-call or free; repeatable. Those not named are registered and free; not known to a running server that watches no switch."`

	Call string `placeholder:"ID" help:"Instead: why this call, which was recorded, went where it went."`

	Calendar string `placeholder:"SCHEDULE" help:"Instead of a call: what this schedule will be, day by day."`
	Days     int    `default:"30" help:"With --calendar: so many days, up to 400."`

	JSON bool `help:"Print JSON."`
	serverFlags
}

// Help is shown by explain --help.
func (explainCommand) Help() string {
	return `Shows each check in the order a call goes through them, what it found and of each rule what made it true or false, the destination, and what follows when that is busy or not answered.

  switchyard explain --tenant acme --from +13055550111 --to +13055550100 --at "2026-11-21 14:30"

Phones are taken to be registered and free; --assume says otherwise. A running server that watches no switch knows as little of those that are not named as when a call comes. With a tenant's --key the call has to be for that tenant.

  switchyard explain --tenant acme --from +13055550111 --to +13055550100 --assume 1001=on-call --assume 1002=unregistered

With --call it shows the same of a call that was recorded, by the configuration, the headers and the phones of that time, and every step it went through.

  switchyard explain --call 5ce0a410-0000-4000-8000-000000000001

With --calendar it shows when a schedule is open and where calls go then, an override that is set included; days on which the clocks change are marked.

  switchyard explain --tenant acme --calendar office --days 30
  switchyard explain operator.yaml acme.yaml --calendar office --from 2027-03-01`
}

// Run explains one call, or a schedule.
func (c explainCommand) Run(ctx context.Context, term terminal) error {
	switch {
	case c.Calendar != "" && (c.To != "" || c.At != "" || c.Phone != "" || c.Trunk != "" || c.Call != "" || c.made()):
		return usage{errors.New("--calendar explains a schedule: --to, --at, --phone, --trunk and the like belong to a call")}
	case c.Calendar != "":
		return c.showCalendar(ctx, term)
	case c.Call != "" && (c.To != "" || c.From != "" || c.At != "" || c.Phone != "" || c.Trunk != "" || c.made() || len(c.Files) > 0):
		return usage{errors.New("--call explains a call that was recorded: what it was like, and the configuration, are known")}
	case c.Call != "":
		return c.showCall(ctx, term)
	case c.To == "":
		return usage{errors.New("missing flags: --to=STRING, or --call=ID, or --calendar=SCHEDULE")}
	}
	request, err := c.request()
	if err != nil {
		return err
	}
	explanation, err := c.explain(ctx, term, request)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.out, explanation)
	}
	fmt.Fprint(term.out, explanation)
	return nil
}

// made tells whether something was said of a call that is made up.
func (c explainCommand) made() bool {
	return c.Name != "" || c.ID != "" || len(c.Header) > 0 || len(c.Assume) > 0
}

// showCall prints why a recorded call went where it went.
func (c explainCommand) showCall(ctx context.Context, term terminal) error {
	call, err := c.recordedCall(ctx, c.Call, c.Tenant)
	if err != nil {
		return err
	}
	switch {
	case call.Explanation == nil:
		return fmt.Errorf("nobody had the number %q that call %s dialled", call.Dialled, call.ID)
	case c.JSON:
		return printJSON(term.out, call.Explanation)
	}
	fmt.Fprintf(term.out, "call %s, begun %s\n", call.ID, call.StartedAt)
	printWhy(term, call.Explanation, call.Explanation.Text)
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
	if directory == nil { // else they are warnings, and check's to give
		printProblems(term.err, problems)
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
