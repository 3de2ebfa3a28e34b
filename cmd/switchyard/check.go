package main

import (
	"encoding/json"
	"fmt"
	"time"

	"switchyard/routing"
)

type checkCommand struct {
	Files []string `arg:"" name:"FILE" help:"Configuration files or folders of them; give the operator's and the tenants' together."`
	JSON  bool     `help:"Print the problems as JSON."`
}

// Help is shown by check --help.
func (checkCommand) Help() string {
	return "Nothing is sent anywhere. Exit code 0: no mistakes; 2: mistakes, all of them printed.\n\n  switchyard check operator.yaml acme.yaml"
}

// Run checks the files as a whole configuration.
func (c checkCommand) Run(term terminal) error {
	files, err := readFiles(c.Files)
	if err != nil {
		return err
	}
	cfg, problems := routing.ParseFiles(files)
	cfg.Now = time.Now()
	_, more := routing.Compile(cfg)
	problems = append(problems, more...)
	routing.SortProblems(problems)
	if c.JSON {
		if problems == nil {
			problems = []routing.Problem{}
		}
		if err := json.NewEncoder(term.out).Encode(map[string]any{"problems": problems}); err != nil {
			return err
		}
	} else {
		printProblems(term.out, problems)
	}
	if routing.Refused(problems) {
		return usage{quiet{fmt.Errorf("the configuration has mistakes")}}
	}
	if !c.JSON {
		fmt.Fprintf(term.out, "%s checked, no mistakes.\n", plural(len(files), "file"))
	}
	return nil
}
