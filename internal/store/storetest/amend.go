package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"switchyard/internal/record"
)

func amendAddsOrChanges(t *testing.T, db Database) {
	s := open(t, db)
	ctx := context.Background()
	amend := func(wantKnown, keep bool, to string) {
		t.Helper()
		err := s.Amend(ctx, "c1", func(c *record.Call, known bool) bool {
			if known != wantKnown || c.ID != "c1" {
				t.Errorf("given call %q, known %t", c.ID, known)
			}
			if !known {
				*c = activeCall("c1")
			}
			c.ForwardedTo = to
			return keep
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	amend(false, false, "nowhere")
	if _, _, err := s.Call(ctx, "c1"); !errors.Is(err, record.ErrUnknownCall) {
		t.Errorf("a record that was not to be kept: %v", err)
	}
	amend(false, true, "a")
	amend(true, true, "b")
	amend(true, false, "c")
	c, _, err := s.Call(ctx, "c1")
	if err != nil || c.ForwardedTo != "b" {
		t.Errorf("%+v, %v", c, err)
	}
}

// What one of many adds to a record that was not there the others do not undo.
func amendFromManySides(t *testing.T, db Database) {
	s := open(t, db)
	const sides, times = 4, 5
	var wg sync.WaitGroup
	var all []string
	for side := range sides {
		for n := range times {
			all = append(all, fmt.Sprintf("tag-%d-%d", side, n))
		}
		wg.Go(func() {
			for n := range times {
				err := s.Amend(context.Background(), "c1", func(c *record.Call, known bool) bool {
					if !known {
						*c = activeCall("c1")
						c.Tags = nil
					}
					c.Tags = append(c.Tags, fmt.Sprintf("tag-%d-%d", side, n))
					return true
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	c, _, err := s.Call(context.Background(), "c1")
	slices.Sort(c.Tags)
	if err != nil || !slices.Equal(c.Tags, all) {
		t.Errorf("%v left of %d (%v)", c.Tags, len(all), err)
	}
}
