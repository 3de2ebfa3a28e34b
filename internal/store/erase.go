package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"switchyard/internal/record"
	"switchyard/routing"
)

// maxSpellings bounds the ways of writing one number that are looked for.
const maxSpellings = 16

// Erase writes "erased" over a number, given in E.164 or as it was received,
// wherever a tenant's records have it, in any spelling that a record gives for
// it, and takes away the name that came with it. It goes through the tenant's
// calls in short transactions; one that failed is taken up by erasing again.
// A call that is not over is written again by its session, so erase such a
// number once more when the call is over.
func (s *Store) Erase(ctx context.Context, tenant routing.TenantID, number string) (int, error) {
	number = strings.TrimSpace(number)
	if number == "" {
		return 0, errors.New("erase a number: there is none given")
	}
	if number == erased {
		return 0, nil
	}
	n, err := s.spellings(ctx, tenant, number)
	if err != nil {
		return 0, fmt.Errorf("look for spellings of the number: %w", err)
	}
	total := 0
	var after record.Cursor
	for {
		ids, last, err := s.callsWith(ctx, tenant, n, after)
		if err != nil {
			return total, fmt.Errorf("look for calls with the number: %w", err)
		}
		if len(ids) == 0 {
			return total, nil
		}
		changed, err := s.eraseIn(ctx, ids, n)
		if err != nil {
			return total, fmt.Errorf("erase a number in %d calls: %w", len(ids), err)
		}
		total += changed
		after = last
	}
}

// spellings finds how the calls write a number: as it was received beside how
// it was read. What does not end in the same digits is another number.
func (s *Store) spellings(ctx context.Context, tenant routing.TenantID, number string) (spellings, error) {
	n := spellings{number}
	add := func(other string) {
		if len(n) < maxSpellings && !slices.Contains(n, other) && alike(number, other) {
			n = append(n, other)
		}
	}
	for i := 0; i < len(n); i++ {
		add(strings.TrimPrefix(n[i], "+"))
		err := eachRow(ctx, s.backend.Read(), `
			SELECT caller_number, caller_raw FROM calls WHERE tenant_id = $1 AND (caller_number = $2 OR caller_raw = $2)
			UNION SELECT dialled, dialled_raw FROM calls WHERE tenant_id = $1 AND (dialled = $2 OR dialled_raw = $2)`,
			[]any{string(tenant), n[i]}, func(r *sql.Rows) error {
				var read, raw string
				err := r.Scan(&read, &raw)
				add(read)
				add(raw)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return n, nil
}

// callsWith gives the next calls in which a spelling occurs anywhere, some of
// them perhaps as a part of something else, and where to go on.
func (s *Store) callsWith(ctx context.Context, tenant routing.TenantID, n spellings, after record.Cursor) ([]routing.CallID, record.Cursor, error) {
	from := int64(-1 << 62)
	if !after.StartedAt.IsZero() {
		from = after.StartedAt.UnixMicro()
	}
	args := []any{string(tenant), from, string(after.ID)}
	var has []string
	for _, spelling := range n {
		args = append(args, containing(spelling))
		p := `LIKE $` + strconv.Itoa(len(args)) + ` ESCAPE '\'`
		has = append(has, `c.`+strings.Join(erasableColumns, ` || ' ' || c.`)+` `+p+
			` OR EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.number `+p+`)`)
	}
	var ids []routing.CallID
	err := eachRow(ctx, s.backend.Read(), `SELECT c.id, c.started_at FROM calls c
		WHERE c.tenant_id = $1 AND (c.started_at, c.id) > ($2, $3) AND (`+strings.Join(has, ` OR `)+`)
		ORDER BY c.started_at, c.id LIMIT `+strconv.Itoa(maxRows), args,
		func(r *sql.Rows) error {
			err := r.Scan(&after.ID, timeColumn{&after.StartedAt})
			ids = append(ids, after.ID)
			return err
		})
	return ids, after, err
}

// eraseIn tells in how many of the calls something changed.
func (s *Store) eraseIn(ctx context.Context, ids []routing.CallID, n spellings) (int, error) {
	slices.Sort(ids)
	changed := 0
	err := s.backend.Write(ctx, func(q Querier) error {
		changed = 0
		return chunks(ids, func(some []routing.CallID) error {
			if err := s.lockCalls(ctx, q, some); err != nil {
				return err
			}
			for _, id := range some {
				did, err := eraseInCall(ctx, q, id, n)
				if err != nil {
					return fmt.Errorf("call %s: %w", id, err)
				}
				if did {
					changed++
				}
			}
			return nil
		})
	})
	return changed, err
}

func eraseInCall(ctx context.Context, q Querier, id routing.CallID, n spellings) (bool, error) {
	var c erasable
	if err := queryRow(ctx, q, selectErasable, []any{string(id)}, c.fields()...); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return false, nil // purged just now
		}
		return false, err
	}
	was := c
	name := c.erase(n, string(id))
	if c != was {
		args := []any{string(id)}
		for _, f := range c.fields() {
			args = append(args, *f.(*string))
		}
		if _, err := q.ExecContext(ctx, updateErasable, args...); err != nil {
			return false, err
		}
	}
	legs, err := legNumbers.rewrite(ctx, q, id, n.blotted)
	if err != nil {
		return false, err
	}
	bodies, err := eventBodies.rewrite(ctx, q, id, func(body string) string { return n.cleanJSON(body, name, string(id)) })
	if err != nil {
		return false, err
	}
	responses, err := attemptResponses.rewrite(ctx, q, id, n.blotted)
	return c != was || legs || bodies || responses, err
}

// erasable is what a record has that may hold a number.
type erasable struct {
	callerNumber, callerName, callerRaw  string
	dialled, dialledRaw, inboundDID      string
	destination, originalDest, forwarded string
	steps, facts, tags                   string
}

var erasableColumns = strings.Fields(`caller_number caller_name caller_raw dialled dialled_raw inbound_did
	destination original_dest forwarded_to steps facts tags`)

var (
	selectErasable = `SELECT ` + strings.Join(erasableColumns, ", ") + ` FROM calls WHERE id = $1`
	updateErasable = `UPDATE calls SET ` + setNumbered(erasableColumns, 2) + ` WHERE id = $1`
)

func setNumbered(columns []string, from int) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = $" + strconv.Itoa(from+i)
	}
	return strings.Join(set, ", ")
}

func (c *erasable) fields() []any {
	return []any{
		&c.callerNumber, &c.callerName, &c.callerRaw, &c.dialled, &c.dialledRaw, &c.inboundDID,
		&c.destination, &c.originalDest, &c.forwarded, &c.steps, &c.facts, &c.tags,
	}
}

// erase gives the name that came with the number, if it was the caller's.
func (c *erasable) erase(n spellings, id string) (name string) {
	if n.in(c.callerNumber) || n.in(c.callerRaw) {
		name = c.callerName
		c.callerName = ""
		blot(&c.callerNumber, &c.callerRaw)
	}
	if n.in(c.dialled) || n.in(c.dialledRaw) {
		blot(&c.dialled, &c.dialledRaw)
	}
	for _, f := range []*string{&c.callerName, &c.inboundDID, &c.destination, &c.originalDest, &c.forwarded} {
		*f = n.blotted(*f)
	}
	for _, f := range []*string{&c.steps, &c.facts, &c.tags} {
		if *f != "" {
			*f = n.cleanJSON(*f, name, id)
		}
	}
	return name
}

func blot(fields ...*string) {
	for _, f := range fields {
		if *f != "" {
			*f = erased
		}
	}
}

func (n spellings) blotted(text string) string {
	if n.in(text) {
		return erased
	}
	return text
}
