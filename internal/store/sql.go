package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
	"time"
)

// queryRow reads the one row of a query into dest; sql.ErrNoRows if there is none.
func queryRow(ctx context.Context, q Querier, query string, args []any, dest ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	return rows.Close()
}

// eachRow calls scan for every row of a query.
func eachRow(ctx context.Context, q Querier, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// maxRows is the most rows one statement takes.
const maxRows = 64

// chunks cuts rows into pieces whose sizes are powers of two, so that a
// handful of statements, which the database keeps prepared, serve any number.
func chunks[T any](rows []T, do func([]T) error) error {
	for len(rows) > 0 {
		n := maxRows
		for n > len(rows) {
			n /= 2
		}
		if err := do(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// padded repeats the last argument up to a power of two, for lists in which
// doubles do not matter and that have to go in one statement.
func padded(args []any) []any {
	n := 1
	for n < len(args) {
		n *= 2
	}
	for len(args) < n {
		args = append(args, args[len(args)-1])
	}
	return args
}

// statement is SQL with a list of rows in its middle, built once for each
// number of rows. row is one row, "(?, ?)", its parameters written as ?.
type statement struct {
	before, row, after string

	mu    sync.Mutex
	built map[int]string
}

func (s *statement) sql(rows int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q, ok := s.built[rows]; ok {
		return q
	}
	if s.built == nil {
		s.built = map[int]string{}
	}
	q := s.before + placeholders(s.row, rows) + s.after
	s.built[rows] = q
	return q
}

// placeholders repeats row, numbering its parameters $1, $2 … throughout.
func placeholders(row string, rows int) string {
	var b strings.Builder
	n := 0
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		for part, rest, found := strings.Cut(row, "?"); ; part, rest, found = strings.Cut(rest, "?") {
			b.WriteString(part)
			if !found {
				break
			}
			n++
			b.WriteString("$" + strconv.Itoa(n))
		}
	}
	return b.String()
}

// micros is a time as it is stored: NULL for the zero time.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// timeColumn reads what micros wrote.
type timeColumn struct{ to *time.Time }

// Scan is for database/sql.
func (c timeColumn) Scan(src any) error {
	var n sql.NullInt64
	if err := n.Scan(src); err != nil {
		return err
	}
	*c.to = time.Time{}
	if n.Valid {
		*c.to = time.UnixMicro(n.Int64).UTC()
	}
	return nil
}

// durationColumn reads a duration kept in microseconds.
type durationColumn struct{ to *time.Duration }

// Scan is for database/sql.
func (c durationColumn) Scan(src any) error {
	var n sql.NullInt64
	if err := n.Scan(src); err != nil {
		return err
	}
	*c.to = time.Duration(n.Int64) * time.Microsecond
	return nil
}
