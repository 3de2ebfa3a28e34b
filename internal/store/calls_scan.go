package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"switchyard/internal/record"
	"switchyard/routing"
)

// decidedColumns and decidedFields are the columns a call is decided again by,
// and those that say where it went, in one order. They are a third of a row's
// bytes, and without what its steps rang.
var decidedColumns = strings.Fields(`
	id tenant_id switch sip_call_id direction source
	caller_number caller_name caller_raw dialled dialled_raw
	destination destination_route revision rule started_at status steps facts`)

func decidedFields(c *record.Call, steps *[]decidedStep) []any {
	return []any{
		&c.ID, &c.TenantID, &c.Switch, &c.SIPCallID, &c.Direction, &c.Source,
		&c.CallerNumber, &c.CallerName, &c.CallerRaw, &c.Dialled, &c.DialledRaw,
		&c.Destination, &c.DestinationRoute, &c.Revision, &c.Rule, timeColumn{&c.StartedAt}, &c.Status,
		jsonColumn{steps}, jsonColumn{&c.Facts},
	}
}

var selectDecided = `SELECT ` + strings.Join(decidedColumns, ", ") + ` FROM calls`

// decidedStep is what of a step tells where a call went.
type decidedStep struct {
	Destination routing.Destination `json:"destination"`
}

// DecidedCalls gives the records that fit the filter, the newest first, with no
// more in them than deciding them once more needs and where they went: of a step
// its number and its destination alone. A reader of many goes from page to page,
// by After and Limit: it holds nothing between two of them that others wait for.
func (s *Store) DecidedCalls(ctx context.Context, f record.Filter) ([]record.Call, error) {
	query, args := callsQuery(selectDecided, f)
	var calls []record.Call
	err := eachRow(ctx, s.backend.Read(), query, args, func(r *sql.Rows) error {
		var c record.Call
		var steps []decidedStep
		if err := r.Scan(decidedFields(&c, &steps)...); err != nil {
			return err
		}
		for i, step := range steps {
			c.Steps = append(c.Steps, record.Step{N: i + 1, Destination: step.Destination})
		}
		calls = append(calls, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read calls as they were decided: %w", err)
	}
	return calls, nil
}

// CountCalls tells how many records fit the filter, whatever its After and Limit.
func (s *Store) CountCalls(ctx context.Context, f record.Filter) (int, error) {
	f.After = nil
	where, args := callsWhere(f)
	var n int
	if err := queryRow(ctx, s.backend.Read(), `SELECT count(*) FROM calls`+where, args, &n); err != nil {
		return 0, fmt.Errorf("count calls: %w", err)
	}
	return n, nil
}
