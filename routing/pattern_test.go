package routing

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPrefixes(t *testing.T) {
	for text, want := range map[string]string{
		"+1":                                 "+1",
		"+1 900":                             "+1900",
		"+1-900-555":                         "+1900555",
		" +49 30 ":                           "+4930",
		"+ 49":                               "+49",
		"+123456789012345":                   "+123456789012345",
		"+1234567890123456":                  "",
		"":                                   "",
		"+":                                  "",
		"+ -":                                "",
		"+0":                                 "",
		"0900":                               "",
		"1900":                               "",
		"++1":                                "",
		"1+9":                                "",
		"+1900*":                             "",
		"+1.900":                             "",
		"+44(0)20":                           "",
		"+１":                                 "",
		"+1\n":                               "",
		"+" + strings.Repeat(" ", 100) + "1": "",
	} {
		if got, ok := parsePrefix(text); got != want || ok != (want != "") {
			t.Errorf("prefix %q is %q, %v; want %q", text, got, ok, want)
		}
	}
}

func TestPrefixesOfANumber(t *testing.T) {
	var p prefixes[int]
	for i, prefix := range []string{"+1", "+1305", "+13055550166", "+1306"} {
		p.add(prefix, i)
	}
	for number, want := range map[string]string{"+13055550166": "+13055550166 +1305 +1", "+1305": "+1305 +1", "+44": "", "": ""} {
		var got []string
		for prefix := range p.of(number) {
			got = append(got, prefix)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s begins with %q, want %s", number, got, want)
		}
	}
	for prefix := range p.of("+13055550166") {
		if prefix != "+13055550166" {
			t.Errorf("the first is %s", prefix)
		}
		break
	}
}

func FuzzPrefix(f *testing.F) {
	for _, text := range []string{"+1900", "+1 900-555", "+", "", "0900", "+44 (0)20", "+1900*", "\xff", "+\x00"} {
		f.Add(text, "+19005550100")
	}
	f.Fuzz(func(t *testing.T, text, number string) {
		prefix, ok := parsePrefix(text)
		if !ok {
			return
		}
		if len(prefix) < 2 || len(prefix) > 16 || prefix[0] != '+' || prefix[1] == '0' || !allDigits(prefix[1:]) {
			t.Fatalf("%q is the prefix %q", text, prefix)
		}
		if again, ok := parsePrefix(prefix); again != prefix || !ok {
			t.Errorf("%q read again is %q", prefix, again)
		}
		var p prefixes[bool]
		p.add(prefix, true)
		found := false
		for range p.of(number) {
			found = true
		}
		if found != strings.HasPrefix(number, prefix) {
			t.Errorf("%q begins with %q: %v", number, prefix, found)
		}
	})
}

func TestPatternsMatchTheWholeNumber(t *testing.T) {
	cases := []struct {
		pattern, number string
		want            bool
	}{
		{`\+1900\d{7}`, "+19005550100", true},
		{`\+1900\d{7}`, "+190055501000", false},
		{`^\+1900\d{7}$`, "+19005550100", true},
		{`\+1900|\+1901\d*`, "+19005550100", false},
		{`\+1900|\+1901\d*`, "+19015550100", true},
		{`\+1900.*`, "+19005550100", true},
		{`1900.*`, "+19005550100", false},
		{`.*0100`, "+19005550100", true},
		{`.*0100`, "+190055501000", false},
		{`(?m:^\+1900\d*$)`, "+19005550100", true},
		{`(?P<code>\+1900)(?s)\d*`, "+19005550100", true},
	}
	for _, c := range cases {
		pattern, wrong := compilePattern(c.pattern)
		if pattern == nil {
			t.Errorf("%s: %+v", c.pattern, wrong)
		} else if got := pattern.MatchString(c.number); got != c.want {
			t.Errorf("%s fits %s: %v", c.number, c.pattern, got)
		}
	}
}

func TestPatternsThatAreTooMuch(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("1", maxPattern+1),
		`(?:\+1|\+2){100}`,
		`((\d{10}){10}){10}`,
		`(?i)\+1900`, `(?s-i:\+1900)`, `\+1(?mi)`, `\pL`, `\+[\pN]*`, `\Q+19005550100`, `\Q+1900\E\d*`,
		`.+`, `.{7,}`, `\+[1-9]\d*`, `(\+1.*)|(\+[2-9].*)`, `\+?\d+`, `[^x]*`,
	} {
		if pattern, wrong := compilePattern(text); pattern != nil || wrong.message == "" || wrong.hint == "" {
			t.Errorf("%.40s is taken: %+v", text, wrong)
		}
	}
	for _, text := range []string{"", `\d+`, `\+`, `\+1901`, `a`, `\+1901$\d*\b`, `\+\d{20}`, `\+1\d*[a-f]`, `\B\+1\d*\B`} {
		if pattern, wrong := compilePattern(text); pattern == nil || wrong.message != "" || wrong.hint == "" {
			t.Errorf("%q fits some number: %+v", text, wrong)
		}
	}
	for _, text := range []string{`\+1.*`, `\+[2-9].*`, `\+\d{6}`, `\+\d{15}`, `\+1\d*\b`, `\B\+1\d*`, strings.Repeat(`(\+1900)?`, 20) + ".*"} {
		if pattern, wrong := compilePattern(text); pattern == nil && wrong.message != "every number fits the pattern" || wrong.message == "" && wrong.hint != "" {
			t.Errorf("%q: %+v", text, wrong)
		}
	}
}

// A pattern of which is said that it fits no number does not.
func TestPatternsThatFitNothing(t *testing.T) {
	part := rapid.SampledFrom([]string{`\+`, `\d`, `1`, `\+1`, `.`, `[0-4]`, `[a-z]`, `^`, `$`, `\b`, `\B`, `(1|\+)`, `\d{3}`, `\d*`, `.*`, `\+?`, `(?m:^)`, `\z`, `x?`})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 1, 6).Draw(t, "pattern"), "")
		numbers := rapid.SliceOfN(rapid.StringMatching(`\+[0-9]{6,15}`), 50, 50).Draw(t, "numbers")
		pattern, wrong := compilePattern(text)
		if pattern == nil || wrong.hint == "" {
			return
		}
		for _, number := range numbers {
			if pattern.MatchString(number) {
				t.Fatalf("%s fits %s, but none was said to", number, text)
			}
		}
	})
}

func FuzzPattern(f *testing.F) {
	for _, text := range []string{
		`\+1900\d{7}`, `^\+49(1[567]|900)\d+$`, `.*`, ``, `\Q`, `\Q+1`, `)|(`, `(?i)`, `(?m)^`, `[`, `(`, `\`, `+`, `{`, `a{1001}`, `((a{30}){30})`,
		`\pL`, `\C`, `(?P<n>\d)`, `\x{10FFFF}`, "\xff", `(?U)\d+`, `\b\B`, `[[:digit:]]+`, `(?s).`, `\d**`, `|`, `()`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pattern, wrong := compilePattern(text)
		if pattern == nil {
			if wrong.message == "" {
				t.Error("refused without a word")
			}
			return
		}
		plain, err := regexp.Compile(text)
		if err != nil {
			t.Fatalf("%q is taken, but %v", text, err)
		}
		plain.Longest()
		for _, number := range sampleNumbers {
			at := plain.FindStringIndex(number)
			if whole := at != nil && at[0] == 0 && at[1] == len(number); pattern.MatchString(number) != whole {
				t.Errorf("%s fits %q: %v", number, text, !whole)
			}
		}
	})
}
