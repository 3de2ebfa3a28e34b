package config

import (
	"context"
	"fmt"
	"time"

	"switchyard/routing"
)

// Then is a moment a call was decided at, as its record tells.
type Then struct {
	Tenant   routing.TenantID
	Revision int // of the tenant
	Operator int // revision of what the operator owns; 0: not known, that of today counts
	// At is when: overrides that had expired do not count. Zero: all do.
	At time.Time
}

// DirectoryAt gives a directory with one tenant alone, by its id, as it was at
// a revision; what the operator owns is as it is now.
func (h *Holder) DirectoryAt(ctx context.Context, tenant routing.TenantID, rev int) (*routing.Directory, error) {
	return h.DirectoryThen(ctx, Then{Tenant: tenant, Revision: rev})
}

// DirectoryThen gives a directory with one tenant alone, as calls were decided by
// it then. ErrNoTenant if the operator granted no such tenant.
func (h *Holder) DirectoryThen(ctx context.Context, then Then) (*routing.Directory, error) {
	grants, err := h.operatorThen(ctx, then)
	if err != nil {
		return nil, err
	}
	objects, err := h.store.ConfigAt(ctx, string(then.Tenant), then.Revision)
	if err != nil {
		return nil, err
	}
	if !then.At.IsZero() {
		objects = withoutExpiredAt(objects, then.At)
	}
	revisions := map[string]int{string(then.Tenant): then.Revision, OperatorScope: then.Operator}
	cfg, err := assemble(append(objects, grants...), revisions)
	if err != nil {
		return nil, err
	}
	directory, problems := routing.Compile(cfg)
	if directory == nil {
		return nil, fmt.Errorf("revision %d does not pass the checks of today: %w", then.Revision, Problems(problems))
	}
	return directory, nil
}

// operatorThen gives what the operator owned then, of the tenants the one alone.
func (h *Holder) operatorThen(ctx context.Context, then Then) ([]Object, error) {
	owned := h.published().of(OperatorScope)
	if then.Operator > 0 {
		var err error
		if owned, err = h.store.ConfigAt(ctx, OperatorScope, then.Operator); err != nil {
			return nil, err
		}
	}
	var objects []Object
	granted := false
	for _, o := range owned {
		isGrant := o.Kind == "tenants"
		granted = granted || isGrant && o.ID == string(then.Tenant)
		if !isGrant || o.ID == string(then.Tenant) {
			objects = append(objects, o)
		}
	}
	if !granted {
		return nil, ErrNoTenant
	}
	return objects, nil
}
