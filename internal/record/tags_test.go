package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTagsOfMenus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		o := opened("c1", time.Now())
		o.call.Tags = []string{"vip"}
		p.open(o)
		p.settle()
		p.Tagged("c1", []string{"sales", "vip"})
		p.Tagged("nobody", []string{"sales"})
		p.settle()
		if got := p.store.last(t, "c1").Tags; !slices.Equal(got, []string{"vip", "sales"}) {
			t.Errorf("tags %q", got)
		}
		before := p.store.transactions()
		p.Tagged("c1", []string{"sales"})
		p.settle()
		if p.store.transactions() != before {
			t.Error("tags that are there were stored again")
		}
		if first := p.store.saved[0][0].Call.Tags; !slices.Equal(first, []string{"vip"}) {
			t.Errorf("what was stored before has changed: %q", first)
		}
		p.finish(t)
	})
}

// What a menu set before the server died stays, and so does what one sets after.
func TestTagsAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := opened("c1", time.Now()).call
		old.Tags = []string{"vip", "sales"}
		p := run(t, Options{Resume: &shelf{call: old}})
		back := cameBack("c1", time.Now())
		back.call.Tags = []string{"decided again"}
		p.open(back)
		p.Tagged("c1", []string{"sales", "spain"})
		p.settle()
		p.Tagged("c1", []string{"late"})
		p.settle()
		if got := p.store.last(t, "c1").Tags; !slices.Equal(got, []string{"vip", "sales", "spain", "late"}) {
			t.Errorf("tags %q", got)
		}
		p.finish(t)
	})
}

func TestTagsAreBoundedAndSafe(t *testing.T) {
	var many []string
	for i := range 2 * maxTags {
		many = append(many, fmt.Sprint("tag", i))
	}
	given := []string{"first"}
	got := withTags(given, append([]string{"", "a\x00\u202eb", strings.Repeat("é", 300)}, many...))
	if len(got) != maxTags || got[0] != "first" || got[1] != "ab" || got[2] != strings.Repeat("é", maxTag) || len(given) != 1 {
		t.Errorf("%d tags: %q", len(got), got[:3])
	}
}
