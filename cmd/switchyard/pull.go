package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

type pullCommand struct {
	Folder   string `arg:"" help:"Where the file goes: TENANT.yaml or operator.yaml. - prints it." default:"-" optional:""`
	Revision int    `help:"This revision; default the current one."`
	IDs      bool   `name:"ids" help:"With the ids of all objects, so that one can get another name and stay the same one."`
	Force    bool   `help:"Overwrite a file that is there."`
	tenantFlags
}

// Help is shown by pull --help.
func (pullCommand) Help() string {
	return "The file says which revision it was made from, so that publish can tell whether somebody else published meanwhile. Published as it is it changes nothing: secrets stand as (unchanged), and overrides of schedules, which are for now, are left out. Without --tenant the operator's key gets what the operator owns.\n\n  switchyard pull --tenant acme conf\n  switchyard pull --tenant acme --revision 12 > then.yaml"
}

// Run writes the file.
func (c pullCommand) Run(ctx context.Context, term terminal) error {
	q := c.query()
	q.number("revision", c.Revision)
	if c.IDs {
		q.put("ids", "true")
	}
	var out struct {
		Name string `json:"name"`
		Text string `json:"text"`
	}
	if err := c.get(ctx, "/api/config/file", q.Values, &out); err != nil {
		return asUsage(err)
	}
	if c.Folder == "-" {
		_, err := fmt.Fprint(term.out, out.Text)
		return err
	}
	// The name is a tenant's, or what another server says is one.
	name := filepath.Join(c.Folder, filepath.Base(filepath.Clean("/"+out.Name))+".yaml")
	if _, err := os.Stat(name); err == nil && !c.Force {
		return usage{fmt.Errorf("%s is there already; --force overwrites it", name)}
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(c.Folder, 0o755); err != nil {
		return err
	}
	if err := writeWhole(name, strings.NewReader(out.Text)); err != nil {
		return err
	}
	fmt.Fprintf(term.out, "%s written.\n", name)
	return nil
}
