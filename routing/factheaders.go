package routing

import (
	"maps"
	"slices"
	"strings"
)

// seenHeaders gives the SIP headers as rules see them: by lower-case name, within
// the bounds of what can be kept. Of two that differ only in case the one that
// sorts first wins, so that a replay sees the same.
func (f *facts) seenHeaders() map[string]string {
	if f.headers == nil {
		f.headers = lowerKeys(f.call.Headers)
	}
	return f.headers
}

func lowerKeys(headers map[string]string) map[string]string {
	lower := make(map[string]string, min(len(headers), maxHeaders))
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		key := strings.ToLower(name)
		if _, taken := lower[key]; !taken && isHeaderName(key) {
			lower[key] = SafeText(headers[name])
		}
	}
	if len(lower) > maxHeaders {
		for _, name := range slices.Sorted(maps.Keys(lower))[maxHeaders:] {
			delete(lower, name)
		}
	}
	return lower
}

// isHeaderName knows the names of RFC 3261, in lower case.
func isHeaderName(name string) bool {
	return name != "" && len(name) <= maxHeaderName && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("-.!%*_+`'~", r))
	})
}

// noteHeaders keeps the headers an expression names, or all of them if it goes
// through them; and that they were asked for, so that of one that is not kept it
// is known whether it was there.
func (f *facts) noteHeaders(e *sharedExpression) {
	if e.allHeaders {
		f.headersRead, f.headersAsked = f.seenHeaders(), []string{allHeaders}
		return
	}
	for _, name := range e.headers {
		f.noteAsked(name)
		value, there := f.seenHeaders()[name]
		if !there {
			continue
		}
		if f.headersRead == nil {
			f.headersRead = map[string]string{}
		}
		f.headersRead[name] = value
	}
}

func (f *facts) noteAsked(name string) {
	if len(f.headersAsked) < maxAskedHeaders && isHeaderName(name) && !slices.Contains(f.headersAsked, name) && !slices.Contains(f.headersAsked, allHeaders) {
		f.headersAsked = append(f.headersAsked, name)
	}
}

// AskedHeaders gives the names of the headers that the rules of a decision asked
// for, by its facts, in lower case, and whether it is all of them.
func AskedHeaders(kept map[string]string) (names []string, all bool) {
	asked := kept[askedFact]
	if asked == "" || asked == allHeaders {
		return nil, asked == allHeaders
	}
	return strings.Fields(asked), false
}
