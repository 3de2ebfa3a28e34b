package routing

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

const (
	// maxPattern is how many characters a pattern has at most.
	maxPattern = 200
	// maxPatternSize bounds what a pattern comes to once its repetitions are
	// written out, which is what a call pays for: 10 us for the worst of them.
	maxPatternSize = 200
	// maxPatterns is how many patterns a tenant has at most, which are tried one
	// after the other.
	maxPatterns = 200
)

// Classes of Unicode and folding of cases mean nothing in numbers, and reading
// one pattern full of them takes a fifth of a second.
const patternSyntax = syntax.Perl &^ syntax.UnicodeGroups

var foldingFlag = regexp.MustCompile(`\(\?[imsU-]*i`)

// compilePattern reads a pattern that a whole number in E.164 has to fit. What
// is wrong with it is a mistake with a message; only a hint is a pattern that
// fits nothing.
func compilePattern(text string) (*regexp.Regexp, mistake) {
	if len(text) > maxPattern {
		return nil, mistake{message: fmt.Sprintf("a pattern longer than %d characters", maxPattern), hint: "prefixes and numbers are faster, and there may be any number of them"}
	}
	switch {
	case foldingFlag.MatchString(text):
		return nil, mistake{message: "a pattern that ignores case", hint: "numbers have no letters: leave (?i) out"}
	case strings.Contains(text, `\Q`): // one that is not closed would swallow what is put behind it
		return nil, mistake{message: `a pattern with a quotation (\Q)`, hint: `the + of a number is written \+`}
	}
	tree, err := syntax.Parse(text, patternSyntax)
	if err != nil {
		return nil, patternMistake(err)
	}
	if size := patternSize(tree); size > maxPatternSize {
		return nil, mistake{message: "a pattern that costs too much", hint: "repeat less, as in \\d{7}, or take prefixes"}
	}
	whole := `\A(?:` + text + `)\z`
	pattern, err := regexp.Compile(whole)
	if err != nil {
		return nil, patternMistake(err)
	}
	if !slices.ContainsFunc(sampleNumbers, func(n string) bool { return !pattern.MatchString(n) }) {
		return nil, mistake{message: "every number fits the pattern", hint: "name a country at least: \\+1.*"}
	}
	if !fitsSomeNumber(whole) {
		return pattern, mistake{hint: "the whole number has to fit, from its + to its last digit: \\+1900\\d{7}"}
	}
	return pattern, mistake{}
}

var patternHints = map[syntax.ErrorCode]string{
	syntax.ErrMissingRepeatArgument: `the + of a number is written \+`,
	syntax.ErrInvalidPerlOp:         "RE2 cannot look ahead or behind; exceptions go into the allow list",
	syntax.ErrInvalidEscape:         "there are no references to groups, nor classes of Unicode",
}

func patternMistake(err error) mistake {
	m := mistake{message: "not readable as a pattern: " + err.Error()}
	bad, ok := errors.AsType[*syntax.Error](err)
	if !ok {
		return m
	}
	m.message = fmt.Sprintf(`not readable as a pattern: %s: "%s"`, bad.Code, bad.Expr) // %q would double every backslash
	m.hint = patternHints[bad.Code]
	return m
}

// patternSize is about how many steps a pattern has when it is compiled. It is
// counted before that, because repetitions of repetitions grow quickly.
func patternSize(r *syntax.Regexp) int {
	size := 1
	for _, sub := range r.Sub {
		size = min(size+patternSize(sub), maxPatternSize+1)
	}
	if r.Op == syntax.OpLiteral {
		size = len(r.Rune)
	}
	if r.Op == syntax.OpRepeat {
		size *= max(r.Min+1, r.Max)
	}
	return min(size, maxPatternSize+1)
}

// sampleNumbers are ordinary numbers of many countries and lengths: what they
// all fit blocks everybody.
var sampleNumbers = makeSamples([]string{
	"+12025550123", "+14165550199", "+18005550100", "+20223456789", "+27215550123", "+302101234567", "+31201234567", "+33123456789",
	"+34912345678", "+390612345678", "+41441234567", "+442079460018", "+4532123456", "+46812345678", "+4721234567", "+48221234567",
	"+4930123456", "+4915112345678", "+52551234567", "+551112345678", "+5511912345678", "+61212345678", "+6561234567", "+74951234567",
	"+81312345678", "+8613812345678", "+90212345678", "+911123456789", "+9613123456", "+971501234567", "+97231234567",
})

// makeSamples adds numbers with digits in no order to those given.
func makeSamples(numbers []string) []string {
	seed := uint32(1)
	for length := range 64 {
		number := []byte("+")
		for range 10 + length%4 {
			seed = seed*1664525 + 1013904223
			number = append(number, '0'+byte(seed>>24)%10)
		}
		number[1] = '1' + byte(seed>>16)%9
		numbers = append(numbers, string(number))
	}
	return numbers
}
