package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"switchyard/routing"
)

type checkCommand struct {
	Files  []string `arg:"" name:"FILE" help:"Configuration files or folders of them; give the operator's and the tenants' together."`
	JSON   bool     `help:"Print the problems as JSON."`
	Graph  string   `enum:",mermaid,dot" default:"" placeholder:"mermaid|dot" help:"Print where a tenant's calls go as a picture, in the language of Mermaid or of Graphviz; problems go to standard error."`
	Tenant string   `help:"With --graph: the tenant, by name or id; default the only one there is."`
}

// Help is shown by check --help.
func (checkCommand) Help() string {
	return "Nothing is sent anywhere. The tests in the files are run.\n\nExit code 0: no mistakes; 2: mistakes, all of them printed.\n\n  switchyard check operator.yaml acme.yaml\n  switchyard check --graph dot operator.yaml acme.yaml | dot -Tsvg -o acme.svg"
}

// Run checks the files as a whole configuration.
func (c checkCommand) Run(ctx context.Context, term terminal) error {
	switch {
	case c.JSON && c.Graph != "":
		return usage{errors.New("--json and --graph cannot be used together")}
	case c.Tenant != "" && c.Graph == "":
		return usage{errors.New("--tenant says whose --graph to print; the files are checked together")}
	}
	files, err := readFiles(c.Files)
	if err != nil {
		return err
	}
	directory, problems, err := checked(ctx, files)
	if err != nil {
		return err
	}
	if err := c.print(term, problems); err != nil {
		return err
	}
	switch {
	case routing.Refused(problems):
		return usage{quiet{errors.New("the configuration has mistakes")}}
	case c.Graph != "":
		return c.draw(term.out, directory)
	case !c.JSON:
		fmt.Fprintf(term.out, "%s checked, no mistakes.\n", plural(len(files), "file"))
	}
	return nil
}

// checked gives what the files configure, nil if they have mistakes, and all
// problems. Large files take seconds: it is left when the context ends.
func checked(ctx context.Context, files []routing.File) (*routing.Directory, []routing.Problem, error) {
	var directory *routing.Directory
	var problems []routing.Problem
	done := make(chan struct{})
	go func() {
		defer close(done)
		cfg, found := routing.ParseFiles(files)
		cfg.Now = time.Now()
		made, more := routing.Compile(cfg)
		problems = append(found, more...)
		if made != nil {
			problems = append(problems, routing.TestProblems(made, cfg)...)
		}
		routing.SortProblems(problems)
		directory = made
	}()
	select {
	case <-done:
		return directory, problems, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

func (c checkCommand) print(term terminal, problems []routing.Problem) error {
	switch {
	case c.JSON:
		if problems == nil {
			problems = []routing.Problem{}
		}
		return json.NewEncoder(term.out).Encode(map[string]any{"problems": problems})
	case c.Graph != "":
		printProblems(term.err, problems)
	default:
		printProblems(term.out, problems)
	}
	return nil
}

// draw prints the picture of one tenant.
func (c checkCommand) draw(out io.Writer, directory *routing.Directory) error {
	tenant := c.Tenant
	if tenant == "" {
		grants := directory.Tenants()
		if len(grants) != 1 {
			names := make([]string, len(grants))
			for i, grant := range grants {
				names[i] = grant.Name
			}
			return usage{fmt.Errorf("which tenant? Say --tenant and one of: %s", strings.Join(names, ", "))}
		}
		tenant = grants[0].Name
	}
	plan, ok := directory.Plan(tenant)
	if !ok {
		return usage{fmt.Errorf("no tenant %q", tenant)}
	}
	text := plan.Graph().Mermaid()
	if c.Graph == "dot" {
		text = plan.Graph().DOT()
	}
	_, err := io.WriteString(out, text)
	return err
}
