package routing

import (
	"iter"
	"strings"
)

// maxPrefixDigits is the length of the longest E.164 number.
const maxPrefixDigits = 15

// prefixes finds the beginnings of a number among any number of them by at most
// one look for each length there is. The zero value has none.
type prefixes[V any] struct {
	by      map[string]V
	lengths uint32 // a bit for each length in bytes that there is
}

func (p *prefixes[V]) add(prefix string, v V) {
	if p.by == nil {
		p.by = map[string]V{}
	}
	p.by[prefix] = v
	p.lengths |= 1 << len(prefix)
}

func (p *prefixes[V]) empty() bool { return p.lengths == 0 }

// of gives the prefixes a number begins with, the longest first.
func (p *prefixes[V]) of(number string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for length := min(len(number), 1+maxPrefixDigits); length > 0; length-- {
			if p.lengths&(1<<length) == 0 {
				continue
			}
			if v, ok := p.by[number[:length]]; ok && !yield(number[:length], v) {
				return
			}
		}
	}
}

// parsePrefix reads the beginning of E.164 numbers: + and 1 to 15 digits, with
// spaces and dashes between them as people write them. Brackets are refused: in
// +44 (0)20 they hold a digit that no number has.
func parsePrefix(text string) (string, bool) {
	if len(text) > maxNumberLength {
		return "", false
	}
	digits, international := strings.CutPrefix(strings.NewReplacer(" ", "", "-", "").Replace(text), "+")
	if !international || digits == "" || digits[0] == '0' || len(digits) > maxPrefixDigits || !allDigits(digits) {
		return "", false
	}
	return "+" + digits, true
}

// prefix checks the beginning of numbers that somebody blocks or allows.
func (s scope) prefix(text string, p path) (string, bool) {
	prefix, ok := parsePrefix(text)
	switch {
	case ok:
	case text == "":
		s.add(p, "no prefix", prefixHint)
	case strings.TrimSpace(text) == "+":
		s.add(p, "every number begins with +", "name a country at least, such as +1")
	default:
		s.add(p, quoted(text)+" is not how an international number begins", prefixHint)
	}
	return prefix, ok
}

const prefixHint = "+ and digits with the country's code, such as +1900"
