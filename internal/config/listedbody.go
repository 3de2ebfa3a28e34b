package config

import (
	"bytes"
	"encoding/json"

	"switchyard/routing"
)

// addBlocked reads an entry of the blocklist. There may be a hundred thousand of
// them, so the usual ones, of plain texts alone, are read without reflection.
func addBlocked(list *[]routing.BlockedNumber, o Object) error {
	var b routing.BlockedNumber
	plain := plainTexts(o.Body, func(key []byte) *string {
		switch string(key) {
		case "id":
			return &b.ID
		case "number":
			return &b.Number
		case "prefix":
			return &b.Prefix
		case "reason":
			return &b.Reason
		case "direction":
			return &b.Direction
		case "expires":
			return &b.Expires
		case "action":
			return (*string)(&b.Action)
		case "cause":
			return &b.Cause
		}
		return nil
	})
	if !plain {
		b = routing.BlockedNumber{}
		if err := json.Unmarshal(o.Body, &b); err != nil {
			return unreadable(o, err)
		}
	}
	*list = append(*list, b)
	return nil
}

// plainTexts reads an object whose values are all texts without anything that is
// escaped, each into where its key says; false: it is not such an object, and
// what was read of it does not count.
func plainTexts(body []byte, field func(key []byte) *string) bool {
	rest, ok := bytes.CutPrefix(body, []byte(`{"`))
	if !ok {
		return false
	}
	for {
		var key, value []byte
		if key, rest, ok = bytes.Cut(rest, []byte(`":"`)); !ok || !asItIs(key) {
			return false
		}
		if value, rest, ok = bytes.Cut(rest, []byte(`"`)); !ok || !asItIs(value) {
			return false
		}
		into := field(key)
		if into == nil {
			return false
		}
		*into = string(value)
		switch {
		case string(rest) == "}":
			return true
		case !bytes.HasPrefix(rest, []byte(`,"`)):
			return false
		}
		rest = rest[2:]
	}
}

// asItIs tells whether JSON spells a text as it is.
func asItIs(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
