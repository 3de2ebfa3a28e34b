package config

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"switchyard/routing"
)

// Holder has the configuration calls are routed by. Reading it never waits for
// the store; a tenant's plan is compiled when it is first needed. Changes of one
// tenant are made one at a time, those of several beside each other. Safe for
// concurrent use.
type Holder struct {
	store   Store
	now     func() time.Time
	plans   *routing.Plans
	log     zerolog.Logger
	current atomic.Pointer[running]

	locks      locks      // of the scopes that are being changed
	installing sync.Mutex // held for the moment that something takes its place
	catching   locks      // one load from the store at a time
	snapshots  *snapshots
	stale      atomic.Pointer[time.Time] // when the snapshot was taken that calls go by; nil: the store was reached
}

// DefaultPlanMemory is how much compiled plans may take, about.
const DefaultPlanMemory = 512 << 20

// Options are how a holder keeps what it has.
type Options struct {
	// PlanMemory bounds what compiled plans take, in bytes, about; 0 is
	// DefaultPlanMemory.
	PlanMemory int64
	// Snapshot is a file for the configuration of this moment, to start from
	// when the store is away; "" keeps none. Key (32 bytes) encrypts it.
	Snapshot string
	Key      []byte
	Log      zerolog.Logger
}

// Open loads what was published last, and compiles what the operator owns. An
// empty store gives a directory without tenants: every number is unknown until
// something is published. Without the store it takes the snapshot, if there is
// one: changes are refused then until Follow reaches the store.
func Open(ctx context.Context, store Store, now func() time.Time, options ...Options) (*Holder, error) {
	o := Options{Log: zerolog.Nop()}
	for _, given := range options {
		o = given
	}
	if o.PlanMemory == 0 {
		o.PlanMemory = DefaultPlanMemory
	}
	h := &Holder{store: store, now: now, log: o.Log}
	h.plans = routing.NewPlans(o.PlanMemory, h.foundBroken)
	h.current.Store(&running{routing.NewDirectory(h.plans), &state{}, make(chan struct{})})
	var err error
	if h.snapshots, err = newSnapshots(o.Snapshot, o.Key); err != nil {
		return nil, err
	}
	err = h.load(ctx)
	if err == nil {
		return h, nil
	}
	if ctx.Err() != nil || h.snapshots == nil || errors.As(err, &Problems{}) {
		return nil, err
	}
	if taken, failed := h.fromSnapshot(); failed != nil {
		return nil, errors.Join(err, failed)
	} else {
		h.stale.Store(&taken)
		h.log.Warn().Err(err).Time("taken", taken).Msg("the store is away: calls go by the snapshot of the configuration, and nothing can be changed")
	}
	return h, nil
}

// load takes everything from the store.
func (h *Holder) load(ctx context.Context) error {
	version, err := h.store.ConfigVersion(ctx)
	if err != nil {
		return fmt.Errorf("load the configuration: %w", err)
	}
	objects, revisions, err := h.store.LoadConfig(ctx)
	if err != nil {
		return fmt.Errorf("load the configuration: %w", err)
	}
	return h.reset(newState(version, objects, revisions))
}

// reset has calls routed by a state, whatever was there before.
func (h *Holder) reset(s *state) error {
	h.installing.Lock()
	defer h.installing.Unlock()
	was := h.current.Load()
	directory, err := h.routedBy(was, s, s.scopes, nil)
	if err != nil {
		return err
	}
	directory.Replace(was.directory)
	h.current.Store(&running{directory, s, make(chan struct{})})
	close(was.replaced)
	h.snapshots.changed()
	return nil
}

// foundBroken tells of a tenant that turned out not to compile.
func (h *Holder) foundBroken(b routing.Broken) {
	what := "its calls are refused"
	if b.LastGood {
		what = "its calls go by the configuration before it"
	}
	h.log.Error().Str("tenant", b.Tenant.Name).Str("id", string(b.Tenant.ID)).Int("revision", b.Revision).
		Err(Problems(b.Problems)).Msg("a tenant's published configuration does not pass this version's checks: " + what)
}

// Health is what is not as it should be, and how many plans there are.
type Health struct {
	// Snapshot is when the snapshot was taken that calls go by because the store
	// was not reached yet; zero if it was.
	Snapshot time.Time
	// SnapshotError is why the snapshot on disk is not of this moment.
	SnapshotError error
	Broken        []routing.Broken
	Plans         routing.PlanStats
}

// Health tells how the configuration is kept at this moment.
func (h *Holder) Health() Health {
	out := Health{Broken: h.Directory().Broken(), Plans: h.plans.Stats(), SnapshotError: h.snapshots.failure()}
	if taken := h.stale.Load(); taken != nil {
		out.Snapshot = *taken
	}
	return out
}

// published is all that is published at this moment.
func (h *Holder) published() *state { return h.current.Load().state }

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
	for _, w := range h.Webhooks(tenant) {
		if w.ID == id {
			return w, true
		}
	}
	return routing.Webhook{}, false
}

func newID() string { return uuid.NewString() }
