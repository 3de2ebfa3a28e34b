package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// FieldChange is one field of an object that differs. What a secret was or is
// is never told.
type FieldChange struct {
	Field  string          `json:"field"`         // then.target, members[1001].ringSeconds; place: among its like, from 1
	Was    json.RawMessage `json:"was,omitempty"` // none: it was not there
	Now    json.RawMessage `json:"now,omitempty"` // none: it is gone
	Secret bool            `json:"secret,omitempty"`
}

// secretFields are never shown, by kind.
var secretFields = map[string][]string{"webhooks": {"secret", "previousSecret"}}

// fieldChanges compares the bodies of two objects field by field.
func fieldChanges(p objectPair) []FieldChange {
	c := fieldCompare{secret: secretFields[p.now.Kind]}
	var was, now any
	if readValue(p.was.Body, &was) != nil || readValue(p.now.Body, &now) != nil {
		return nil // it could not have been published
	}
	c.value("", was, now)
	return c.changes
}

func readValue(body []byte, into *any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return d.Decode(into)
}

// fieldCompare collects what differs.
type fieldCompare struct {
	secret  []string
	changes []FieldChange
}

// add notes a change; nil stands for what is not there.
func (c *fieldCompare) add(field string, was, now any) {
	change := FieldChange{Field: field, Was: spelled(was), Now: spelled(now)}
	if slices.Contains(c.secret, field) {
		change = FieldChange{Field: field, Secret: true}
	}
	c.changes = append(c.changes, change)
}

func spelled(value any) json.RawMessage {
	if value == nil {
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil // it was read from JSON
	}
	return text
}

func (c *fieldCompare) value(field string, was, now any) {
	before, wasObject := was.(map[string]any)
	after, isObject := now.(map[string]any)
	if wasObject && isObject {
		c.object(field, before, after)
		return
	}
	first, wasList := was.([]any)
	second, isList := now.([]any)
	if wasList && isList {
		c.list(field, first, second)
		return
	}
	if !bytes.Equal(spelled(was), spelled(now)) {
		c.add(field, was, now)
	}
}

func (c *fieldCompare) object(field string, was, now map[string]any) {
	keys := map[string]bool{}
	for key := range was {
		keys[key] = true
	}
	for key := range now {
		keys[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		inner := key
		if field != "" {
			inner = field + "." + key
		}
		c.value(inner, was[key], now[key])
	}
}

// list compares lists entry by entry: entries that have a name, or a number, by
// it, plain ones by what they are, others by their place.
func (c *fieldCompare) list(field string, was, now []any) {
	before, named := entryNames(was)
	after, alsoNamed := entryNames(now)
	if !named || !alsoNamed {
		for i := range max(len(was), len(now)) {
			c.value(field+"["+strconv.Itoa(i)+"]", at(was, i), at(now, i))
		}
		return
	}
	places := map[string]int{}
	for i, name := range before {
		places[name] = i
	}
	inOrder, last := true, -1
	for i, name := range after {
		old, known := places[name]
		if !known {
			c.add(field+"["+name+"]", nil, now[i])
			continue
		}
		inOrder = inOrder && old > last
		last = old
		c.value(field+"["+name+"]", was[old], now[i])
		delete(places, name)
	}
	for i, name := range before {
		if _, gone := places[name]; gone {
			c.add(field+"["+name+"]", was[i], nil)
		}
	}
	if !inOrder {
		c.add(field+" (order)", before, after)
	}
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// entryNames gives what tells the entries of a list apart; false: nothing does.
func entryNames(list []any) ([]string, bool) {
	names, seen := make([]string, len(list)), map[string]bool{}
	for i, entry := range list {
		names[i] = entryName(entry)
		if names[i] == "" || seen[names[i]] {
			return nil, false
		}
		seen[names[i]] = true
	}
	return names, true
}

func entryName(entry any) string {
	switch e := entry.(type) {
	case string:
		return e
	case map[string]any:
		for _, key := range []string{"name", "number"} {
			if name, ok := e[key].(string); ok {
				return name
			}
		}
	}
	return ""
}
