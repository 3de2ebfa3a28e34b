package config

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"switchyard/routing"
)

// Request asks for a change by configuration files.
type Request struct {
	Files   []routing.File
	Author  string
	Comment string
	// DryRun checks and compares, and changes nothing.
	DryRun bool
	// Base, if not nil, is the revision by scope name the change was made
	// against; another current revision is refused with ErrStale.
	Base map[string]int
	// NeedsBase refuses files of which neither Base nor they themselves say what
	// they were made from.
	NeedsBase bool
	// SkipTests publishes whatever the tests of the configuration say.
	SkipTests bool
	// Tenant, if not "", is the tenant that asks, by its id: it may change nothing
	// of others, and is told nothing of them.
	Tenant routing.TenantID
}

// Applied is what a change did, or would do.
type Applied struct {
	Changes   []Difference      `json:"changes"`
	Revisions map[string]int    `json:"revisions"` // new revision by tenant name or "operator"
	Warnings  []routing.Problem `json:"warnings,omitempty"`
	Tests     int               `json:"tests,omitempty"` // that were run
	DryRun    bool              `json:"dryRun,omitempty"`
}

// Problems are why a change was refused, as an error.
type Problems []routing.Problem

func (p Problems) Error() string {
	switch len(p) {
	case 0:
		return "no problem"
	case 1:
		return p[0].String()
	}
	first, more := 0, -1
	for i, problem := range p {
		if problem.Warning {
			continue
		}
		if more++; more == 0 {
			first = i
		}
	}
	if more <= 0 { // the others are warnings, and no reason
		return p[first].String()
	}
	return fmt.Sprintf("%s (and %d more)", p[first], more)
}

// publishWithin bounds storing and loading a change.
const publishWithin = time.Minute

var (
	// ErrNotLoaded means that a change was stored and this server does not use
	// it yet; the next change or a restart loads it.
	ErrNotLoaded = errors.New("the change was stored, but could not be loaded here")
	// ErrAway means that nothing can be changed, since the server started
	// without the store and has not reached it yet.
	ErrAway = errors.New("the store is away: the configuration cannot be changed now")
)

// Apply checks the files together with everything they do not name and
// publishes the result whole, or refuses it whole with Problems and leaves the
// running configuration untouched.
func (h *Holder) Apply(ctx context.Context, r Request) (Applied, error) {
	parsed, problems := routing.ParseFiles(r.Files)
	release, err := h.locks.take(ctx, h.named(parsed)...)
	if err != nil {
		return Applied{}, err
	}
	defer release()
	return h.again(ctx, func() (Applied, error) { return h.apply(ctx, r, parsed, problems) })
}

// again makes a change once more if another server published meanwhile: against
// what there is now, if that is what the change was made from.
func (h *Holder) again(ctx context.Context, change func() (Applied, error)) (Applied, error) {
	out, err := change()
	var told *StaleError
	if !errors.Is(err, ErrStale) || errors.As(err, &told) {
		return out, err
	}
	if _, err := h.catchUp(ctx); err != nil {
		return Applied{}, err
	}
	return change()
}

// named are the scopes that files are about, as far as they are known.
func (h *Holder) named(parsed routing.Config) []string {
	var scopes []string
	if slices.ContainsFunc(operatorSections(&parsed.Operator, func(string, string) string { return "" }), func(s section) bool { return s.present }) {
		scopes = append(scopes, OperatorScope)
	}
	for _, t := range parsed.Tenants {
		if grant, ok := h.Directory().Grant(t.Tenant); ok {
			scopes = append(scopes, string(grant.ID))
		}
	}
	return scopes
}

// apply is Apply with the locks held.
func (h *Holder) apply(ctx context.Context, r Request, parsed routing.Config, problems []routing.Problem) (Applied, error) {
	p, err := h.proposalFrom(ctx, r, parsed, problems)
	if err != nil {
		return Applied{}, err
	}
	return h.settle(ctx, p)
}

// Proposed checks a change like Apply does, and gives the directory there would
// be, nil if the change would be refused, and every problem. Nothing is
// published.
func (h *Holder) Proposed(ctx context.Context, r Request) (*routing.Directory, []routing.Problem, error) {
	p, err := h.proposalOf(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	checked, err := h.proposed(ctx, p)
	return checked.directory, checked.problems, err
}
