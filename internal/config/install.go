package config

import (
	"fmt"

	"switchyard/routing"
)

// running is what calls are routed by, until it is replaced.
type running struct {
	directory *routing.Directory
	state     *state
	replaced  chan struct{}
}

// news is what was published, by this server or another one.
type news struct {
	version int64 // 0: not known
	scopes  map[string]*scopeState
	checked *routing.Directory // with some of it compiled, or nil
}

// install has calls routed by what was published. What is not newer than what
// is there is left out. An error says what of the operator's this version
// refuses; the tenants' part of the news counts all the same.
func (h *Holder) install(n news) error {
	// Plans are compiled before others have to wait.
	was := h.current.Load()
	next, refused := h.updated(was, n)
	if next == nil {
		return refused
	}
	next.directory.Warm(was.directory)
	h.installing.Lock()
	defer h.installing.Unlock()
	now := h.current.Load()
	if now != was {
		n.checked = next.directory
		if next, refused = h.updated(now, n); next == nil {
			return refused
		}
	}
	next.directory.Replace(now.directory)
	h.current.Store(next)
	if next.directory != now.directory {
		close(now.replaced)
		h.snapshots.changed()
	}
	return refused
}

// updated gives what is to be in place of was; nil if nothing is new.
func (h *Holder) updated(was *running, n news) (next *running, refused error) {
	scopes := map[string]*scopeState{}
	for scope, found := range n.scopes {
		if found.revision > was.state.revision(scope) {
			scopes[scope] = found
		}
	}
	if len(scopes) == 0 && n.version <= was.state.version {
		return nil, nil
	}
	if len(scopes) == 0 {
		return &running{was.directory, was.state.with(n.version, nil), was.replaced}, nil
	}
	directory, refused := h.routedBy(was, was.state.with(n.version, scopes), scopes, n.checked)
	if refused != nil {
		delete(scopes, OperatorScope)
		var err error
		if directory, err = h.routedBy(was, was.state.with(n.version, scopes), scopes, n.checked); err != nil {
			return nil, err
		}
	}
	return &running{directory, was.state.with(n.version, scopes), make(chan struct{})}, refused
}

// routedBy gives the directory after a change of scopes.
func (h *Holder) routedBy(was *running, next *state, scopes map[string]*scopeState, checked *routing.Directory) (*routing.Directory, error) {
	u := routing.Update{Tenants: map[routing.TenantID]routing.Stored{}, Checked: checked}
	for scope, found := range scopes {
		if scope != OperatorScope {
			before := &earlier{}
			before.Store(was.blocklistOf(scope))
			u.Tenants[routing.TenantID(scope)] = stored{found, h.now, before}
		}
	}
	if found, changes := scopes[OperatorScope]; changes {
		operator, err := operatorOf(found.objects)
		if err != nil {
			return nil, err
		}
		u.Operator, u.OperatorRevision = &operator, found.revision
		for _, grant := range operator.Tenants {
			if _, known := was.directory.Grant(string(grant.ID)); known {
				continue
			}
			if kept := next.scopes[string(grant.ID)]; kept != nil { // it was granted once before
				u.Tenants[grant.ID] = stored{kept, h.now, nil}
			}
		}
	}
	directory, problems := was.directory.Update(u)
	if directory == nil {
		return nil, fmt.Errorf("what the operator published does not pass this version's checks: %w", Problems(problems))
	}
	return directory, nil
}
