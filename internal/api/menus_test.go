package api

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/routing"
)

func TestMenusAreListed(t *testing.T) {
	e := newEndpoint(t)
	got := given[menusBody](e, e.as(e.readonly, "GET", "/api/ivr-menus", ""), 200)
	if len(got.Menus) != 1 || got.Menus[0].ID == "" {
		t.Fatalf("%+v", got)
	}
	m := got.Menus[0]
	for _, ref := range []string{"main", m.ID, strings.ToUpper(m.ID)} {
		if one := given[menuBody](e, e.as(e.readonly, "GET", "/api/ivr-menus/"+ref, ""), 200).Menu; !cmp.Equal(one, m) {
			t.Errorf("%s: %+v", ref, one)
		}
	}
	m.ID = ""
	want := Menu{
		Name: "main", Extension: "1200", Greeting: routing.Prompt{File: "main.wav"}, RepeatGreeting: &routing.Prompt{File: "main.wav"},
		Digits:     map[string]routing.Destination{"1": {Route: "extension", Target: "1001"}, "9": {Route: "repeat"}},
		DirectDial: &routing.DirectDial{Deny: []string{"1003"}}, BargeIn: true, FirstDigitSeconds: 5, InterDigitSeconds: 2, MaxDigits: 4,
		MaxTimeouts: 3, MaxFailures: 3, MaxTries: 4, Exits: routing.Exits{routing.NoInput: {Route: "extension", Target: "1001"}},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	if got := given[menusBody](e, e.as(e.rival, "GET", "/api/ivr-menus", ""), 200); len(got.Menus) != 0 {
		t.Errorf("the rival sees %+v", got)
	}
	e.refused(e.as(e.rival, "GET", "/api/ivr-menus/main", ""), 404, "not_found")
	e.refused(e.as(e.readonly, "GET", "/api/ivr-menus/sub", ""), 404, "not_found")
	e.refused(e.as(e.readonly, "GET", "/api/ivr-menus?after=nonsense", ""), 400, "bad_request")
}
