package routing

import (
	"iter"
	"slices"
	"strings"
)

// dialable are the numbers inside a tenant that a menu lets dial: some of a
// sorted list that all its menus share, by one bit a number. A tenant with
// thousands of extensions may have many menus. The zero value is none.
type dialable struct {
	sorted []string
	kept   []uint64 // nil: all
}

// newDialable keeps those numbers of a sorted list that fit.
func newDialable(sorted []string, fits func(number string) bool) dialable {
	d := dialable{sorted: sorted, kept: make([]uint64, (len(sorted)+63)/64)}
	for i, number := range sorted {
		if fits(number) {
			d.kept[i/64] |= 1 << (i % 64)
		}
	}
	return d
}

func (d dialable) keeps(i int) bool { return d.kept == nil || d.kept[i/64]&(1<<(i%64)) != 0 }

// has tells whether a number may be dialled.
func (d dialable) has(number string) bool {
	i, found := slices.BinarySearch(d.sorted, number)
	return found && d.keeps(i)
}

// longer gives the first number that begins so and is longer. All that begin
// alike stand together.
func (d dialable) longer(beginning string) (string, bool) {
	i, equal := slices.BinarySearch(d.sorted, beginning)
	if equal {
		i++ // each is there once
	}
	for i < len(d.sorted) && strings.HasPrefix(d.sorted[i], beginning) {
		switch {
		case d.keeps(i):
			return d.sorted[i], true
		case d.kept[i/64] == 0:
			i = (i/64 + 1) * 64 // none of these
		default:
			i++
		}
	}
	return "", false
}

// all gives the numbers in order.
func (d dialable) all() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i, number := range d.sorted {
			if d.keeps(i) && !yield(number) {
				return
			}
		}
	}
}

func (d dialable) empty() bool {
	for range d.all() {
		return false
	}
	return true
}
