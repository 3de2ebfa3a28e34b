// Package config keeps the configuration that calls are routed by: it loads
// the published revision, checks and publishes changes, and hands the compiled
// directory to the calls.
package config

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// OperatorScope is the scope of the operator's own objects; every other scope
// is a tenant's id.
const OperatorScope = "operator"

// ErrStale means that somebody else published in between: the base revision is
// not the current one and nothing was changed.
var ErrStale = errors.New("the configuration was changed by somebody else meanwhile")

// Object is one configured thing: an extension, a rule, a tenant's grant.
// Secrets are part of Body and are encrypted at rest by the store.
type Object struct {
	Scope string // OperatorScope or a tenant's id
	Kind  string // "extensions", "rules" …: the key of the section it is in
	ID    string // UUID, stable over revisions
	Name  string // what people call it; unique within scope and kind
	Place int    // position within its section; order means something for rules
	Body  json.RawMessage
}

// Publication replaces all objects of the given kinds in one scope. A kind
// that is not named stays as it is.
type Publication struct {
	Scope   string
	Base    int // revision the change was made against
	Author  string
	Comment string
	At      time.Time
	Changes int // objects that it adds, changes and removes, for the history
	Kinds   []string
	Objects []Object
	// Edit is what Kinds and Objects change against Base; nil: the store finds
	// out.
	Edit *Edit
	// Operator is the revision of the operator's scope that a tenant's
	// publication was checked with, Version the version of the store that the
	// operator's own is to make: the one after that it was checked with. If it
	// is another one meanwhile, ErrStale. 0: any.
	Operator int
	Version  int64
}

// Changes are what was published since a version.
type Changes struct {
	Version int64
	Scopes  []ScopeChange
}

// ScopeChange is what was published of one scope since a revision.
type ScopeChange struct {
	Scope    string
	Revision int
	Edit
}

// Store keeps configuration by revision. Publish is atomic over all the
// publications given, refuses with ErrStale when any Base is not the current
// revision of its scope or when another tenant has the id of a webhook, writes a row only for an object that really changed
// (rev_from, rev_to), and gives the new revision of each scope. Safe for
// concurrent use.
type Store interface {
	// LoadConfig gives the objects of the current revision of every scope, in
	// order of Kind and Place, and the current revision by scope (0: none yet).
	LoadConfig(ctx context.Context) ([]Object, map[string]int, error)
	PublishConfig(ctx context.Context, changes []Publication) (map[string]int, error)
	// ConfigVersion grows with every publication, in order of their commits, and
	// costs next to nothing to ask for.
	ConfigVersion(ctx context.Context) (int64, error)
	// ConfigSince gives what was published after a version, by scope, against
	// the revisions that the caller has.
	ConfigSince(ctx context.Context, version int64, have map[string]int) (Changes, error)
	// ConfigAt gives the objects of a scope as they were at a revision, in order
	// of Kind and Place.
	ConfigAt(ctx context.Context, scope string, rev int) ([]Object, error)
	// Revisions gives the revisions of a scope, the newest first: those before
	// one, or all for 0, limit of them at most.
	Revisions(ctx context.Context, scope string, before, limit int) ([]Revision, error)
	DraftStore
}

// Revision is one accepted change of a scope.
type Revision struct {
	Rev     int       `json:"revision"`
	At      time.Time `json:"at"`
	Author  string    `json:"author"`
	Comment string    `json:"comment"`
	// Changes is how many objects it added, changed or removed; nil for one that
	// was published before that was counted.
	Changes *int `json:"changes"`
}
