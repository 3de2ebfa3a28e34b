package store

import (
	"context"
	"database/sql"

	"switchyard/routing"
)

// texts are what rows beside the call's own hold. read gives two keys and the
// text of each row of the call $1; write puts the text $1 in the row of the
// keys $2 and $3.
type texts struct {
	read, write string
	bytes       bool // the column holds bytes
}

var (
	legNumbers = texts{
		read:  `SELECT call_id, leg_id, number FROM call_legs WHERE call_id = $1`,
		write: `UPDATE call_legs SET number = $1 WHERE call_id = $2 AND leg_id = $3`,
	}
	eventBodies = texts{
		read:  `SELECT call_id, id, body FROM events WHERE call_id = $1`,
		write: `UPDATE events SET body = $1 WHERE call_id = $2 AND id = $3`,
		bytes: true,
	}
	// What an endpoint answered may repeat what it was sent.
	attemptResponses = texts{
		read: `SELECT a.delivery_id, a.n, a.response FROM attempts a
			JOIN deliveries d ON d.id = a.delivery_id WHERE d.call_id = $1`,
		write: `UPDATE attempts SET response = $1 WHERE delivery_id = $2 AND n = $3`,
		bytes: true,
	}
)

// rewrite puts each text of a call through clean and tells whether any changed.
func (t texts) rewrite(ctx context.Context, q Querier, call routing.CallID, clean func(string) string) (bool, error) {
	var changes [][]any
	err := eachRow(ctx, q, t.read, []any{string(call)}, func(r *sql.Rows) error {
		var key1, key2 any
		var text string
		if err := r.Scan(&key1, &key2, &text); err != nil {
			return err
		}
		cleaned := clean(text)
		switch {
		case cleaned == text:
		case t.bytes:
			changes = append(changes, []any{[]byte(cleaned), key1, key2})
		default:
			changes = append(changes, []any{cleaned, key1, key2})
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	for _, args := range changes {
		if _, err := q.ExecContext(ctx, t.write, args...); err != nil {
			return false, err
		}
	}
	return len(changes) > 0, nil
}
