package replay

import (
	"cmp"
	"encoding/json"
	"slices"

	"switchyard/internal/record"
)

const (
	// maxGroups bounds the groups that are told apart. There are as many as
	// destinations times destinations, so what is beyond is counted as one.
	maxGroups = 1000
	// maxUnknowns bounds the reasons for which calls cannot be decided again.
	maxUnknowns = 100
)

// otherReasons is the reason of the calls for which there was no more room.
const otherReasons = "other reasons"

// tally counts what came of deciding calls again. Not for concurrent use.
type tally struct {
	Result
	calls    int
	examples int
	groups   map[string]*Group
	unknowns map[string]*Unknown
}

func newTally(examples int) *tally {
	return &tally{examples: examples, groups: map[string]*Group{}, unknowns: map[string]*Unknown{}}
}

func (t *tally) add(c *record.Call, v verdict) {
	t.calls++
	if v.comparable && v.went {
		t.WentElsewhere++
	}
	switch {
	case v.unknown != "":
		t.Unknown++
		t.unknown(c, v.unknown)
	case len(v.differs) > 0:
		t.Changed++
		t.changed(c, &v)
	case v.by:
		t.SamePlace++
	default:
		t.Unchanged++
	}
}

func (t *tally) unknown(c *record.Call, why string) {
	u, known := t.unknowns[why]
	if !known && len(t.unknowns) >= maxUnknowns {
		why = otherReasons
		u, known = t.unknowns[why]
	}
	if !known {
		u = &Unknown{Reason: why}
		t.unknowns[why] = u
	}
	u.Calls++
	u.Examples = t.exemplify(u.Examples, c)
}

func (t *tally) changed(c *record.Call, v *verdict) {
	key := key(v)
	g, known := t.groups[key]
	if !known && len(t.groups) >= maxGroups {
		t.Others++
		return
	}
	if !known {
		g = &Group{From: v.from, To: v.to, Differs: v.differs}
		t.groups[key] = g
	}
	g.Calls++
	g.Examples = t.exemplify(g.Examples, c)
}

// key tells groups apart: all of both places. Every part of a Place can be
// written as JSON.
func key(v *verdict) string {
	text, err := json.Marshal([2]*Place{&v.from, &v.to})
	if err != nil {
		return v.from.String() + "\n" + v.to.String()
	}
	return string(text)
}

func (t *tally) exemplify(examples []Example, c *record.Call) []Example {
	if len(examples) >= t.examples {
		return examples
	}
	return append(examples, Example{CallUUID: c.ID, At: c.StartedAt, Caller: c.CallerNumber, Dialled: c.Dialled})
}

// result gives the groups in one order, whatever order the calls came in.
func (t *tally) result() Result {
	r := t.Result
	r.Calls = t.calls
	r.Groups = make([]Group, 0, len(t.groups))
	for _, g := range t.groups {
		r.Groups = append(r.Groups, *g)
	}
	slices.SortFunc(r.Groups, func(a, b Group) int {
		return cmp.Or(-cmp.Compare(a.Calls, b.Calls), cmp.Compare(a.title(), b.title()))
	})
	for _, u := range t.unknowns {
		r.Unknowns = append(r.Unknowns, *u)
	}
	slices.SortFunc(r.Unknowns, func(a, b Unknown) int {
		return cmp.Or(-cmp.Compare(a.Calls, b.Calls), cmp.Compare(a.Reason, b.Reason))
	})
	return r
}

func (g *Group) title() string { return key(&verdict{from: g.From, to: g.To}) }
