package api

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"switchyard/routing"
)

// NumberMatch is whom an entry of the blocklist or the allow list that is added
// matches: exactly one of the four.
type NumberMatch struct {
	Number    string `json:"number,omitempty" maxLength:"100" doc:"one number, or an extension"`
	Prefix    string `json:"prefix,omitempty" maxLength:"100" doc:"every number that begins so, in E.164: +1900"`
	Pattern   string `json:"pattern,omitempty" maxLength:"1000" doc:"RE2, for the whole number in E.164"`
	Anonymous bool   `json:"anonymous,omitempty" doc:"callers that show no number"`
	Reason    string `json:"reason,omitempty" maxLength:"1000"`
	Direction string `json:"direction,omitempty" maxLength:"100" doc:"inbound (default), outbound or both"`
	Expires   string `json:"expires,omitempty" maxLength:"100" doc:"RFC 3339: from then on it does not count"`
}

// ListedNumber is an entry of the blocklist or the allow list as it is shown.
type ListedNumber struct {
	ID        string  `json:"id"`
	Kind      string  `json:"kind" enum:"number,prefix,pattern,anonymous"`
	Match     string  `json:"match" doc:"the number, the prefix or the pattern; anonymous for callers that show no number"`
	Direction string  `json:"direction" enum:"inbound,outbound,both"`
	Reason    string  `json:"reason"`
	Expires   *string `json:"expires" doc:"null: never"`
	Expired   bool    `json:"expired" doc:"it does not count any more"`
}

// listedNumber takes what both lists' entries have.
func (s *Server) listedNumber(a routing.AllowedNumber) ListedNumber {
	out := ListedNumber{ID: a.ID, Direction: cmp.Or(a.Direction, string(routing.Inbound)), Reason: a.Reason}
	out.Kind, out.Match = matchOf(a)
	if a.Expires != "" {
		out.Expires = &a.Expires
		until, err := time.Parse(time.RFC3339, a.Expires)
		out.Expired = err == nil && !s.Now().Before(until)
	}
	return out
}

// matchOf tells whom an entry matches, and by what.
func matchOf(a routing.AllowedNumber) (kind, match string) {
	switch {
	case a.Prefix != "":
		return "prefix", a.Prefix
	case a.Pattern != "":
		return "pattern", a.Pattern
	case a.Anonymous:
		return routing.AnonymousNumber, routing.AnonymousNumber
	default:
		return "number", a.Number
	}
}

// entry makes an entry of what was sent, with an id of its own. Its number is
// kept in the one spelling that records have.
func (s *Server) entry(m NumberMatch, tenant routing.TenantID) routing.AllowedNumber {
	a := routing.AllowedNumber{
		ID: uuid.NewString(), Number: m.Number, Prefix: m.Prefix, Pattern: m.Pattern, Anonymous: m.Anonymous,
		Reason: m.Reason, Direction: m.Direction, Expires: m.Expires,
	}
	if a.Number != "" {
		a.Number = s.number(a.Number, tenant)
	}
	return a
}

// blockedAs is what an entry of the blocklist has in common with one of the
// allow list.
func blockedAs(b routing.BlockedNumber) routing.AllowedNumber {
	return routing.AllowedNumber{
		ID: b.ID, Number: b.Number, Prefix: b.Prefix, Pattern: b.Pattern, Anonymous: b.Anonymous,
		Reason: b.Reason, Direction: b.Direction, Expires: b.Expires,
	}
}

// entryKey is what a list of entries is sorted by.
func entryKey(a routing.AllowedNumber) string {
	_, match := matchOf(a)
	return match + "\x00" + a.ID
}

// sortedEntries sorts a list by whom its entries match.
func sortedEntries[T any](list []T, common func(T) routing.AllowedNumber) []T {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(entryKey(common(a)), entryKey(common(b))) })
	return list
}

// entryIn finds an entry by its id, else by whom it matches.
func entryIn[T any](s *Server, tenant routing.TenantID, list []T, idOrMatch string, common func(T) routing.AllowedNumber) (routing.AllowedNumber, error) {
	id, number := strings.ToLower(idOrMatch), s.number(idOrMatch, tenant)
	var found []routing.AllowedNumber
	for _, entry := range list {
		a := common(entry)
		if a.ID == id {
			return a, nil
		}
		if kind, match := matchOf(a); match == idOrMatch || kind == "number" && s.number(match, tenant) == number {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 0:
		return routing.AllowedNumber{}, noSuch("entry")
	case 1:
		return found[0], nil
	default:
		return routing.AllowedNumber{}, refuse(http.StatusConflict, "%d entries match this; name one of them by its id", len(found))
	}
}
