package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"switchyard/internal/api"
	"switchyard/internal/replay"
)

type replayCommand struct {
	Draft    []string `required:"" sep:"none" placeholder:"DIR" help:"Folder or file of the draft; may be given again. What it does not name stays as it is published."`
	Since    string   `default:"7d" help:"Calls that began at most so long ago (7d, 12h), or at this time or later (2026-11-01, \"2026-11-01 14:30\" in UTC)."`
	Until    string   `help:"Calls that began before this time; default now."`
	Tenant   string   `help:"Only calls of this tenant, by name or id; the operator's key sees those of all."`
	Limit    int      `help:"At most so many calls, the newest; default all of them."`
	Examples int      `default:"3" help:"Calls shown of each group, up to 20."`
	JSON     bool     `help:"Print JSON."`
	serverFlags
}

// Help is shown by replay --help.
func (replayCommand) Help() string {
	return "Decides recorded calls again, by the configuration that is published and by the draft, and shows which would have gone elsewhere, from where to where. Nothing is changed, and a call is followed to where somebody is rung, something is played or it is refused: what comes of that nobody knows.\n\n  switchyard replay --since 7d --draft drafts/ --tenant acme\n\nCalls that went by something that was not kept with them are counted apart. Exit code 0: it was done, whatever changes; 2: the draft has mistakes; 1: it could not be done or broke off."
}

// Run replays calls and shows what changes.
func (c replayCommand) Run(ctx context.Context, term terminal) error {
	request, err := c.request(time.Now())
	if err != nil {
		return err
	}
	q := query{url.Values{}}
	q.put("tenantId", c.Tenant)
	resp, err := c.open(ctx, "POST", "/api/replay", q.Values, request)
	var refused *refusedRequest
	if errors.As(err, &refused) && len(refused.Problems) > 0 {
		printProblems(term.err, refused.Problems)
		return usage{errors.New(refused.Failure.Message)}
	}
	if err != nil {
		return asUsage(err)
	}
	defer resp.Body.Close()
	out, err := followReplay(resp.Body, &replayProgress{to: term.err, next: time.Now().Add(progressEvery)})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	printProblems(term.err, out.Warnings)
	printReplay(term.out, out)
	return nil
}

func (c replayCommand) request(now time.Time) (api.ReplayRequest, error) {
	r := api.ReplayRequest{Limit: c.Limit, Examples: c.Examples}
	files, err := readFiles(c.Draft)
	if err != nil {
		return r, err
	}
	for _, f := range files {
		r.Files = append(r.Files, api.ApplyFile{Name: f.Name, Text: string(f.Data)})
	}
	if r.Until, err = parseTime("--until", c.Until); err != nil {
		return r, err
	}
	if ago, err := days("--since", c.Since); err == nil {
		r.From = now.Add(-ago)
		return r, nil
	}
	r.From, err = parseTime("--since", c.Since)
	return r, err
}

// parseTime reads a time as --at of explain takes it, the zero time if there is none.
func parseTime(flag, text string) (time.Time, error) {
	t, err := parseAt(text)
	if err != nil {
		return t, usage{fmt.Errorf("%s: %q is no time; write 2026-11-21T14:30:00-05:00, \"2026-11-21 14:30\" (UTC) or 2026-11-21", flag, text)}
	}
	return t, nil
}

// followReplay reads the lines of an answer up to the result.
func followReplay(from io.Reader, p *replayProgress) (*api.ReplayResult, error) {
	lines := json.NewDecoder(from)
	for {
		var line api.ReplayLine
		if err := lines.Decode(&line); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("the replay broke off after %s: %w", p, err)
		}
		p.at(line.Done, line.Of)
		switch {
		case line.Error != nil:
			return nil, fmt.Errorf("after %s: %w", p, line.Error)
		case line.Result != nil:
			p.end()
			return line.Result, nil
		}
	}
}

// replayProgress tells people who wait how far a replay is.
type replayProgress struct {
	to       io.Writer
	next     time.Time
	done, of int
	told     bool
}

func (p *replayProgress) at(done, of int) {
	p.done, p.of = done, of
	if now := time.Now(); now.After(p.next) {
		p.next, p.told = now.Add(progressEvery/4), true
		fmt.Fprintf(p.to, "\r%s", p)
	}
}

func (p *replayProgress) end() {
	if p.told {
		fmt.Fprintf(p.to, "\r%s\n", p)
	}
}

func (p *replayProgress) String() string {
	return fmt.Sprintf("%s of %s calls", thousands(p.done), thousands(p.of))
}

func printReplay(w io.Writer, r *api.ReplayResult) {
	verb := "change"
	if r.Changed == 1 {
		verb = "changes"
	}
	fmt.Fprintf(w, "%s of %s %s (begun %s to %s UTC).\n", thousands(r.Changed), countedCalls(r.Calls), verb, minutesOnly(r.From), minutesOnly(r.Until))
	for _, g := range r.Groups {
		printGroup(w, &g)
	}
	if r.Others > 0 {
		fmt.Fprintf(w, "\n%s in more groups than are told apart.\n", countedCalls(r.Others))
	}
	for _, note := range []struct {
		calls int
		text  string
	}{
		{r.SamePlace, "to the same place, by another rule or another way."},
		{r.WentElsewhere, "went elsewhere in fact than what is published would send them today."},
		{r.Unknown, "cannot be decided again exactly:"},
	} {
		if note.calls > 0 {
			fmt.Fprintf(w, "\n%s %s\n", countedCalls(note.calls), note.text)
		}
	}
	for _, u := range r.Unknowns {
		fmt.Fprintf(w, "  %s: %s\n", countedCalls(u.Calls), u.Reason)
		printExamples(w, u.Examples)
	}
}

func printGroup(w io.Writer, g *replay.Group) {
	of := func(p replay.Place) string {
		text := fmt.Sprintf("%s, by %s", p, p.By())
		if g.From.Tenant != g.To.Tenant && p.Tenant != "" {
			text += ", tenant " + p.Tenant
		}
		return text
	}
	fmt.Fprintf(w, "\n%s\n  from  %s\n  to    %s\n", countedCalls(g.Calls), of(g.From), of(g.To))
	for _, s := range g.Sets() {
		fmt.Fprintf(w, "  set   %s: %s -> %s\n", s.Key, s.From, s.To)
	}
	printExamples(w, g.Examples)
}

func printExamples(w io.Writer, examples []replay.Example) {
	for _, e := range examples {
		caller := e.Caller
		if caller == "" {
			caller = "anonymous"
		}
		fmt.Fprintf(w, "    %s  %s  %s to %s\n", e.At.UTC().Format(time.DateTime), e.CallUUID, caller, e.Dialled)
	}
}

func minutesOnly(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

func countedCalls(n int) string {
	if n == 1 {
		return "1 call"
	}
	return thousands(n) + " calls"
}

// thousands writes 1204 as 1,204.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
