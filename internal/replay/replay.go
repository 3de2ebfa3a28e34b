// Package replay decides recorded calls once more, by the configuration that is
// published and by another one, and tells which of them would go elsewhere.
package replay

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"switchyard/internal/recall"
	"switchyard/internal/record"
	"switchyard/routing"
)

// Calls is where recorded calls are read from. Safe for concurrent use.
type Calls interface {
	// DecidedCalls gives the records that fit, the newest first, with what they
	// were decided by and where they went.
	DecidedCalls(ctx context.Context, f record.Filter) ([]record.Call, error)
}

// Request says which calls are decided again, and by what.
type Request struct {
	Published *routing.Directory
	Draft     *routing.Directory
	// Filter says which calls; its After and Limit do not count.
	Filter record.Filter
	// Limit is the most calls that are looked at, the newest; 0: all that fit.
	Limit int
	// Examples is how many calls of each group are named.
	Examples int
	// Progress, if not nil, is told after each page how many calls were looked
	// at. An error of it ends the replay.
	Progress func(done int) error
}

// pageOf is how many calls are read and decided at a time: about 50 ms of one
// processor, and less than a megabyte.
const pageOf = 500

// Run reads and decides calls, one page after the other, in the goroutine that
// calls it: it takes one processor at most, and after each call lets whatever else
// waits for that one go first, which is how it stays out of the way of calls that
// are under way. It holds one page, and of the calls no more than Result tells.
func Run(ctx context.Context, calls Calls, r Request) (Result, error) {
	r.Filter.After = nil
	t := newTally(r.Examples)
	for more := true; more; {
		var err error
		if more, err = r.page(ctx, calls, t); err != nil {
			return Result{}, err
		}
		if r.Progress == nil {
			continue
		}
		if err := r.Progress(t.calls); err != nil {
			return Result{}, err
		}
	}
	return t.result(), nil
}

// page takes the next calls; false: they were the last ones.
func (r *Request) page(ctx context.Context, calls Calls, t *tally) (more bool, err error) {
	r.Filter.Limit = pageOf
	if r.Limit > 0 {
		r.Filter.Limit = min(pageOf, r.Limit-t.calls)
	}
	page, err := calls.DecidedCalls(ctx, r.Filter)
	if err != nil {
		return false, fmt.Errorf("read the calls to be decided again: %w", err)
	}
	for i := range page {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		t.add(&page[i], r.decide(&page[i]))
		runtime.Gosched()
	}
	if len(page) < r.Filter.Limit || t.calls == r.Limit {
		return false, nil
	}
	last := &page[len(page)-1]
	r.Filter.After = &record.Cursor{StartedAt: last.StartedAt, ID: last.ID}
	return true, nil
}

// verdict is what came of deciding one call twice.
type verdict struct {
	unknown    string // why it cannot be decided again exactly; then nothing else
	from, to   Place
	differs    []string // in what the two places differ; none: the call goes where it went
	by         bool     // it goes there by something else
	went       bool     // it went elsewhere in fact than the published configuration sends it
	comparable bool     // its record tells where it went
}

func (r *Request) decide(c *record.Call) verdict {
	if why := unknowable(c); why != "" {
		return verdict{unknown: why}
	}
	plan, _ := r.Published.Plan(string(c.TenantID))
	if c.Direction != routing.Inbound && (plan == nil || plan.Domain() == "") {
		return verdict{unknown: noPhones}
	}
	call, at, live := recall.Call(*c, plan)
	published, draft := r.Published.Decide(call, at, live), r.Draft.Decide(call, at, live)
	if why := unread(c.Facts, &published, &draft); why != "" {
		return verdict{unknown: why}
	}
	v := verdict{from: placeOf(&published, at), to: placeOf(&draft, at)}
	v.differs = v.from.differs(&v.to)
	v.by = len(v.differs) == 0 && !v.from.sameWay(&v.to)
	v.went, v.comparable = wentElsewhere(c, &v.from)
	return v
}

// Result is what a replay found. Calls is Changed, SamePlace, Unchanged and
// Unknown together.
type Result struct {
	Calls     int `json:"calls" doc:"that were looked at"`
	Changed   int `json:"changed" doc:"that go elsewhere under the draft, or with something else set"`
	SamePlace int `json:"samePlace" doc:"that go to the same place by another rule or another way"`
	Unchanged int `json:"unchanged"`
	Unknown   int `json:"unknown" doc:"that cannot be decided again exactly: see unknowns"`
	// WentElsewhere says how far today's configuration is from what calls met then.
	WentElsewhere int `json:"wentElsewhere" doc:"calls that went elsewhere in fact than the published configuration would send them today"`

	Groups   []Group   `json:"groups" doc:"the calls that change, by from where to where, the largest group first"`
	Others   int       `json:"others,omitempty" doc:"calls that change and are in none of the groups, of which there were too many"`
	Unknowns []Unknown `json:"unknowns,omitempty"`
}

// Group is calls that change alike.
type Group struct {
	Calls    int       `json:"calls"`
	From     Place     `json:"from" doc:"under what is published"`
	To       Place     `json:"to" doc:"under the draft"`
	Differs  []string  `json:"differs" doc:"in what: tenant, verdict, destination, trunk, cause, set.tags …"`
	Examples []Example `json:"examples,omitempty"`
}

// Unknown is calls that cannot be decided again exactly, for one reason.
type Unknown struct {
	Reason   string    `json:"reason"`
	Calls    int       `json:"calls"`
	Examples []Example `json:"examples,omitempty"`
}

// Example is one call of a group.
type Example struct {
	CallUUID routing.CallID `json:"callUuid"`
	At       time.Time      `json:"at" doc:"when it began"`
	Caller   string         `json:"caller"`
	Dialled  string         `json:"dialled"`
}
