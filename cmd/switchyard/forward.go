package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"switchyard/internal/api"
)

type forwardCommand struct {
	Extension    string   `arg:"" help:"The extension, by number or id."`
	Always       string   `placeholder:"NUMBER" help:"Its own phones do not ring."`
	Busy         string   `placeholder:"NUMBER" help:"When its phones are busy, it has as many calls as it may, or does not want to be disturbed."`
	NoAnswer     string   `placeholder:"NUMBER" help:"When nobody answers."`
	Unregistered string   `placeholder:"NUMBER" help:"When it has no registered phone; without one no-answer counts."`
	Off          []string `placeholder:"TYPE" enum:"always,busy,no-answer,unregistered" help:"Remove this forward: always, busy, no-answer or unregistered."`
	Ring         int      `placeholder:"SECONDS" help:"How long the number rings; default: as long as the target says."`
	Confirm      bool     `help:"Who answers has to press 1: a mobile's mailbox cannot take the call."`
	JSON         bool     `help:"Print JSON."`
	tenantFlags
}

// Help is shown by forward --help.
func (forwardCommand) Help() string {
	return "NUMBER is an extension, the name of a forward, or an outside number. Forwards that are not named stay as they are; without any it shows them. Every change is a revision of the tenant's configuration and counts for the next call.\n\n  switchyard forward 1001 --tenant acme --always +13055550199 --ring 20 --confirm\n  switchyard forward 1001 --tenant acme --busy 1002 --no-answer 1002\n  switchyard forward 1001 --tenant acme --off always"
}

// Run shows or sets an extension's forwards.
func (c forwardCommand) Run(ctx context.Context, term terminal) error {
	change, err := c.change()
	if err != nil {
		return err
	}
	path := "/api/extensions/" + url.PathEscape(c.Extension) + "/forward"
	var out api.CallForwards
	if len(change) == 0 {
		err = c.get(ctx, path, c.query().Values, &out)
	} else {
		err = c.call(ctx, "PUT", path, c.query().Values, change, &out)
	}
	if err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	return printForwards(term, out)
}

// change is what is sent: null for what goes.
func (c forwardCommand) change() (map[string]*api.CallForward, error) {
	change := map[string]*api.CallForward{}
	for kind, number := range map[string]string{"always": c.Always, "busy": c.Busy, "no-answer": c.NoAnswer, "unregistered": c.Unregistered} {
		if number != "" {
			change[kind] = &api.CallForward{Number: number, RingSeconds: c.Ring, Confirm: c.Confirm}
		}
	}
	if len(change) == 0 && (c.Ring != 0 || c.Confirm) {
		return nil, usage{errors.New("--ring and --confirm belong to a number: name it with --always, --busy, --no-answer or --unregistered")}
	}
	for _, kind := range c.Off {
		if change[kind] != nil {
			return nil, usage{fmt.Errorf("--%s and --off %s at once", kind, kind)}
		}
		change[kind] = nil
	}
	return change, nil
}

func printForwards(term terminal, f api.CallForwards) error {
	list := forwards(f)
	if len(list) == 0 {
		fmt.Fprintln(term.out, "No forwards.")
		return nil
	}
	t := newTable(term.out, "WHEN", "NUMBER", "RINGS", "CONFIRM", "ENABLED")
	for _, n := range list {
		rings := ""
		if n.RingSeconds != 0 {
			rings = strconv.Itoa(n.RingSeconds) + " s"
		}
		t.line(n.kind, n.Number, rings, yesNo(n.Confirm), yesNo(n.Enabled == nil || *n.Enabled))
	}
	return t.Flush()
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

type dndCommand struct {
	Extension string `arg:"" help:"The extension, by number or id."`
	State     string `arg:"" enum:"on,off" help:"on or off."`
	JSON      bool   `help:"Print JSON."`
	tenantFlags
}

// Help is shown by dnd --help.
func (dndCommand) Help() string {
	return "While it is on, the extension's phones do not ring and callers find it busy: its forward or exit for busy counts. Its forward always still goes first.\n\n  switchyard dnd 1001 on --tenant acme"
}

// Run switches do-not-disturb.
func (c dndCommand) Run(ctx context.Context, term terminal) error {
	var out struct {
		Extension api.Extension `json:"extension"`
	}
	path := "/api/extensions/" + url.PathEscape(c.Extension) + "/do-not-disturb"
	if err := c.call(ctx, "PUT", path, c.query().Values, map[string]bool{"enabled": c.State == "on"}, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	fmt.Fprintf(term.out, "Do not disturb is %s for extension %s.\n", c.State, out.Extension.Extension)
	return nil
}
