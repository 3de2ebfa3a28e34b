package config

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"switchyard/routing"
)

// Holder has the configuration calls are routed by. Reading it never waits;
// changes are made one at a time. Safe for concurrent use.
type Holder struct {
	store Store
	now   func() time.Time

	current   atomic.Pointer[running]
	published atomic.Pointer[published]

	change    sync.Mutex // held while a change is checked and published
	objects   []Object
	revisions map[string]int
	version   int64 // of the store when it was loaded, or an earlier one
}

// Open loads and compiles what was published last. An empty store gives a
// directory without tenants: every number is unknown until something is
// published.
func Open(ctx context.Context, store Store, now func() time.Time) (*Holder, error) {
	h := &Holder{store: store, now: now}
	if err := h.load(ctx); err != nil {
		return nil, err
	}
	return h, nil
}

func (h *Holder) load(ctx context.Context) error {
	version, err := h.store.ConfigVersion(ctx)
	if err != nil {
		return fmt.Errorf("load the configuration: %w", err)
	}
	objects, revisions, err := h.store.LoadConfig(ctx)
	if err != nil {
		return fmt.Errorf("load the configuration: %w", err)
	}
	cfg, err := assemble(h.withoutExpired(objects), revisions)
	if err != nil {
		return err
	}
	directory, problems := routing.Compile(cfg)
	if directory == nil {
		return fmt.Errorf("the published configuration does not pass this version's checks: %w", Problems(problems))
	}
	h.objects, h.revisions, h.version = objects, revisions, version
	h.published.Store(byScope(objects))
	if was := h.current.Swap(&running{directory, make(chan struct{})}); was != nil {
		close(was.replaced)
	}
	return nil
}

// running is a directory that calls are routed by, until it is replaced.
type running struct {
	directory *routing.Directory
	replaced  chan struct{}
}

// Directory gives the configuration of this moment; it never changes.
func (h *Holder) Directory() *routing.Directory { return h.current.Load().directory }

// Watch gives the configuration of this moment and a channel that is closed when
// there is another one, whoever published it.
func (h *Holder) Watch() (*routing.Directory, <-chan struct{}) {
	now := h.current.Load()
	return now.directory, now.replaced
}

// Endpoint gives an enabled webhook by tenant and id.
func (h *Holder) Endpoint(tenant routing.TenantID, id string) (routing.Webhook, bool) {
	plan, ok := h.Directory().Plan(string(tenant))
	if !ok {
		return routing.Webhook{}, false
	}
	for _, w := range plan.Webhooks() {
		if w.ID == id {
			return w, true
		}
	}
	return routing.Webhook{}, false
}

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
}

// Applied is what a change did, or would do.
type Applied struct {
	Changes   []Difference      `json:"changes"`
	Revisions map[string]int    `json:"revisions"` // new revision by tenant name or "operator"
	Warnings  []routing.Problem `json:"warnings,omitempty"`
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
	return fmt.Sprintf("%s (and %d more)", p[0], len(p)-1)
}

// publishWithin bounds storing and loading a change.
const publishWithin = time.Minute

// ErrNotLoaded means that a change was stored and this server does not use it
// yet; the next change or a restart loads it.
var ErrNotLoaded = errors.New("the change was stored, but could not be loaded here")

// Apply checks the files together with everything they do not name and
// publishes the result whole, or refuses it whole with Problems and leaves the
// running configuration untouched.
func (h *Holder) Apply(ctx context.Context, r Request) (Applied, error) {
	h.change.Lock()
	defer h.change.Unlock()
	if err := ctx.Err(); err != nil {
		return Applied{}, err
	}
	out, err := h.apply(ctx, r)
	if !errors.Is(err, ErrStale) || r.Base != nil {
		return out, err
	}
	// Another server published, and the caller named no base: against what
	// there is now.
	if err := h.load(ctx); err != nil {
		return Applied{}, err
	}
	return h.apply(ctx, r)
}

// apply is Apply with change held.
func (h *Holder) apply(ctx context.Context, r Request) (Applied, error) {
	parsed, problems := routing.ParseFiles(r.Files)
	publications, more, err := h.publications(parsed, r)
	if err != nil {
		return Applied{}, err
	}
	return h.settle(ctx, proposal{publications: publications, parsed: parsed, problems: append(problems, more...), dryRun: r.DryRun})
}

// proposal is a change that was not checked yet.
type proposal struct {
	publications []Publication
	parsed       routing.Config    // for positions; zero where there were no files
	problems     []routing.Problem // that are known already
	dryRun       bool
}

// settle checks a proposal as a whole and publishes it, or refuses it with
// Problems; every change goes through it, with change held.
func (h *Holder) settle(ctx context.Context, p proposal) (Applied, error) {
	directory, problems, err := h.proposed(p)
	if err != nil {
		return Applied{}, err
	}
	if directory == nil || routing.Refused(problems) {
		return Applied{}, Problems(problems)
	}
	return h.publish(ctx, p.publications, directory, problems, p.dryRun)
}

// proposed gives the directory there would be, nil if it does not compile, and
// every problem.
func (h *Holder) proposed(p proposal) (*routing.Directory, []routing.Problem, error) {
	merged, err := h.merge(p.publications, p.parsed)
	if err != nil {
		return nil, nil, err
	}
	merged.Now = h.now()
	directory, found := routing.Compile(merged)
	problems := append(p.problems, found...)
	routing.SortProblems(problems)
	return directory, problems, nil
}

// publish stores what was checked, if it changes anything, and routes by it,
// with change held.
func (h *Holder) publish(ctx context.Context, publications []Publication, directory *routing.Directory, warnings []routing.Problem, dryRun bool) (Applied, error) {
	out := Applied{Changes: h.differences(publications), Revisions: map[string]int{}, Warnings: warnings, DryRun: dryRun}
	if dryRun || len(out.Changes) == 0 {
		for _, p := range publications {
			out.Revisions[h.scopeName(directory, p.Scope)] = h.revisions[p.Scope]
		}
		return out, nil
	}
	// What was committed is loaded, whoever has gone meanwhile: a directory
	// behind its store could take no change any more.
	publishing, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishWithin)
	defer cancel()
	revisions, err := h.store.PublishConfig(publishing, publications)
	if err != nil {
		return Applied{}, err
	}
	if err := h.load(publishing); err != nil {
		return Applied{}, fmt.Errorf("%w: %w", ErrNotLoaded, err)
	}
	for scope, rev := range revisions {
		out.Revisions[h.scopeName(h.Directory(), scope)] = rev
	}
	return out, nil
}

func (h *Holder) scopeName(d *routing.Directory, scope string) string {
	if plan, ok := d.Plan(scope); ok {
		return plan.Tenant().Name
	}
	return scope
}

func newID() string { return uuid.NewString() }
