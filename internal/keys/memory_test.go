package keys_test

import (
	"context"
	"sync"
	"time"

	"switchyard/internal/keys"
	"switchyard/routing"
)

// memory is a store that tells of every use it is asked to note.
type memory struct {
	mu    sync.Mutex
	list  []keys.Key
	err   error
	looks int
	used  chan time.Time
}

func (m *memory) SaveKey(_ context.Context, k keys.Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, k)
	return m.err
}

func (m *memory) KeyByHash(_ context.Context, hash string) (keys.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.looks++
	for _, k := range m.list {
		if k.Hash == hash {
			return k, m.err
		}
	}
	if m.err != nil {
		return keys.Key{}, m.err
	}
	return keys.Key{}, keys.ErrUnknown
}

func (m *memory) Keys(_ context.Context, tenant routing.TenantID) (out []keys.Key, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.list {
		if k.TenantID == tenant {
			out = append(out, k)
		}
	}
	return out, m.err
}

func (m *memory) ChangeKey(_ context.Context, k keys.Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, old := range m.list {
		if old.ID == k.ID && old.TenantID == k.TenantID {
			m.list[i] = k
			return m.err
		}
	}
	return keys.ErrUnknown
}

func (m *memory) KeyUsed(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	for i := range m.list {
		if m.list[i].ID == id {
			m.list[i].LastUsedAt = at
		}
	}
	m.mu.Unlock()
	m.used <- at
	return m.err
}
