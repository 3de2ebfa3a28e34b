package config

import (
	"bytes"
	"cmp"
	"slices"
)

// Changes of an object; Difference.Change is one of them.
const (
	Added   = "added"
	Changed = "changed"
	Removed = "removed"
)

// Bounds of what is told of a difference.
const (
	maxDetailed = 2000 // objects whose fields are compared
	maxFields   = 200  // of one object
)

// objectPair is an object before and after a change; one of them is nil if it was
// added or removed.
type objectPair struct{ was, now *Object }

// compare gives what differs between the objects of one scope, called name,
// before and after a change, sorted by kind and name. An object that only
// moved within its section has changed: order means something for rules. What
// others do around it does not move it.
func compare(name string, was, now []Object) []Difference {
	pairs := paired(was, now)
	moved, before, after := movedObjects(pairs), places(was), places(now)
	out := []Difference{}
	detailed := 0
	for _, p := range pairs {
		switch {
		case p.was == nil:
			out = append(out, Difference{Scope: name, Kind: p.now.Kind, Name: p.now.Name, Change: Added})
		case p.now == nil:
			out = append(out, Difference{Scope: name, Kind: p.was.Kind, Name: p.was.Name, Change: Removed})
		case !bytes.Equal(p.was.Body, p.now.Body) || p.was.Name != p.now.Name || moved[p.now]:
			d := Difference{Scope: name, Kind: p.now.Kind, Name: p.now.Name, Change: Changed}
			if detailed++; detailed <= maxDetailed {
				if d.Fields = fieldChanges(p); moved[p.now] {
					d.Fields = append([]FieldChange{{Field: "place", Was: spelled(before[p.was]), Now: spelled(after[p.now])}}, d.Fields...)
				}
				if more := len(d.Fields) - maxFields; more > 0 {
					d.Fields, d.More = d.Fields[:maxFields], more
				}
			}
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Change, b.Change))
	})
	return out
}

// paired finds for every object what it was: by its id, else by its name, for
// something that was removed and made again.
func paired(was, now []Object) []objectPair {
	type key struct{ kind, text string }
	ids, names := map[key]*Object{}, map[key]*Object{}
	for i := range was {
		ids[key{was[i].Kind, was[i].ID}] = &was[i]
	}
	var pairs []objectPair
	var fresh []*Object
	for i := range now {
		k := key{now[i].Kind, now[i].ID}
		if old, known := ids[k]; known {
			pairs = append(pairs, objectPair{old, &now[i]})
			delete(ids, k)
		} else {
			fresh = append(fresh, &now[i])
		}
	}
	for _, old := range ids {
		names[key{old.Kind, old.Name}] = old
	}
	for _, o := range fresh {
		k := key{o.Kind, o.Name}
		pairs = append(pairs, objectPair{names[k], o})
		delete(names, k)
	}
	for _, old := range names {
		pairs = append(pairs, objectPair{old, nil})
	}
	return pairs
}

// movedObjects gives the objects that stand before or behind others they did not
// stand before or behind: as few as explain the new order.
func movedObjects(pairs []objectPair) map[*Object]bool {
	kinds := map[string][]objectPair{}
	for _, p := range pairs {
		if p.was != nil && p.now != nil {
			kinds[p.now.Kind] = append(kinds[p.now.Kind], p)
		}
	}
	moved := map[*Object]bool{}
	for _, both := range kinds {
		slices.SortFunc(both, func(a, b objectPair) int { return cmp.Compare(a.now.Place, b.now.Place) })
		for i, stays := range longestRising(both) {
			if !stays {
				moved[both[i].now] = true
			}
		}
	}
	return moved
}

// longestRising marks a longest subsequence in which the places from before
// rise.
func longestRising(pairs []objectPair) []bool {
	ends := make([]int, 0, len(pairs)) // the last of the best sequence of each length
	before := make([]int, len(pairs))  // what comes before it there, -1: nothing
	stays := make([]bool, len(pairs))  // the result
	place := func(i int) int { return pairs[i].was.Place }
	for i := range pairs {
		n, _ := slices.BinarySearchFunc(ends, place(i), func(end, p int) int { return cmp.Compare(place(end), p) })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	if len(ends) == 0 {
		return stays
	}
	for i := ends[len(ends)-1]; i >= 0; i = before[i] {
		stays[i] = true
	}
	return stays
}

// places gives where each object stands among those of its kind, from 1.
func places(objects []Object) map[*Object]int {
	sorted := make([]*Object, len(objects))
	for i := range objects {
		sorted[i] = &objects[i]
	}
	slices.SortStableFunc(sorted, func(a, b *Object) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Place, b.Place))
	})
	out, kind, n := make(map[*Object]int, len(objects)), "", 0
	for _, o := range sorted {
		if o.Kind != kind {
			kind, n = o.Kind, 0
		}
		n++
		out[o] = n
	}
	return out
}
