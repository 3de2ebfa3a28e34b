package pgtest

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// Template is a database that is filled once a test binary; every test gets a
// copy of its own. Copying one with all its tables takes a tenth of the time that
// making these takes. Safe for concurrent use.
type Template struct {
	fill func(ctx context.Context, url string) error

	once sync.Once
	name string
	err  error
}

// NewTemplate gives a Template that fill fills. When fill returns, it must have
// closed its connections.
func NewTemplate(fill func(ctx context.Context, url string) error) *Template {
	return &Template{fill: fill}
}

// Start gives the address of a fresh copy, which is dropped when the test is
// over. The first call makes the original, to which nobody can connect then: no
// test changes what another one begins with.
func (m *Template) Start(t testing.TB) string {
	t.Helper()
	s, n := running(t)
	m.once.Do(func() {
		m.name = fmt.Sprintf("template_%d", n)
		m.err = m.make(t.Context(), s)
	})
	if m.err != nil {
		t.Fatalf("pgtest: fill the template: %v", m.err)
	}
	return s.database(t, fmt.Sprintf("test_%d", n), " TEMPLATE "+m.name)
}

func (m *Template) make(ctx context.Context, s *server) error {
	if err := s.exec("CREATE DATABASE " + m.name); err != nil {
		return err
	}
	if err := m.fill(ctx, s.url(m.name)); err != nil {
		return err
	}
	return s.exec("ALTER DATABASE " + m.name + " ALLOW_CONNECTIONS false")
}
