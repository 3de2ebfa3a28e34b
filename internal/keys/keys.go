// Package keys is about the keys that open the HTTP endpoint: what they look
// like, what each may do, and what is kept of them.
package keys

import (
	"context"
	"errors"
	"time"

	"switchyard/routing"
)

// Role is what a key may do; a closed set.
type Role string

// The roles. A superadmin's key belongs to no tenant and opens all of them.
const (
	Superadmin Role = "superadmin"
	Admin      Role = "admin"
	Readonly   Role = "readonly"
)

// Key is what is kept of a key: never the key itself.
type Key struct {
	ID         string
	TenantID   routing.TenantID // "" for a superadmin's
	Name       string
	Role       Role
	Hash       string // SHA-256 of the key in hexadecimal; keys are random, so it needs no salt
	Hint       string // the last four characters, to tell keys apart
	CreatedAt  time.Time
	CreatedBy  string
	LastUsedAt time.Time // to the minute; zero: never
	RevokedAt  time.Time // zero: it is valid
}

// ErrUnknown means that there is no such key.
var ErrUnknown = errors.New("there is no such key")

// Store keeps keys. Safe for concurrent use.
type Store interface {
	SaveKey(ctx context.Context, k Key) error
	// KeyByHash gives a key, also one that was revoked; ErrUnknown if there is none.
	KeyByHash(ctx context.Context, hash string) (Key, error)
	// Keys gives a tenant's keys, or the superadmins' for "", the oldest first.
	Keys(ctx context.Context, tenant routing.TenantID) ([]Key, error)
	// ChangeKey stores name, role, hash, hint and revocation of a key that is
	// there; ErrUnknown if it is not, or another tenant's. A key that was
	// revoked stays so.
	ChangeKey(ctx context.Context, k Key) error
	// KeyUsed notes when a key was used last and touches nothing else of it, so
	// that it cannot take back a change made meanwhile.
	KeyUsed(ctx context.Context, id string, at time.Time) error
}
