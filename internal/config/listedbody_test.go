package config

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"switchyard/routing"
)

// What is read fast is what is read slowly.
func TestBlockedNumbersAreReadAsJSON(t *testing.T) {
	text := rapid.OneOf(rapid.StringMatching(`[ -~]{0,12}`), rapid.String(), rapid.SampledFrom([]string{"", "+15550100", `a"b`, `\`, "<a&b>"}))
	rapid.Check(t, func(t *rapid.T) {
		want := routing.BlockedNumber{
			ID: text.Draw(t, "id"), Number: text.Draw(t, "number"), Prefix: text.Draw(t, "prefix"), Pattern: text.Draw(t, "pattern"),
			Anonymous: rapid.Bool().Draw(t, "anonymous"), Reason: text.Draw(t, "reason"), Direction: text.Draw(t, "direction"),
			Action: routing.BlockAction(text.Draw(t, "action")),
		}
		if rapid.Bool().Draw(t, "routed") {
			want.Then = &routing.Destination{Route: "extension", Target: text.Draw(t, "target")}
		}
		body, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		sameRead(t, body)
	})
	for _, body := range []string{
		`{}`, `{"id":"a"}`, `{"id": "a"}`, `{"id":"a",}`, `{"id":"a"`, `{"id":"a"} `, `{"Number":"+1"}`, `{"id":"a","id":"b"}`, `{"then":"x"}`, `[]`, `{"id":"a"}}`,
		`{"id":"\u0061"}`, `{"x":"a"}`, `{"id":null}`, `{"a\":\"b":"c"}`, "{\"id\":\"\x01\"}", "{\"id\":\"\xff\"}", `{"id":"a","expires":"b","cause":"c"}`,
	} {
		sameRead(t, []byte(body))
	}
}

func sameRead(t interface{ Fatalf(string, ...any) }, body []byte) {
	var fast, slow []routing.BlockedNumber
	o := Object{Kind: "blocklist", Body: body}
	one, other := addBlocked(&fast, o), add(&slow, o)
	if diff := cmp.Diff(slow, fast); diff != "" || (one == nil) != (other == nil) {
		t.Fatalf("%s: %v, %v\n%s", body, one, other, diff)
	}
}
