package api

import (
	"fmt"
	"testing"

	"switchyard/routing"
)

// Whoever opens waits without end takes them from nobody else.
func TestWaitsAreBounded(t *testing.T) {
	var w waits
	in := 0
	for range 1000 {
		if w.enter("greedy") {
			in++
		}
	}
	if in != waitsOfATenant {
		t.Errorf("one tenant has %d", in)
	}
	if !w.enter("another") {
		t.Error("another tenant has none")
	}
	all := in + 1
	for i := range 1000 {
		if w.enter(routing.TenantID(fmt.Sprint(i))) {
			all++
		}
	}
	if all != waitsInAll {
		t.Errorf("%d in all", all)
	}
	w.leave("greedy")
	if !w.enter("greedy") {
		t.Error("a place that was given back is not there")
	}
}
