package routing

import (
	"sync"
	"testing"
)

// One directory serves all calls at once; run with -race this notices anything
// in it that changes.
func TestDecideFromManyGoroutines(t *testing.T) {
	d := platform(t)
	calls := []Call{
		inboundCall("+15557770000", "+15551230001"), inboundCall("+15551112222", "+15551230001"), phoneCall("1001", "acme.test", "1002"),
	}
	want := make([]Destination, len(calls))
	for i, call := range calls {
		want[i] = d.Decide(call, noon, nil).Destination
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				for i, call := range calls {
					if got := d.Decide(call, noon, nil).Destination; got != want[i] {
						t.Errorf("call %d goes to %s, alone to %s", i, got, want[i])
					}
					d.Explain(call, noon, nil)
				}
			}
		})
	}
	group.Wait()
}
