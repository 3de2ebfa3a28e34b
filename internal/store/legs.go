package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"switchyard/internal/record"
	"switchyard/routing"
)

// legFacts is what can be told of a leg: each entry has the columns that keep
// it. Its place in this list is its place in the column told, see merged.
var legFacts = [...][]string{
	{"cause"}, {"side"}, {"source", "complete"}, {"number"}, {"sip_call_id"},
	{"started_at"}, {"ringing_at"}, {"answered_at"}, {"ended_at"}, {"duration_sec"}, {"bill_sec"},
	{"q850"}, {"sip_code"}, {"hung_up_by"}, {"read_codec"}, {"write_codec"}, {"media"},
	{"bridged_at"}, {"recording_file", "recording_seconds"},
}

var legColumns = slices.Concat(append([][]string{{"call_id", "leg_id", "place", "told"}}, legFacts[:]...)...)

// placeBehind is the place of a leg whose source does not know its place.
const placeBehind = 1000

// briefFacts is how many of the facts, the first ones, are known of most legs:
// those that the live session tried. Parameters cost more than anything else of
// storing a leg, so these are stored with as few as that takes.
const briefFacts = 3

var (
	upsertLegs      = legUpsert(legColumns)
	upsertBriefLegs = legUpsert(legColumns[:4+4]) // the cause, the side, the source and complete
)

func legUpsert(columns []string) *statement {
	return &statement{
		before: `INSERT INTO call_legs AS l (` + strings.Join(columns, ", ") + `) VALUES `,
		row:    `(?` + strings.Repeat(", ?", len(columns)-1) + `)`,
		after:  ` ON CONFLICT (call_id, leg_id) DO UPDATE SET ` + merged(),
	}
}

// merged keeps of each fact the value of whoever knows best. told has three
// bits a fact: the rank of who told it, 0 if nobody did. So all that reports
// need for the same result in any order is one comparison a fact.
func merged() string {
	var set, told []string
	for i, columns := range legFacts {
		mask := strconv.FormatInt(7<<(3*i), 10)
		better := `(excluded.told & ` + mask + `) >= (l.told & ` + mask + `)`
		for _, c := range columns {
			set = append(set, c+` = CASE WHEN `+better+` THEN excluded.`+c+` ELSE l.`+c+` END`)
		}
		told = append(told, `CASE WHEN `+better+` THEN excluded.told & `+mask+` ELSE l.told & `+mask+` END`)
	}
	place := `place = CASE WHEN excluded.place = ` + strconv.Itoa(placeBehind) + ` THEN l.place ELSE excluded.place END`
	return place + `, ` + strings.Join(set, `, `) + `, told = ` + strings.Join(told, ` | `)
}

// rank says how much a source's word counts, 1 to 7. What nobody saw, a
// reconciled end, is never complete.
func rank(l *record.Leg) int64 {
	var r int64
	switch l.Source {
	case record.SourceReconciled:
		return 1
	case record.SourceESL:
		r = 3
	case record.SourceJSON:
		r = 4
	case record.SourceLive, "":
		r = 2
	default:
		return 1
	}
	if l.Complete {
		r += 3
	}
	return r
}

// told is the rank at every fact that is known of the leg, in the order of legFacts.
func told(l *record.Leg) int64 {
	r := rank(l)
	var bits int64
	for i, known := range [len(legFacts)]bool{
		l.Cause != "", l.Side != "", true, l.Number != "", l.SIPCallID != "",
		!l.StartedAt.IsZero(), !l.RingingAt.IsZero(), !l.AnsweredAt.IsZero(), !l.EndedAt.IsZero(), l.DurationSec != 0, l.BillSec != 0,
		l.Q850 != 0, l.SIPCode != 0, l.HungUpBy != "", l.ReadCodec != "", l.WriteCodec != "", l.Media != nil,
		!l.BridgedAt.IsZero(), l.RecordingFile != "",
	} {
		if known {
			bits |= r << (3 * i)
		}
	}
	return bits
}

// legRow is a leg and its place within its call.
type legRow struct {
	*record.Leg
	place int
	told  int64
}

func newLegRow(l *record.Leg, place int) legRow { return legRow{l, place, told(l)} }

func (l legRow) isBrief() bool { return l.told>>(3*briefFacts) == 0 }

func (l legRow) appendBrief(args []any) ([]any, error) {
	source := cmp.Or(l.Source, record.SourceLive)
	return append(args,
		string(l.CallID), l.LegID, l.place, l.told,
		l.Cause, l.Side, string(source), l.Complete && source != record.SourceReconciled), nil
}

func (l legRow) appendAll(args []any) ([]any, error) {
	media := ""
	if l.Media != nil {
		b, err := json.Marshal(l.Media)
		if err != nil {
			return nil, fmt.Errorf("media of leg %s: %w", l.LegID, err)
		}
		media = string(b)
	}
	args, err := l.appendBrief(args)
	return append(args, l.Number, l.SIPCallID,
		micros(l.StartedAt), micros(l.RingingAt), micros(l.AnsweredAt), micros(l.EndedAt), l.DurationSec, l.BillSec,
		l.Q850, l.SIPCode, l.HungUpBy, l.ReadCodec, l.WriteCodec, media, micros(l.BridgedAt), l.RecordingFile, l.RecordingSec), err
}

// SaveLegs stores legs that other sources than the live session tell of; their
// calls may not be known. Reports of the same leg end up the same in whatever
// order they come. B-legs that nobody has told the place of come last.
func (s *Store) SaveLegs(ctx context.Context, legs []record.Leg) error {
	if len(legs) == 0 {
		return nil
	}
	rows := make([]legRow, len(legs))
	for i := range legs {
		place := placeBehind
		if legs[i].Side == "a" {
			place = 0
		}
		rows[i] = newLegRow(&legs[i], place)
	}
	err := s.backend.Write(ctx, func(q Querier) error {
		if err := s.lockCallsOf(ctx, q, rows); err != nil {
			return err
		}
		return saveLegs(ctx, q, rows)
	})
	if err != nil {
		return fmt.Errorf("save %d legs: %w", len(legs), err)
	}
	return nil
}

// lockCallsOf makes whoever saves these calls or legs of theirs wait, so that
// they do not wait for each other in a circle; a single row needs no lock.
func (s *Store) lockCallsOf(ctx context.Context, q Querier, rows []legRow) error {
	if len(rows) < 2 {
		return nil
	}
	ids := make([]routing.CallID, len(rows))
	for i, l := range rows {
		ids[i] = l.CallID
	}
	slices.Sort(ids)
	return chunks(slices.Compact(ids), func(some []routing.CallID) error { return s.lockCalls(ctx, q, some) })
}

// saveLegs stores those of one leg in the order given, one statement each,
// since a statement cannot change a row twice.
func saveLegs(ctx context.Context, q Querier, rows []legRow) error {
	rows = slices.SortedStableFunc(slices.Values(rows), compareLegs)
	for len(rows) > 0 {
		var full, brief, again []legRow
		for i, l := range rows {
			switch {
			case i > 0 && compareLegs(rows[i-1], l) == 0:
				again = append(again, l)
			case l.isBrief():
				brief = append(brief, l)
			default:
				full = append(full, l)
			}
		}
		if err := upsert(ctx, q, upsertLegs, full, legRow.appendAll); err != nil {
			return err
		}
		if err := upsert(ctx, q, upsertBriefLegs, brief, legRow.appendBrief); err != nil {
			return err
		}
		rows = again
	}
	return nil
}

func compareLegs(a, b legRow) int {
	return cmp.Or(cmp.Compare(a.CallID, b.CallID), cmp.Compare(a.LegID, b.LegID))
}

func upsert(ctx context.Context, q Querier, s *statement, rows []legRow, values func(legRow, []any) ([]any, error)) error {
	return chunks(rows, func(some []legRow) error {
		args := make([]any, 0, len(some)*len(legColumns))
		var err error
		for _, l := range some {
			if args, err = values(l, args); err != nil {
				return err
			}
		}
		_, err = q.ExecContext(ctx, s.sql(len(some)), args...)
		return err
	})
}

// selectLegs takes the ids of calls.
var selectLegs = &statement{
	before: `SELECT call_id, leg_id, ` + strings.Join(legColumns[4:], ", ") + ` FROM call_legs WHERE call_id IN (`,
	row:    `?`,
	after:  `) ORDER BY call_id, place, started_at, leg_id`,
}

// legsOf gives the legs of calls, those of each call in order.
func legsOf(ctx context.Context, q Querier, calls ...routing.CallID) (map[routing.CallID][]record.Leg, error) {
	legs := map[routing.CallID][]record.Leg{}
	err := chunks(calls, func(some []routing.CallID) error {
		return eachRow(ctx, q, selectLegs.sql(len(some)), callIDs(some), func(r *sql.Rows) error {
			var l record.Leg
			err := r.Scan(&l.CallID, &l.LegID,
				&l.Cause, &l.Side, &l.Source, &l.Complete, &l.Number, &l.SIPCallID,
				timeColumn{&l.StartedAt}, timeColumn{&l.RingingAt}, timeColumn{&l.AnsweredAt}, timeColumn{&l.EndedAt}, &l.DurationSec, &l.BillSec,
				&l.Q850, &l.SIPCode, &l.HungUpBy, &l.ReadCodec, &l.WriteCodec, jsonColumn{&l.Media},
				timeColumn{&l.BridgedAt}, &l.RecordingFile, &l.RecordingSec)
			legs[l.CallID] = append(legs[l.CallID], l)
			return err
		})
	})
	return legs, err
}
