package routing

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// decoder turns the syntax tree of one file into configuration types, going on
// after every mistake. It fills a tree of positions on the way.
type decoder struct {
	file     *string
	lines    []string
	cursor   lineCursor
	problems []Problem
}

// mapping is a YAML mapping, whichever way it was written.
type mapping []*ast.MappingValueNode

func asMapping(n ast.Node) (mapping, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return mapping{m}, true
	}
	return nil, false
}

func keyText(entry *ast.MappingValueNode) string { return entry.Key.GetToken().Value }

func hasKey(m mapping, key string) bool {
	return slices.ContainsFunc(m, func(e *ast.MappingValueNode) bool { return keyText(e) == key })
}

func (d *decoder) add(at *node, where, message, hint string) {
	d.problems = append(d.problems, Problem{
		File: *d.file, Line: at.line, Column: at.column, Path: legible(where), Message: legible(message), Hint: hint,
	})
}

// refuse adds a problem and marks the place, so that later checks do not
// complain about the value that is missing there.
func (d *decoder) refuse(at *node, where, message, hint string) {
	at.bad = true
	d.add(at, where, message, hint)
}

func decodeRoot(d *decoder, root mapping, into any) *node {
	tree := &node{file: d.file, line: 1, column: 1, keys: map[string]*node{}}
	d.object(root, reflect.ValueOf(into).Elem(), tree, "")
	return tree
}

func (d *decoder) value(n ast.Node, into reflect.Value, at *node, where string) {
	if n.Type() == ast.NullType {
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.value(n, into.Elem(), at, where)
	case reflect.Struct:
		d.objectValue(n, into, at, where)
	case reflect.Map:
		d.table(n, into, at, where)
	case reflect.Slice:
		d.list(n, into, at, where)
	case reflect.String:
		d.text(n, into, at, where)
	case reflect.Int:
		d.integer(n, into, at, where)
	case reflect.Bool:
		d.boolean(n, into, at, where)
	default:
		panic("routing: configuration type without a decoder: " + into.Type().String())
	}
}

func (d *decoder) objectValue(n ast.Node, into reflect.Value, at *node, where string) {
	m, ok := asMapping(n)
	if !ok {
		d.wrongType(n, at, where, "keys and values")
		return
	}
	at.keys = map[string]*node{}
	d.object(m, into, at, where)
}

func (d *decoder) object(m mapping, into reflect.Value, at *node, where string) {
	fields := fieldsOf(into.Type())
	for _, entry := range m {
		key := keyText(entry)
		keyAt := d.keyNode(entry)
		inner := joinPath(where, key)
		i, known := fields[key]
		switch {
		case !known:
			d.add(keyAt, inner, fmt.Sprintf("unknown key %q", key), unknownKeyHint(key, fields, where))
		case at.keys[key] != nil:
			d.add(keyAt, inner, fmt.Sprintf("key %q is here twice", key), "")
		default:
			at.keys[key] = d.valueNode(entry.Value, keyAt)
			d.field(entry.Value, into.Field(i), at.keys[key], inner)
		}
	}
}

// field decodes a field; a section that is there but empty becomes an empty
// slice.
func (d *decoder) field(n ast.Node, into reflect.Value, at *node, where string) {
	if into.Kind() == reflect.Slice {
		into.Set(reflect.MakeSlice(into.Type(), 0, 0))
	}
	d.value(n, into, at, where)
}

func (d *decoder) table(n ast.Node, into reflect.Value, at *node, where string) {
	m, ok := asMapping(n)
	if !ok {
		d.wrongType(n, at, where, "keys and values")
		return
	}
	at.keys = map[string]*node{}
	into.Set(reflect.MakeMapWithSize(into.Type(), len(m)))
	for _, entry := range m {
		key := keyText(entry)
		keyAt := d.keyNode(entry)
		inner := joinPath(where, key)
		if first := at.keys[key]; first != nil {
			d.add(keyAt, inner, fmt.Sprintf("key %q is here twice", key), fmt.Sprintf("first in %s:%d", *first.file, first.line))
			continue
		}
		element := reflect.New(into.Type().Elem()).Elem()
		at.keys[key] = keyAt
		d.value(entry.Value, element, keyAt, inner)
		into.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), element)
	}
}

func (d *decoder) list(n ast.Node, into reflect.Value, at *node, where string) {
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		d.wrongType(n, at, where, "a list")
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(sequence.Values), len(sequence.Values)))
	at.items = make([]*node, len(sequence.Values))
	for i, item := range sequence.Values {
		at.items[i] = d.valueNode(item, at)
		at.items[i].index = i
		d.value(item, into.Index(i), at.items[i], joinPath(where, i))
	}
}

func (d *decoder) text(n ast.Node, into reflect.Value, at *node, where string) {
	switch s := n.(type) {
	case *ast.StringNode:
		into.SetString(s.Value)
	case *ast.LiteralNode:
		into.SetString(s.Value.Value)
	case *ast.IntegerNode:
		into.SetString(s.Token.Value) // as written: 0123 and +1555 keep their first character
	default:
		d.wrongType(n, at, where, "text")
	}
}

func (d *decoder) integer(n ast.Node, into reflect.Value, at *node, where string) {
	number, ok := n.(*ast.IntegerNode)
	if !ok {
		d.wrongType(n, at, where, "a whole number")
		return
	}
	value, err := strconv.ParseInt(fmt.Sprint(number.Value), 10, 32)
	if err != nil {
		d.refuse(at, where, "the number is too large", "")
		return
	}
	into.SetInt(value)
}

func (d *decoder) boolean(n ast.Node, into reflect.Value, at *node, where string) {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		d.wrongType(n, at, where, "true or false")
		return
	}
	into.SetBool(b.Value)
}

// fieldsOf gives the fields of a configuration type by their key.
func fieldsOf(t reflect.Type) map[string]int {
	fields := make(map[string]int, t.NumField())
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("yaml"); key != "" {
			fields[key] = i
		}
	}
	return fields
}

var tenantKeys = fieldsOf(reflect.TypeFor[TenantConfig]())
