package record

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"switchyard/routing"
)

// Reports takes what switches say of channels that are over: a leg of a call
// that is known is stored as that, and completes a record that was closed
// without knowing enough. The caller's leg of a call that should be known and is
// not, because no server was there or it died before it stored anything, makes a
// record of its own. Safe for concurrent use; the same report may come any
// number of times, from any source.
//
// Nothing here ends a call that is not over: the session may be about to, and
// says more. If it does not, the Reaper closes the call by the leg stored here.
type Reports struct {
	ledger    Ledger
	directory func() *routing.Directory
	opts      ReportOptions

	stored, foreign, refused, made, improved atomic.Uint64
}

// ReportOptions of a Reports. The zero value is ready to use.
type ReportOptions struct {
	Now func() time.Time // default time.Now
	// KeptFor is how long records are kept, see Retention: no record is made of a
	// call that ended before. It was there and was deleted. 0: for ever.
	KeptFor time.Duration
	// Server is the id of this process, as the Pipeline has it.
	Server string
	// Has is Pipeline.Has: a call that has a record and a session here needs
	// nothing but its leg. It saves reading the record of nearly every call.
	// Default: none has.
	Has     func(routing.CallID) bool
	EventID func() string // default NewEventID
	// Committed is the Pipeline's.
	Committed func(endpoints []string)
}

// ReportCounts is what became of reports.
type ReportCounts struct {
	Stored   uint64 // legs kept
	Foreign  uint64 // other traffic of a switch, not kept
	Refused  uint64 // without a usable id, or of calls whose records are deleted already
	Made     uint64 // records made from a report alone
	Improved uint64 // records completed after they were closed
}

// NewReports makes a Reports; directory gives the configuration of the moment.
func NewReports(ledger Ledger, directory func() *routing.Directory, opts ReportOptions) *Reports {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.EventID == nil {
		opts.EventID = NewEventID
	}
	if opts.Committed == nil {
		opts.Committed = func([]string) {}
	}
	if opts.Has == nil {
		opts.Has = func(routing.CallID) bool { return false }
	}
	return &Reports{ledger: ledger, directory: directory, opts: opts}
}

// Counts tells what became of the reports taken so far.
func (r *Reports) Counts() ReportCounts {
	return ReportCounts{
		Stored: r.stored.Load(), Foreign: r.foreign.Load(), Refused: r.refused.Load(), Made: r.made.Load(), Improved: r.improved.Load(),
	}
}

// Take stores what is in the reports. When it returns nil, all of it is kept, or
// will never be; after an error the same reports may be given again.
func (r *Reports) Take(ctx context.Context, reports []Report) error {
	now := r.opts.Now()
	var ours, others []Report
	for i := range reports {
		report, ok := safeReport(&reports[i], now)
		switch {
		case !ok, r.forgotten(&report.Leg, now):
			r.refused.Add(1)
		case report.Leg.CallID == "":
			r.foreign.Add(1) // a leg somebody else called
		case report.Ours:
			ours = append(ours, report)
		default:
			others = append(others, report)
		}
	}
	if err := r.takeOurs(ctx, ours); err != nil {
		return err
	}
	return r.takeOthers(ctx, others)
}

// forgotten tells that a call ended so long ago that its record, if there was
// one, is deleted: a second one would end it a second time.
func (r *Reports) forgotten(l *Leg, now time.Time) bool {
	return r.opts.KeptFor > 0 && !l.EndedAt.IsZero() && now.Sub(l.EndedAt) >= r.opts.KeptFor
}

// takeOurs takes the legs of calls some server of ours had. They are stored
// first, so that whoever closes the call meanwhile either finds the leg or is
// found to have closed it here.
func (r *Reports) takeOurs(ctx context.Context, reports []Report) error {
	if err := r.save(ctx, reports); err != nil {
		return err
	}
	for i := range reports {
		if reports[i].Leg.Side != "a" || r.opts.Has(reports[i].Leg.CallID) {
			continue
		}
		c, _, err := r.ledger.Call(ctx, reports[i].Leg.CallID)
		switch {
		case errors.Is(err, ErrUnknownCall):
			err = r.make(ctx, &reports[i], "a server of ours had the call and stored nothing of it")
		case err == nil:
			err = r.improve(ctx, c, &reports[i])
		}
		if err != nil {
			return fmt.Errorf("take the report of call %s: %w", reports[i].Leg.CallID, err)
		}
	}
	return nil
}

// takeOthers takes legs without our mark. They may belong to a call we refused,
// to one that came for a tenant's number while no server was there, or be other
// traffic of the switch.
func (r *Reports) takeOthers(ctx context.Context, reports []Report) error {
	for i := range reports {
		report := &reports[i]
		_, _, err := r.ledger.Call(ctx, report.Leg.CallID)
		switch {
		case err == nil:
			report.Ours = true
			err = r.takeOurs(ctx, reports[i:i+1])
		case !errors.Is(err, ErrUnknownCall):
		case report.Leg.Side == "a" && r.decide(report).DID != "":
			r.stored.Add(1)
			err = r.make(ctx, report, "the call came for this number and no server of ours took it")
		default:
			r.foreign.Add(1)
			err = nil
		}
		if err != nil {
			return fmt.Errorf("take the report of call %s: %w", report.Leg.CallID, err)
		}
	}
	return nil
}

func (r *Reports) save(ctx context.Context, reports []Report) error {
	if len(reports) == 0 {
		return nil
	}
	legs := make([]Leg, len(reports))
	for i := range reports {
		legs[i] = reports[i].Leg
	}
	if err := r.ledger.SaveLegs(ctx, legs); err != nil {
		return fmt.Errorf("store %d legs a switch reported: %w", len(legs), err)
	}
	r.stored.Add(uint64(len(legs)))
	return nil
}

func (r *Reports) decide(report *Report) routing.Decision {
	at := later(report.Leg.StartedAt, report.Call.CreatedAt)
	if at.IsZero() {
		at = r.opts.Now()
	}
	return r.directory().Decide(report.Call, at, nil)
}

// make opens a record for a call of which only the caller's leg is known. It is
// open and nobody's, so that a session that is only late still goes on with it;
// the Reaper closes it by the leg, once, however often it is made. A record that
// a session stored since it was looked for stays: it says more.
func (r *Reports) make(ctx context.Context, report *Report, why string) error {
	c := r.opened(report, why)
	report.Leg.Number = c.CallerNumber
	if err := r.ledger.SaveLegs(ctx, []Leg{report.Leg}); err != nil {
		return err
	}
	made := false
	err := r.ledger.Amend(ctx, c.ID, func(stored *Call, known bool) bool {
		if made = !known; made {
			*stored = c
			return true
		}
		return r.adds(stored, report)
	})
	if err == nil && made {
		r.made.Add(1)
	}
	return err
}

// opened is the record of a call of which only the caller's leg is known.
func (r *Reports) opened(report *Report, why string) Call {
	d := r.decide(report)
	c := Opening(&report.Call, &d)
	// What would be decided now need not be what was decided then.
	c.Destination, c.DestinationRoute, c.Rule, c.Revision, c.Tags = "", "", "", 0, nil
	c.ID, c.Switch, c.Source = report.Leg.CallID, report.Switch, report.Leg.Source
	c.Facts = map[string]string{factSource: why}
	c.StartedAt = firstKnown(report.Leg.StartedAt, report.Call.CreatedAt, report.Leg.EndedAt, r.opts.Now())
	c.LeftAt = firstKnown(report.Leg.EndedAt, r.opts.Now())
	c.SIPCallID = report.Leg.SIPCallID
	added(&c, report)
	return c
}

// improve brings what a report knows into a record: all of it where the record
// was closed without knowing enough; where the record is open and no session
// here has it, what the leg alone does not say.
func (r *Reports) improve(ctx context.Context, c Call, report *Report) error {
	switch {
	case c.EndedAt.IsZero():
		if as := c; !r.adds(&as, report) {
			return nil
		}
		return r.ledger.Amend(ctx, c.ID, func(stored *Call, known bool) bool { return known && r.adds(stored, report) })
	case c.Complete || !report.Leg.Complete || report.Leg.EndedAt.IsZero():
		return nil
	default:
		added(&c, report)
		return r.complete(ctx, c, &report.Leg)
	}
}

// adds puts what a leg has no place for into a record that is open and that no
// session here has. Of another server's, only facts: the rest it learns itself.
func (r *Reports) adds(c *Call, report *Report) bool {
	before := len(c.Facts)
	return c.EndedAt.IsZero() && c.Owner != r.opts.Server && added(c, report) && (c.Owner == "" || len(c.Facts) > before)
}

// complete stores a record that was closed without knowing enough, and tells
// what is new in it: that the call was recorded.
func (r *Reports) complete(ctx context.Context, c Call, leg *Leg) error {
	better := improvedBy(c, leg)
	change, told, err := improvement(&c, &better, webhooksOf(r.directory(), &c), r.opts.EventID)
	if err != nil {
		return err
	}
	if err := r.ledger.SaveCalls(ctx, []Change{change}); err != nil {
		return err
	}
	r.improved.Add(1)
	if len(told) > 0 {
		r.opts.Committed(told)
	}
	return nil
}

// added puts what a leg has no place for into the record; true if there was
// something new.
func added(c *Call, report *Report) (changed bool) {
	e := &report.Ending
	if c.BridgedAt.IsZero() && !e.BridgedAt.IsZero() {
		c.BridgedAt, changed = e.BridgedAt, true
	}
	if e.MessageLeft && c.Facts[factMessageLeft] == "" {
		facts := maps.Clone(c.Facts)
		if facts == nil {
			facts = map[string]string{}
		}
		facts[factMessageLeft] = "true"
		c.Facts, changed = facts, true
	}
	return changed
}

func firstKnown(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
