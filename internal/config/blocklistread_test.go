package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"switchyard/routing"
)

// What is taken over from the list before is what reading and spelling
// everything gives, whatever was added, removed, changed or moved.
func TestABlocklistTakenOverIsAsReadAndSpelt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		assign := func(kind, name string) string { return kind + name }
		var none *readBlocklist
		entry := func(i int) routing.BlockedNumber {
			b := routing.BlockedNumber{Number: fmt.Sprintf("+1212%07d", i), Reason: rapid.SampledFrom([]string{"", "spam", `"quoted"`}).Draw(t, "reason")}
			if rapid.IntRange(0, 9).Draw(t, "route") == 0 {
				b.Action, b.Then = routing.BlockRoute, &routing.Destination{Route: routing.RouteVoicemail, Target: "1001"}
			}
			return b
		}
		var list []routing.BlockedNumber
		for i := range 30 {
			list = append(list, entry(i))
		}
		objects := none.section(list, assign).objects
		list, err := none.read(nil, objects)
		if err != nil {
			t.Fatal(err)
		}
		was := &readBlocklist{objects, list}
		next := slices.Clone(list)
		for n := range rapid.IntRange(0, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(next)-1).Draw(t, "at")
			switch rapid.IntRange(0, 3).Draw(t, "change") {
			case 0:
				next = slices.Insert(next, at, entry(100+n))
			case 1:
				next = slices.Delete(next, at, at+1)
			case 2:
				next[at].Reason = "changed"
			case 3:
				moved := next[at]
				next = append(slices.Delete(next, at, at+1), moved)
			}
		}
		spelt, anew := was.section(next, assign), none.section(next, assign)
		if diff := cmp.Diff(anew.objects, spelt.objects); diff != "" || spelt.err != nil {
			t.Fatalf("%v (-anew +taken over)\n%s", spelt.err, diff)
		}
		got, err := was.read(nil, spelt.objects)
		want, _ := none.read(nil, anew.objects)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("%v (-anew +taken over)\n%s", err, diff)
		}
	})
}

// An object that has another body is read, though its id is known.
func TestAChangedObjectIsRead(t *testing.T) {
	var none *readBlocklist
	objects := []Object{{Kind: blocklistKind, ID: "a", Body: json.RawMessage(`{"id":"a","number":"+12125550100"}`)}}
	list, err := none.read(nil, objects)
	if err != nil {
		t.Fatal(err)
	}
	changed := []Object{{Kind: blocklistKind, ID: "a", Body: json.RawMessage(`{"id":"a","number":"+12125550199"}`)}}
	if got, err := (&readBlocklist{objects, list}).read(nil, changed); err != nil || got[0].Number != "+12125550199" {
		t.Errorf("%+v, %v", got, err)
	}
}
