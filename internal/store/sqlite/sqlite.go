// Package sqlite opens a store kept in one SQLite file, for one server.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"switchyard/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// maxReaders bounds the connections that read beside the one that writes.
const maxReaders = 4

// Open opens the file at path, which is made with its folder if it is not
// there, and brings its tables up to date. A second server on the same file is
// refused with ErrInUse.
func Open(ctx context.Context, path string, opts ...store.Option) (*store.Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the database's folder: %w", err)
	}
	held, err := lockFile(path)
	if err != nil {
		return nil, err
	}
	b := &backend{lock: held}
	s, err := open(ctx, b, path, opts)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return s, nil
}

// writerCache is 16 MB, taken as far as it is needed (a page takes twice its size
// of memory here): a section of 100,000 objects that changes goes through five
// indexes, and in the usual 2 MB nearly every row of it writes and reads pages
// again. With 64 MB that is hardly quicker, and every server takes it in time.
const writerCache = "cache_size(-16384)"

func open(ctx context.Context, b *backend, path string, opts []store.Option) (*store.Store, error) {
	var err error
	if b.writing, err = connect(path, "synchronous(FULL)", writerCache); err != nil {
		return nil, err
	}
	b.writing.SetMaxOpenConns(1)
	if err := migrate(ctx, b.writing); err != nil {
		return nil, fmt.Errorf("bring the tables of %s up to date: %w", path, err)
	}
	if b.writer, err = newWriter(ctx, b.writing); err != nil {
		return nil, fmt.Errorf("open %s for writing: %w", path, err)
	}
	if b.reading, err = connect(path, "query_only(1)"); err != nil {
		return nil, err
	}
	b.reading.SetMaxOpenConns(maxReaders)
	b.reading.SetMaxIdleConns(maxReaders)
	return store.New(ctx, b, opts...)
}

func connect(path string, pragmas ...string) (*sql.DB, error) {
	// temp_store(2), memory: a statement of several rows keeps what it would
	// undo, which otherwise goes to a temporary file, a page at a time. A longer
	// log (16 MB) writes a page that changes often back less often.
	q := url.Values{"_pragma": append([]string{"busy_timeout(5000)", "journal_mode(WAL)", "temp_store(2)", "wal_autocheckpoint(4000)"}, pragmas...)}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	m, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	_, err = m.Up(ctx)
	return err
}

// backend is one SQLite file for package store.
type backend struct {
	lock    *os.File
	writing *sql.DB
	writer  *writer
	reading *sql.DB
}

func (b *backend) Write(ctx context.Context, do func(store.Querier) error) error {
	return b.writer.transaction(ctx, do)
}

func (b *backend) Snapshot(ctx context.Context, do func(store.Querier) error) error {
	tx, err := b.reading.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	return do(tx)
}

func (b *backend) Read() store.Querier { return b.reading }
func (b *backend) ClaimSQL() string    { return claimSQL }

// LockRows is nothing: there is one writer.
func (b *backend) LockRows() string { return "" }

func (b *backend) Ping(ctx context.Context) error { return b.reading.PingContext(ctx) }

// Close ends in the order of opening turned round; the lock is given back last.
func (b *backend) Close() error {
	var errs []error
	if b.reading != nil {
		errs = append(errs, b.reading.Close())
	}
	if b.writer != nil {
		errs = append(errs, b.writer.close())
	}
	if b.writing != nil {
		errs = append(errs, b.writing.Close())
	}
	errs = append(errs, b.lock.Close())
	return errors.Join(errs...)
}

// Settled is nothing: one writer stores one transaction after the other.
func (b *backend) Settled() string { return "" }

// NextXID is nothing: see Settled.
func (b *backend) NextXID() string { return "" }
