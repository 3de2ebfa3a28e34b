package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"switchyard/internal/api"
	"switchyard/routing"
)

type overrideCommand struct {
	Schedule string `arg:"" optional:"" help:"The schedule, by name or id; without one all are listed."`
	State    string `arg:"" optional:"" help:"open, closed, or where all calls go: ROUTE:TARGET, such as extension:1001."`
	Until    string `xor:"end" placeholder:"WHEN" help:"When it ends: 2026-11-21T18:00:00-05:00, or by the schedule's clock 2026-11-21T18:00 or 18:00 (the next one)."`
	For      string `xor:"end" placeholder:"TIME" help:"How long it lasts: 2h, 90m, 3d."`
	Reason   string `help:"Kept with it, for whoever looks."`
	Clear    bool   `help:"Let the schedule go by its hours again."`
	JSON     bool   `help:"Print JSON."`
	tenantFlags
}

// Help is shown by override --help.
func (overrideCommand) Help() string {
	return "Takes the place of a schedule's hours until it ends by itself, as a revision of the tenant's configuration; it counts for the next call. There is one a schedule: another one replaces it. Without <state> it shows what schedules are now and why.\n\n  switchyard override office closed --for 2h --reason \"fire drill\" --tenant acme\n  switchyard override office extension:1001 --until 18:00 --tenant acme\n  switchyard override office --clear --tenant acme\n  switchyard override --tenant acme"
}

// Run shows schedules, or sets or clears an override.
func (c overrideCommand) Run(ctx context.Context, term terminal) error {
	switch {
	case c.Clear && (c.Schedule == "" || c.State != "" || c.Until != "" || c.For != "" || c.Reason != ""):
		return usage{errors.New("--clear needs a schedule and nothing else")}
	case c.Clear:
		return c.clear(ctx, term)
	case c.State != "":
		return c.set(ctx, term)
	case c.Until != "" || c.For != "" || c.Reason != "":
		return usage{errors.New("--until, --for and --reason belong to open, closed or ROUTE:TARGET")}
	case c.Schedule != "":
		return c.one(ctx, term, http.MethodGet, "", nil)
	default:
		return c.list(ctx, term)
	}
}

func (c overrideCommand) path() string { return "/api/schedules/" + url.PathEscape(c.Schedule) }

func (c overrideCommand) set(ctx context.Context, term terminal) error {
	request, err := c.request()
	if err != nil {
		return err
	}
	return c.one(ctx, term, http.MethodPut, "/override", request)
}

// one makes a request that answers with the schedule, and shows it.
func (c overrideCommand) one(ctx context.Context, term terminal, method, what string, in any) error {
	var out struct {
		Schedule api.Schedule `json:"schedule"`
	}
	if err := c.call(ctx, method, c.path()+what, c.query().Values, in, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	return printSchedules(term, []api.Schedule{out.Schedule})
}

func (c overrideCommand) request() (api.OverrideRequest, error) {
	r := api.OverrideRequest{State: routing.OverrideState(c.State), Until: c.Until, Reason: c.Reason}
	if route, target, ok := strings.Cut(c.State, ":"); ok {
		r.State, r.Destination = routing.OverrideTo, &routing.Destination{Route: routing.Route(route), Target: target}
	} else if r.State != routing.OverrideOpen && r.State != routing.OverrideClosed {
		return r, usage{fmt.Errorf("%q is neither open nor closed nor a destination like extension:1001", c.State)}
	}
	if c.Until == "" && c.For == "" {
		return r, usage{errors.New("an override has to end: say --until or --for")}
	}
	if c.For != "" {
		lasts, err := days("--for", c.For)
		switch {
		case err != nil || lasts < time.Minute:
			return r, usage{fmt.Errorf("--for: %q is no time of a minute or more (2h, 90m, 3d)", c.For)}
		case lasts > api.OverrideMost:
			return r, usage{fmt.Errorf("--for: %s is too long, an override lasts at most %d days", c.For, api.OverrideMost/(24*time.Hour))}
		}
		r.Minutes = int(lasts / time.Minute)
	}
	return r, nil
}

func (c overrideCommand) clear(ctx context.Context, term terminal) error {
	if err := c.call(ctx, http.MethodDelete, c.path()+"/override", c.query().Values, nil, nil); err != nil {
		return asUsage(err)
	}
	return c.one(ctx, term, http.MethodGet, "", nil)
}

func (c overrideCommand) list(ctx context.Context, term terminal) error {
	var all []api.Schedule
	for next := ""; ; {
		q := c.query()
		q.put("after", next)
		var page struct {
			Schedules []api.Schedule `json:"schedules"`
			Next      string         `json:"next"`
		}
		if err := c.get(ctx, "/api/schedules", q.Values, &page); err != nil {
			return asUsage(err)
		}
		all = append(all, page.Schedules...)
		if next = page.Next; next == "" {
			break
		}
	}
	switch {
	case c.JSON:
		return printJSON(term.out, map[string][]api.Schedule{"schedules": append([]api.Schedule{}, all...)})
	case len(all) == 0:
		fmt.Fprintln(term.out, "No schedules.")
		return nil
	}
	return printSchedules(term, all)
}

func printSchedules(term terminal, list []api.Schedule) error {
	t := newTable(term.out, "SCHEDULE", "NOW", "WHY", "UNTIL", "TIME ZONE", "CALLS GO TO", "SET BY", "REASON")
	for _, s := range list {
		by, reason := "", ""
		if o := s.Status.Override; o != nil {
			by, reason = o.By, o.Reason
		}
		t.line(s.Name, openOrClosed(s.Status.IsOpen), whyHours(s.Status), inZone(lastsUntil(s.Status), s.Timezone), s.Timezone, callsGoTo(s.Status), by, reason)
	}
	return t.Flush()
}

// lastsUntil is when what a schedule is ends; of an override its own end, whatever
// would have changed meanwhile.
func lastsUntil(s api.ScheduleStatus) *time.Time {
	if s.Override != nil {
		if end, err := time.Parse(time.RFC3339, s.Override.Until); err == nil {
			return &end
		}
	}
	return s.Until
}

func callsGoTo(s api.ScheduleStatus) string {
	if s.Destination == nil {
		return nowhereOfItsOwn(s.IsOpen)
	}
	return destinationText(s.Destination)
}

// nowhereOfItsOwn is where calls go if the schedule does not say it.
func nowhereOfItsOwn(open bool) string {
	if open {
		return "the number's own route"
	}
	return "the default destination"
}

func openOrClosed(open bool) string {
	if open {
		return "open"
	}
	return "closed"
}

func whyHours(s api.ScheduleStatus) string {
	switch s.Reason {
	case routing.HoursWindow:
		return "hours"
	case routing.HoursOutside:
		return "outside hours"
	case routing.HoursHoliday:
		if s.Holiday != nil {
			return "holiday " + *s.Holiday
		}
		return "holiday"
	case routing.HoursOverride:
		return "override"
	}
	return string(s.Reason)
}

// inZone is a time as people there say it; "" for none.
func inZone(t *time.Time, timezone string) string {
	if t == nil {
		return ""
	}
	if zone, err := time.LoadLocation(timezone); err == nil {
		return t.In(zone).Format("Mon 2006-01-02 15:04")
	}
	return t.Format(time.RFC3339)
}

func destinationText(d *routing.Destination) string {
	if d == nil {
		return ""
	}
	return string(d.Route) + " " + d.Target
}
