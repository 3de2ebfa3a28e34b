package store

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSpellingsIn(t *testing.T) {
	n := spellings{"+17861234567", "7861234567", "1001"}
	for text, want := range map[string]bool{
		"":                            false,
		"7861234567":                  true,
		"sip:+17861234567@192.0.2.1":  true,
		"from 7861234567":             true,
		"07861234567":                 false,
		"78612345678":                 false,
		"78612345678 and 7861234567.": true,
		"+178612345":                  false,
		"1001":                        true,
		"sip:1001@192.0.2.1":          false, // could be anything
		"8f14e45f-1001-467f":          false,
	} {
		if got := n.in(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

func TestAlike(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"+17861234567", "7861234567", true},
		{"+17861234567", "(786) 123-4567", true},
		{"+17861234567", "1234567", true},
		{"+17861234567", "234567", false},
		{"+17861234567", "anonymous", false},
		{"+17861234567", "7861234568", false},
		{"1001", "1001", false},
	} {
		if got := alike(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestCleanJSON(t *testing.T) {
	n := spellings{"+17861234567"}
	for _, tt := range []struct{ text, want string }{
		{`{}`, `{}`},
		{`"+17861234567"`, `"erased"`},
		{`{"b":"+17861234567","a":{"z":["x","\u002b17861234567",1.50,null]}}`, `{"b":"erased","a":{"z":["x","erased",1.50,null]}}`},
		{`{"+17861234567" : 1}`, `{"+17861234567" : 1}`},
		{`{"a":"\"+17861234567\\","b":"\\"}`, `{"a":"erased","b":"\\"}`},
		{`{"callerName":"Ann","note":"Ann","displayNames":["Ann"]}`, `{"callerName":"erased","note":"Ann","displayNames":["erased"]}`},
		{`{"callUuid":"+17861234567@id"}`, `{"callUuid":"+17861234567@id"}`},
		{`plain text`, `plain text`},
		{`plain text of +17861234567`, `"erased"`},
	} {
		if got := n.cleanJSON(tt.text, "Ann", "+17861234567@id"); got != tt.want {
			t.Errorf("%s became %s, want %s", tt.text, got, tt.want)
		}
	}
}

func FuzzCleanJSON(f *testing.F) {
	f.Add(`{"a":"+17861234567","b":["\\\"",{"name":"Ann"}]}`)
	f.Add(`"`)
	f.Add(`{"\u002b17861234567":"\u002b17861234567"}`)
	n := spellings{"+17861234567", "7861234567"}
	f.Fuzz(func(t *testing.T, text string) {
		got := n.cleanJSON(text, "Ann", "id")
		if json.Valid([]byte(text)) && !json.Valid([]byte(got)) {
			t.Fatalf("%q became %q", text, got)
		}
		if n.cleanJSON(got, "Ann", "id") != got {
			t.Errorf("%q is cleaned into %q and again into something else", text, got)
		}
		var v any
		if json.Unmarshal([]byte(got), &v) == nil {
			checkClean(t, n, v)
		}
	})
}

func checkClean(t *testing.T, n spellings, v any) {
	switch v := v.(type) {
	case string:
		if v != "id" && n.in(v) {
			t.Errorf("%q is left", v)
		}
	case []any:
		for _, e := range v {
			checkClean(t, n, e)
		}
	case map[string]any:
		for key, e := range v {
			if s, ok := e.(string); ok && s == "Ann" && strings.Contains(strings.ToLower(key), "name") {
				t.Errorf("the name is left at %q", key)
			}
			checkClean(t, n, e)
		}
	}
}
