package replay

import (
	"fmt"
	"slices"
	"strings"

	"switchyard/internal/record"
	"switchyard/routing"
)

// Why calls cannot be decided again exactly.
const (
	nothingKept = "nothing was kept of how it was decided: its record was made from what the switch reported"
	numberGone  = "a number of it was erased"
	noPhones    = "it came from a phone, and its tenant has none now"
)

// erased is what the store writes over a number that is to be forgotten.
const erased = "erased"

// unknowable tells why a call cannot be decided again by any configuration, "" if
// it can.
func unknowable(c *record.Call) string {
	switch {
	case c.Facts["now"] == "":
		return nothingKept
	case c.CallerRaw == erased || c.DialledRaw == erased:
		return numberGone
	}
	return ""
}

// unread tells what one of the decisions asked for that no rule asked for when the
// call was decided, so that it was not kept; "" if everything was.
func unread(kept map[string]string, decisions ...*routing.Decision) string {
	for _, d := range decisions {
		missing := ""
		for name := range d.Facts {
			if _, known := kept[name]; !known && strings.HasPrefix(name, "extension ") && (missing == "" || name < missing) {
				missing = name
			}
		}
		if missing != "" {
			return "what " + missing + " was then was not kept with it"
		}
		if why := unreadHeader(kept, d.Facts); why != "" {
			return why
		}
	}
	return ""
}

// unreadHeader is unread for headers: of those that were asked for it is known
// whether they were there.
func unreadHeader(kept, read map[string]string) string {
	had, hadAll := routing.AskedHeaders(kept)
	names, all := routing.AskedHeaders(read)
	switch {
	case hadAll:
		return ""
	case all:
		return "not all of its headers were kept with it"
	}
	for _, name := range names {
		if !slices.Contains(had, name) {
			return fmt.Sprintf("header %s was not kept with it: no rule asked for it then", name)
		}
	}
	return ""
}
