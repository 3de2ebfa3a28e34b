package store

import (
	"math/bits"
	"testing"

	"switchyard/internal/record"
)

// The legs that were stored before there was a column told have these values
// in the migrations.
func TestToldOfOldLegs(t *testing.T) {
	l := record.Leg{CallID: "c", LegID: "l", Side: "b"}
	if got := told(&l); got != 144 {
		t.Errorf("without a cause %d", got)
	}
	l.Cause = "NONE"
	if got := told(&l); got != 146 {
		t.Errorf("with a cause %d", got)
	}
}

func TestRankOrdersSources(t *testing.T) {
	last := int64(0)
	for _, complete := range []bool{false, true} {
		for _, source := range []record.Source{record.SourceReconciled, record.SourceLive, record.SourceESL, record.SourceJSON} {
			l := record.Leg{Source: source, Complete: complete}
			r := rank(&l)
			if source == record.SourceReconciled {
				if r != 1 {
					t.Errorf("%s has rank %d", source, r)
				}
				continue
			}
			if r <= max(1, last) || bits.Len64(uint64(r)) > 3 {
				t.Errorf("%s, complete %t, has rank %d behind %d", source, complete, r, last)
			}
			last = r
		}
	}
}
