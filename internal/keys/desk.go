package keys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"switchyard/routing"
)

// Desk gives keys out and takes them back. Safe for concurrent use.
type Desk struct {
	store  Store
	random io.Reader
	now    func() time.Time
	change sync.Mutex // a key is read, changed and stored by one at a time
}

// NewDesk makes a desk; random is where keys come from (crypto/rand.Reader).
func NewDesk(store Store, random io.Reader, now func() time.Time) *Desk {
	return &Desk{store: store, random: random, now: now}
}

// Create makes a key of a tenant ("" for a superadmin's) and gives it together
// with the key itself, which is never seen again.
func (d *Desk) Create(ctx context.Context, tenant routing.TenantID, name string, role Role, by string) (Key, string, error) {
	secret, err := New(d.random)
	if err != nil {
		return Key{}, "", fmt.Errorf("make a key: %w", err)
	}
	id, err := uuid.NewRandomFromReader(d.random)
	if err != nil {
		return Key{}, "", fmt.Errorf("make a key's id: %w", err)
	}
	k := Key{
		ID: id.String(), TenantID: tenant, Name: name, Role: role, Hash: Hash(secret), Hint: hint(secret),
		CreatedAt: d.now().UTC().Truncate(time.Microsecond), CreatedBy: by,
	}
	if err := d.store.SaveKey(ctx, k); err != nil {
		return Key{}, "", fmt.Errorf("store a key: %w", err)
	}
	return k, secret, nil
}

// List gives a tenant's keys, or the superadmins' for "", the oldest first.
func (d *Desk) List(ctx context.Context, tenant routing.TenantID) ([]Key, error) {
	list, err := d.store.Keys(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return list, nil
}

// Key gives one of a tenant's keys; ErrUnknown if it is not there or not the
// tenant's.
func (d *Desk) Key(ctx context.Context, tenant routing.TenantID, id string) (Key, error) {
	list, err := d.List(ctx, tenant)
	if err != nil {
		return Key{}, err
	}
	i := slices.IndexFunc(list, func(k Key) bool { return k.ID == id })
	if i < 0 {
		return Key{}, ErrUnknown
	}
	return list[i], nil
}

// Change changes one of a tenant's keys by f, which may refuse.
func (d *Desk) Change(ctx context.Context, tenant routing.TenantID, id string, f func(*Key) error) (Key, error) {
	d.change.Lock()
	defer d.change.Unlock()
	k, err := d.Key(ctx, tenant, id)
	if err != nil {
		return Key{}, err
	}
	if err := f(&k); err != nil {
		return Key{}, err
	}
	if err := d.store.ChangeKey(ctx, k); err != nil {
		return Key{}, fmt.Errorf("change a key: %w", err)
	}
	return k, nil
}

// Revoke closes a key for good; revoking it again changes nothing.
func (d *Desk) Revoke(ctx context.Context, tenant routing.TenantID, id string) error {
	_, err := d.Change(ctx, tenant, id, func(k *Key) error {
		if k.RevokedAt.IsZero() {
			k.RevokedAt = d.now().UTC().Truncate(time.Microsecond)
		}
		return nil
	})
	return err
}

// ErrRevoked means that a key was revoked, which cannot be taken back.
var ErrRevoked = errors.New("the key was revoked; create a new one")

// Regenerate gives a key a new secret; the old one opens nothing from then on.
func (d *Desk) Regenerate(ctx context.Context, tenant routing.TenantID, id string) (Key, string, error) {
	secret, err := New(d.random)
	if err != nil {
		return Key{}, "", fmt.Errorf("make a key: %w", err)
	}
	k, err := d.Change(ctx, tenant, id, func(k *Key) error {
		if !k.RevokedAt.IsZero() {
			return ErrRevoked
		}
		k.Hash, k.Hint = Hash(secret), hint(secret)
		return nil
	})
	return k, secret, err
}
