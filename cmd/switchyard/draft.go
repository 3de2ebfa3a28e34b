package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"switchyard/internal/api"
	"switchyard/internal/config"
)

type draftCommand struct {
	Save   draftSave   `cmd:"" help:"Keep files on the server as a draft."`
	List   draftList   `cmd:"" help:"List drafts."`
	Get    draftGet    `cmd:"" help:"Write the files of a draft into a folder."`
	Check  draftCheck  `cmd:"" help:"Check a draft against all that is published, and run its tests."`
	Delete draftDelete `cmd:"" help:"Delete a draft."`
}

// Help is shown by draft --help.
func (draftCommand) Help() string {
	return "A draft counts for no call. Look at it with diff --draft and publish it with publish --draft. Without --tenant the operator's key has the operator's own drafts.\n\n  switchyard draft save hours acme.yaml --tenant acme\n  switchyard diff --draft hours --tenant acme\n  switchyard publish --draft hours -m \"new hours\" --tenant acme"
}

func draftPath(name string) string { return "/api/config/drafts/" + url.PathEscape(name) }

type draftSave struct {
	Name    string   `arg:"" help:"Letters, digits and _ . -"`
	Files   []string `arg:"" name:"FILE" help:"Configuration files or folders of them."`
	Version int64    `help:"The version you changed, as list shows it; without it the draft is a new one." placeholder:"N"`
	Comment string   `short:"m" help:"Why; kept with the revision when it is published."`
	Author  string   `help:"Who, beside the key's name." env:"USER"`
	tenantFlags
}

// Run saves a draft.
func (c draftSave) Run(ctx context.Context, term terminal) error {
	files, err := readFiles(c.Files)
	if err != nil {
		return err
	}
	in := map[string]any{"files": sent(files), "author": c.Author, "comment": c.Comment, "version": c.Version}
	var out struct {
		Draft api.DraftEntry `json:"draft"`
	}
	err = c.call(ctx, "PUT", draftPath(c.Name), c.query().Values, in, &out)
	var refused *refusedRequest
	if errors.As(err, &refused) && refused.Draft != nil {
		return fmt.Errorf("%s; nothing was changed: --version %d saves over it", refused.Detail, refused.Draft.Version)
	}
	if err != nil {
		return asUsage(err)
	}
	fmt.Fprintf(term.out, "Draft %s saved, version %d.\n", out.Draft.Name, out.Draft.Version)
	return nil
}

type draftList struct {
	JSON bool `help:"Print JSON."`
	tenantFlags
}

// Run lists drafts.
func (c draftList) Run(ctx context.Context, term terminal) error {
	var out struct {
		Drafts []api.DraftEntry `json:"drafts"`
	}
	if err := c.get(ctx, "/api/config/drafts", c.query().Values, &out); err != nil {
		return asUsage(err)
	}
	switch {
	case c.JSON:
		return printJSON(term.out, out)
	case len(out.Drafts) == 0:
		fmt.Fprintln(term.out, "No drafts.")
		return nil
	}
	t := newTable(term.out, "DRAFT", "VERSION", "SAVED (UTC)", "BY", "BYTES", "WHY")
	for _, d := range out.Drafts {
		t.line(d.Name, strconv.FormatInt(d.Version, 10), shortTime(&d.UpdatedAt), d.Author, strconv.FormatInt(d.Size, 10), d.Comment)
	}
	return t.Flush()
}

type draftGet struct {
	Name   string `arg:"" help:"The draft."`
	Folder string `arg:"" help:"Where its files go; none that is there is overwritten."`
	tenantFlags
}

// Run writes a draft's files.
func (c draftGet) Run(ctx context.Context, term terminal) error {
	var out struct {
		Draft api.Draft `json:"draft"`
	}
	if err := c.get(ctx, draftPath(c.Name), c.query().Values, &out); err != nil {
		return asUsage(err)
	}
	if err := os.MkdirAll(c.Folder, 0o755); err != nil {
		return err
	}
	for _, f := range out.Draft.Files {
		// Whoever saved it chose the names: nothing of them but the last part.
		name := filepath.Join(c.Folder, filepath.Base(filepath.Clean("/"+f.Name)))
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return usage{fmt.Errorf("%s is there already", name)}
		}
		if err != nil {
			return err
		}
		_, err = file.WriteString(f.Text)
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
		fmt.Fprintf(term.out, "%s written.\n", name)
	}
	fmt.Fprintf(term.out, "This is version %d: save it with --version %d.\n", out.Draft.Version, out.Draft.Version)
	return nil
}

type draftCheck struct {
	Name string `arg:"" help:"The draft."`
	JSON bool   `help:"Print JSON."`
	tenantFlags
}

// Run checks a draft.
func (c draftCheck) Run(ctx context.Context, term terminal) error {
	var out config.Checked
	if err := c.call(ctx, "POST", draftPath(c.Name)+"/check", c.query().Values, nil, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		if err := printJSON(term.out, out); err != nil {
			return err
		}
	} else {
		printProblems(term.out, out.Problems)
		for _, s := range out.Stale {
			fmt.Fprintln(term.out, s)
		}
	}
	if out.Refused {
		return usage{quiet{errors.New("the draft cannot be published as it is")}}
	}
	if !c.JSON {
		fmt.Fprintf(term.out, "It can be published; %s passed.\n", plural(len(out.Tests), "test"))
	}
	return nil
}

type draftDelete struct {
	Name string `arg:"" help:"The draft."`
	tenantFlags
}

// Run deletes a draft.
func (c draftDelete) Run(ctx context.Context, term terminal) error {
	if err := c.call(ctx, "DELETE", draftPath(c.Name), c.query().Values, nil, nil); err != nil {
		return asUsage(err)
	}
	fmt.Fprintf(term.out, "Draft %s deleted.\n", c.Name)
	return nil
}
