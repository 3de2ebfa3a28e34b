package routing

import (
	"strings"
	"testing"
)

func TestUnderlined(t *testing.T) {
	cases := map[string]struct {
		problem Problem
		want    string
	}{
		"no line is known": {Problem{File: "a.yaml", Line: 3, Column: 4, Message: "wrong"}, "a.yaml:3:4: wrong"},
		"one character":    {Problem{Source: "abc", Column: 2, Length: 1, Message: "wrong"}, "wrong\n    abc\n     ^"},
		"several":          {Problem{Source: "  when: abc", Column: 9, Length: 3, Message: "wrong", Hint: "write b"}, "wrong (write b)\n      when: abc\n            ^~~"},
		"tabs":             {Problem{Source: "\ta\tbc", Column: 4, Length: 2, Message: "wrong"}, "wrong\n        a    bc\n             ^~"},
		"wide characters":  {Problem{Source: "北京 == x", Column: 7, Length: 1, Message: "wrong"}, "wrong\n    北京 == x\n            ^"},
		"marks that join":  {Problem{Source: "e\u0301 x", Column: 4, Length: 1, Message: "wrong"}, "wrong\n    e\u0301 x\n      ^"},
		"behind the end":   {Problem{Source: "abc", Column: 4, Length: 1, Message: "wrong"}, "wrong\n    abc\n       ^"},
		"far behind it":    {Problem{Source: "abc", Column: 400, Length: 9, Message: "wrong"}, "wrong\n    abc\n       ^"},
		"a column of 0":    {Problem{Source: "abc", Message: "wrong"}, "wrong"},
		"a long line": {
			Problem{Source: strings.Repeat("a", 300) + "BB" + strings.Repeat("c", 300), Column: 301, Length: 2, Message: "wrong"},
			"wrong\n    …" + strings.Repeat("a", 40) + "BB" + strings.Repeat("c", 58) + "…\n    " + strings.Repeat(" ", 41) + "^~",
		},
		"a long part": {
			Problem{Source: strings.Repeat("a", 300), Column: 1, Length: 300, Message: "wrong"},
			"wrong\n    " + strings.Repeat("a", 100) + "…\n    ^" + strings.Repeat("~", 99),
		},
	}
	for name, c := range cases {
		if got := c.problem.Underlined(); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// However a condition is written in YAML, what is wrong in it is underlined there.
func TestMistakesAreFoundInTheFile(t *testing.T) {
	cases := map[string]struct{ when, line, marked string }{
		"plain":                {"call.form == 'x'", `    when: call.form == 'x'`, "call.form"},
		"in single quotes":     {"'call.form == \"x\"'", `    when: 'call.form == "x"'`, "call.form"},
		"a quote in quotes":    {"'call.from == ''x'' && call.form == \"x\"'", `    when: 'call.from == ''x'' && call.form == "x"'`, "call.form"},
		"in double quotes":     {`"call.from == \"x\" && call.form == \"x\""`, `    when: "call.from == \"x\" && call.form == \"x\""`, "call.form"},
		"escapes":              {`"call.from == \"\u00e9\x41\U0001F600\" && call.form == \"x\""`, `    when: "call.from == \"\u00e9\x41\U0001F600\" && call.form == \"x\""`, "call.form"},
		"an escaped line end":  {`"call.anonymous &&\n call.form == \"x\""`, `    when: "call.anonymous &&\n call.form == \"x\""`, "call.form"},
		"a block":              {"|\n      call.anonymous &&\n        call.form == \"x\"", `        call.form == "x"`, "call.form"},
		"a block, line 3":      {"|\n      call.anonymous &&\n      call.anonymous &&\n      call.form == \"x\"", `      call.form == "x"`, "call.form"},
		"a folded block":       {">\n      call.anonymous &&\n      call.form == \"x\"", `      call.form == "x"`, "call.form"},
		"a folded, stripped":   {">-\n      call.anonymous &&\n      call.form == \"x\"", `      call.form == "x"`, "call.form"},
		"plain over two lines": {"call.anonymous &&\n      call.form == 'x'", `      call.form == 'x'`, "call.form"},
		"quotes over two":      {"\"call.anonymous &&\n      call.form == \\\"x\\\"\"", `      call.form == \"x\""`, "call.form"},
		"wide characters":      {`call.callerName == '北京' && call.form == ''`, `    when: call.callerName == '北京' && call.form == ''`, "call.form"},
		"an unknown list":      {`"call.from in list(\"vup\")"`, `    when: "call.from in list(\"vup\")"`, `\"vup`},
	}
	for name, c := range cases {
		file := "tenant: acme\nrules:\n  - name: a\n    when: " + c.when + "\n    then: {route: hangup, target: USER_BUSY}\nlists: [{name: vip, numbers: ['+13055550111']}]\n"
		operator := "tenants: [{id: " + string(acmeID) + ", name: acme, country: US, timezone: UTC}]\n"
		_, _, problems := CompileFiles([]File{{"operator.yaml", []byte(operator)}, {"acme.yaml", []byte(file)}})
		var found *Problem
		for i := range problems {
			if strings.HasSuffix(problems[i].Path, "when") {
				found = &problems[i]
			}
		}
		if found == nil {
			t.Errorf("%s: no problem with it: %v", name, problems)
			continue
		}
		source := []rune(found.Source)
		if found.Source != c.line || strings.Split(file, "\n")[found.Line-1] != c.line {
			t.Errorf("%s: line %d, %q, want %q", name, found.Line, found.Source, c.line)
			continue
		}
		if marked := string(source[found.Column-1 : found.Column-1+found.Length]); marked != c.marked {
			t.Errorf("%s: %q is underlined, want %q", name, marked, c.marked)
		}
	}
}
