package handlers

import (
	"sync"
	"testing"

	"switchyard/routing"
)

// Of any number of calls that take a line at once, each is told another place,
// and only one that it is the first.
func TestLinesAreTakenByOneAtATime(t *testing.T) {
	const calls, rounds = 8, 500
	ext := line{"acme", routing.Destination{Route: routing.RouteExtension, Target: "1001"}}
	for range rounds {
		var b busyLines
		var wg sync.WaitGroup
		var told [calls]int
		for i := range calls {
			wg.Go(func() { told[i] = b.take(ext) })
		}
		wg.Wait()
		var places [calls]int
		for _, before := range told {
			places[before]++
		}
		if places != [calls]int{1, 1, 1, 1, 1, 1, 1, 1} {
			t.Fatalf("places %v", told)
		}
		for range calls {
			wg.Go(func() { b.free(ext) })
		}
		wg.Wait()
		if len(b.calls) != 0 {
			t.Fatalf("still occupied: %v", b.calls)
		}
	}
}

// An extension and a ring group of one name are two lines, and so are those of
// two tenants.
func TestLinesAreApart(t *testing.T) {
	var b busyLines
	lines := []line{
		{"acme", routing.Destination{Route: routing.RouteExtension, Target: "300"}},
		{"acme", routing.Destination{Route: routing.RouteRingGroup, Target: "300"}},
		{"umbrella", routing.Destination{Route: routing.RouteExtension, Target: "300"}},
	}
	for _, l := range lines {
		if before := b.take(l); before != 0 {
			t.Errorf("%v: occupied %d times before", l, before)
		}
	}
	b.free(lines[0])
	if len(b.calls) != 2 || b.take(lines[1]) != 1 || b.take(lines[0]) != 0 {
		t.Errorf("occupied: %v", b.calls)
	}
}
