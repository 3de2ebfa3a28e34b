package config

import (
	"slices"
	"sync/atomic"

	"switchyard/routing"
)

// blocklistKind may have a hundred thousand objects, of which a change changes a
// few: those are read and spelt, the others are taken over.
const blocklistKind = "blocklist"

// nearby is how far an object is looked for that others were put in front of.
const nearby = 16

// readBlocklist is a blocklist as it is stored, and read: one entry an object.
// Neither is changed.
type readBlocklist struct {
	objects []Object
	list    []routing.BlockedNumber
}

// blocklistOf gives a tenant's blocklist, if the plan is there that it was read
// for; else nil.
func (r *running) blocklistOf(scope string) *readBlocklist {
	list := r.directory.Blocklist(routing.TenantID(scope), r.state.revision(scope))
	objects := byKind(r.state.of(scope))[blocklistKind]
	if list == nil || len(list) != len(objects) {
		return nil
	}
	return &readBlocklist{objects, list}
}

// find gives where from at on something is, -1 if it is not near.
func (r *readBlocklist) find(at int, is func(i int) bool) int {
	for i := at; i < min(at+nearby, len(r.objects)); i++ {
		if is(i) {
			return i
		}
	}
	return -1
}

// read reads the objects of a blocklist into list.
func (r *readBlocklist) read(list []routing.BlockedNumber, objects []Object) ([]routing.BlockedNumber, error) {
	list = slices.Grow(list, len(objects))
	next := 0
	for i := range objects {
		if r != nil {
			if at := r.find(next, func(i2 int) bool { return sameBytes(&r.objects[i2], &objects[i]) }); at >= 0 {
				list, next = append(list, r.list[at]), at+1
				continue
			}
		}
		if err := addBlocked(&list, objects[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// sameBytes tells whether two objects have one body between them.
func sameBytes(a, b *Object) bool {
	return len(a.Body) > 0 && len(a.Body) == len(b.Body) && &a.Body[0] == &b.Body[0]
}

// section spells a blocklist as objects, like sectionOf.
func (r *readBlocklist) section(list []routing.BlockedNumber, assign func(kind, name string) string) section {
	s := section{kind: blocklistKind, present: list != nil, objects: make([]Object, 0, len(list))}
	next, from := 0, 0
	flush := func(to int) {
		if from < to && s.err == nil {
			some := blockedSection(list[from:to], assign)
			s.err, s.objects = some.err, append(s.objects, some.objects...)
		}
	}
	for i := range list {
		if r == nil {
			break
		}
		if at := r.find(next, func(i2 int) bool { return r.list[i2] == list[i] }); at >= 0 {
			flush(i)
			s.objects = append(s.objects, r.objects[at])
			next, from = at+1, i+1
		}
	}
	flush(len(list))
	for i := range s.objects {
		s.objects[i].Place = i
	}
	return s
}

// earlier is what a tenant's blocklist was before a change, until it is read
// again.
type earlier struct{ atomic.Pointer[readBlocklist] }

func (e *earlier) take() *readBlocklist {
	if e == nil {
		return nil
	}
	return e.Swap(nil)
}
