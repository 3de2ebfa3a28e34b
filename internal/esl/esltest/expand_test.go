package esltest

import (
	"slices"
	"testing"
	"time"
)

func TestExpansion(t *testing.T) {
	for _, c := range []struct {
		arg, want string
		reached   []string
	}{
		{"plain", "plain", nil},
		{"${caller_id_number}", "+15550001111", nil},
		{"a${b}c", "abeec", nil},
		{"${deep}", "bee", nil},
		{"${b:1}", "ee", nil},
		{"${b:0:1}", "b", nil},
		{"${nothing}", "", nil},
		{"x${system touch /tmp/x}", "x", []string{"system touch /tmp/x"}},
		{"x${system(touch ${b})}", "x", []string{"system touch bee"}},
		{"${hidden}", "", []string{"system rm"}},
		{"$ and $x", "$ and $x", nil},
	} {
		call := alice
		call.Variables = map[string]string{"b": "bee", "deep": "${b}", "hidden": "${system(rm)}"}
		res := place(t, &Switch{}, call, func(s *server) {
			s.begin()
			f := s.exec("set", "out="+c.arg)
			if got := f.Header("variable_out"); got != c.want {
				t.Errorf("%s = %q, want %q", c.arg, got, c.want)
			}
			s.hangup(id)
		})
		if !slices.Equal(res.Expanded, c.reached) {
			t.Errorf("%s reached %q, want %q", c.arg, res.Expanded, c.reached)
		}
	}
}

// A backslash does not help in set, which expands twice, nor does
// app_disable_expand_variables.
func TestSetExpandsItsValueItself(t *testing.T) {
	for _, variables := range []map[string]string{nil, {"app_disable_expand_variables": "true"}} {
		call := alice
		call.Variables = variables
		arg := `out=\${system(x)}`
		if variables != nil {
			arg = `out=${system(x)}`
		}
		res := place(t, &Switch{}, call, func(s *server) {
			s.begin()
			s.exec("set", arg)
			s.hangup(id)
		})
		if !slices.Equal(res.Expanded, []string{"system x"}) {
			t.Errorf("reached %q", res.Expanded)
		}
	}
}

// uuid_setvar keeps a text as it is until an argument names the variable.
func TestUuidSetvarIsInert(t *testing.T) {
	sw := &Switch{Phones: map[string][]Phone{"1001@a.test": {{Registered: true, HangupAfter: time.Second}}}}
	res := place(t, sw, alice, func(s *server) {
		s.begin()
		s.api("uuid_setvar " + id + " effective_caller_id_name Sales ${system(touch x)}")
		s.exec("bridge", "user/1001@a.test")
		s.hangup(id)
	})
	if len(res.Expanded) != 0 || res.Variables["effective_caller_id_name"] != "Sales ${system(touch x)}" {
		t.Errorf("reached %q, variable %q", res.Expanded, res.Variables["effective_caller_id_name"])
	}
}

func FuzzExpand(f *testing.F) {
	f.Add("a ${b} ${c(d ${e})} \\$ $${f:1:2}")
	f.Fuzz(func(t *testing.T, s string) {
		c := &call{}
		c.vars.set("loop", "${loop}")
		c.expand(s)
	})
}

func TestEncode(t *testing.T) {
	for in, want := range map[string]string{
		"a b": "a%20b", "%(200,100)": "%25(200,100)", "%41": "%41", "%4a": "%254a", "é": "%C3%A9", "a\r\nb": "a%0D%0Ab",
	} {
		if got := encode(in); got != want {
			t.Errorf("encode(%q) = %q, want %q", in, got, want)
		}
	}
}
