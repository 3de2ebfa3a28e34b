package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/routing"
)

func TestTagsOfMenus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		o := opened("c1", time.Now())
		o.call.Tags = []string{"vip"}
		p.open(o)
		p.settle()
		p.Adopted("c1", routing.RuleSet{Tags: []string{"sales", "vip"}})
		p.Adopted("nobody", routing.RuleSet{Tags: []string{"sales"}})
		p.settle()
		if got := p.store.last(t, "c1").Tags; !slices.Equal(got, []string{"vip", "sales"}) {
			t.Errorf("tags %q", got)
		}
		before := p.store.transactions()
		p.Adopted("c1", routing.RuleSet{Tags: []string{"sales"}})
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
		p.Adopted("c1", routing.RuleSet{Tags: []string{"sales", "spain"}})
		p.settle()
		p.Adopted("c1", routing.RuleSet{Tags: []string{"late"}})
		p.settle()
		if got := p.store.last(t, "c1").Tags; !slices.Equal(got, []string{"vip", "sales", "spain", "late"}) {
			t.Errorf("tags %q", got)
		}
		p.finish(t)
	})
}

// What a menu sets besides tags is among the facts, over what a rule set, also
// when an earlier session's record is read later.
func TestAccountCodeOfMenus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := opened("c1", time.Now()).call
		old.Facts = map[string]string{"direction": "inbound", "set accountCode": "rule", "set language": "es"}
		p := run(t, Options{Resume: &shelf{call: old}})
		p.open(cameBack("c1", time.Now()))
		p.Adopted("c1", routing.RuleSet{AccountCode: "menu", Priority: 7})
		p.settle()
		want := map[string]string{"direction": "inbound", "set accountCode": "menu", "set language": "es", "set priority": "7"}
		if got := p.store.last(t, "c1").Facts; !maps.Equal(got, want) {
			t.Errorf("facts %q", got)
		}
		before := p.store.transactions()
		p.Adopted("c1", routing.RuleSet{Priority: 7})
		p.settle()
		if p.store.transactions() != before {
			t.Error("what is there was stored again")
		}
		if old.Facts["set accountCode"] != "rule" {
			t.Error("the record that was read has changed")
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
