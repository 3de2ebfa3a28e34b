package config

import (
	"cmp"
	"slices"
)

// Edit is what a publication changes against its base.
type Edit struct {
	Gone  []Object // rows that end; kind and id count
	Added []Object // rows that begin, of new objects and of changed ones
}

type objectKey struct{ kind, id string }

// editOf compares a publication with what is published of its scope. Objects
// that stay in the order they had keep their places, so that one that is taken
// away costs no other a row.
func editOf(was []Object, p *Publication) Edit {
	old := make(map[objectKey]*Object, len(p.Objects))
	for i := range was {
		if slices.Contains(p.Kinds, was[i].Kind) {
			old[objectKey{was[i].Kind, was[i].ID}] = &was[i]
		}
	}
	var e Edit
	next := map[string]int{}
	for i := range p.Objects {
		o := &p.Objects[i]
		key := objectKey{o.Kind, o.ID}
		before := old[key]
		delete(old, key)
		if o.Place = next[o.Kind]; before != nil && before.Place > o.Place {
			o.Place = before.Place
		}
		next[o.Kind] = o.Place + 1
		switch {
		case before == nil:
			e.Added = append(e.Added, *o)
		case !sameObject(*before, *o):
			e.Gone, e.Added = append(e.Gone, *before), append(e.Added, *o)
		}
	}
	for _, o := range old {
		e.Gone = append(e.Gone, *o)
	}
	return e
}

// differences tells people what an edit changes. Whether something moved is
// told by all of its kind, so these are compared as a whole where places differ.
func (e *Edit) differences(name string, was []Object, p *Publication) []Difference {
	moved := map[string]bool{}
	places := make(map[objectKey]int, len(e.Gone))
	for i := range e.Gone {
		places[objectKey{e.Gone[i].Kind, e.Gone[i].ID}] = e.Gone[i].Place
	}
	for i := range e.Added {
		if place, known := places[objectKey{e.Added[i].Kind, e.Added[i].ID}]; known && place != e.Added[i].Place {
			moved[e.Added[i].Kind] = true
		}
	}
	pick := func(objects, whole []Object) []Object {
		var out []Object
		for _, o := range objects {
			if !moved[o.Kind] {
				out = append(out, o)
			}
		}
		for _, o := range whole {
			if moved[o.Kind] {
				out = append(out, o)
			}
		}
		return out
	}
	return compare(name, pick(e.Gone, was), pick(e.Added, p.Objects))
}

// inOrder is the order of a scope's objects.
func inOrder(a, b Object) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Place, b.Place), cmp.Compare(a.ID, b.ID))
}
