package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"switchyard/internal/store"
)

// writer is the one connection that writes, with its statements kept prepared.
// SQLite has one writer at a time anyway; queueing here keeps the order fair
// and the waiting cancellable.
type writer struct {
	turn chan struct{} // holds one token while a transaction runs
	conn *sql.Conn
	stmt map[string]*sql.Stmt
}

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &writer{turn: make(chan struct{}, 1), conn: conn, stmt: map[string]*sql.Stmt{}}, nil
}

func (w *writer) transaction(ctx context.Context, do func(store.Querier) error) error {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-w.turn }()
	if err := ctx.Err(); err != nil {
		return err
	}
	q := unhurried{w}
	if _, err := q.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := do(q); err != nil {
		return errors.Join(err, q.rollback(ctx))
	}
	if _, err := q.ExecContext(ctx, "COMMIT"); err != nil {
		return errors.Join(fmt.Errorf("commit: %w", err), q.rollback(ctx))
	}
	return nil
}

func (w *writer) close() error {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	var errs []error
	for _, s := range w.stmt {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

func (w *writer) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := w.stmt[query]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, orFail(positional(query)))
	if err != nil {
		return nil, err
	}
	w.stmt[query] = s
	return s, nil
}

// unhurried runs the statements of a transaction that has begun to their end,
// whatever becomes of the context: they are local and short, and the driver
// pays a goroutine for every statement that could be interrupted.
type unhurried struct{ w *writer }

func (u unhurried) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = context.WithoutCancel(ctx)
	s, err := u.w.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (u unhurried) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx = context.WithoutCancel(ctx)
	s, err := u.w.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// rollback undoes the transaction; SQLite has already done so after some
// errors, and saying so is no error.
func (u unhurried) rollback(ctx context.Context) error {
	_, err := u.ExecContext(ctx, "ROLLBACK")
	if err != nil && strings.Contains(err.Error(), "no transaction is active") {
		return nil
	}
	return err
}
