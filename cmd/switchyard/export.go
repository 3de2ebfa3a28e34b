package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

type exportCommand struct {
	Format string `help:"csv or jsonl." enum:"csv,jsonl" default:"csv"`
	Output string `short:"o" help:"File to write; it is there only if the export is complete. Default: standard output."`
	callFlags
	serverFlags
}

// Help is shown by export --help.
func (exportCommand) Help() string {
	return "Writes the records of calls, the newest first, as CSV for a spreadsheet or as JSON lines for a program. Days are inclusive.\n\n  switchyard export --tenant acme --from 2026-11-01 --to 2026-11-30 -o november.csv"
}

// Run writes the export.
func (c exportCommand) Run(ctx context.Context, term terminal) error {
	q := c.query()
	q.put("format", c.Format)
	resp, err := c.open(ctx, "GET", "/api/calls/export", q.Values, nil)
	if err != nil {
		return asUsage(err)
	}
	defer resp.Body.Close()
	p := &progress{to: term.err, next: time.Now().Add(progressEvery)}
	from := io.TeeReader(resp.Body, p)
	if c.Output == "" {
		_, err = io.Copy(term.out, from)
	} else {
		err = writeWhole(c.Output, from)
	}
	if err != nil {
		return fmt.Errorf("the export broke off after %s: %w", p, err)
	}
	p.end()
	return nil
}

// writeWhole writes a file that appears only when all of it is there.
func writeWhole(name string, from io.Reader) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.part")
	if err != nil {
		return usage{err}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = io.Copy(f, from)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// progressEvery is how often people who wait are told how far it is.
const progressEvery = 2 * time.Second

// progress counts what goes by.
type progress struct {
	to    io.Writer
	next  time.Time
	bytes int64
	told  bool
}

// Write implements io.Writer.
func (p *progress) Write(b []byte) (int, error) {
	p.bytes += int64(len(b))
	if now := time.Now(); now.After(p.next) {
		p.next, p.told = now.Add(progressEvery), true
		fmt.Fprintf(p.to, "\r%s", p)
	}
	return len(b), nil
}

func (p *progress) end() {
	if p.told {
		fmt.Fprintf(p.to, "\r%s, complete\n", p)
	}
}

func (p *progress) String() string { return fmt.Sprintf("%.1f MB", float64(p.bytes)/1e6) }
