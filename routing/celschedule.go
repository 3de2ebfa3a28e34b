package routing

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

const schedulesVariable = "@schedules"

// scheduleObject is schedule("office"). Its type's name is no name either:
// schedule would be one of the language.
var scheduleObject = object{
	function: "schedule", variable: schedulesVariable, typ: cel.ObjectType("@schedule"), article: "a", example: "office",
	fields: []objectField{
		{"isOpen", cel.BoolType, "one of the tenant's schedules is open, or overridden to be"},
		{"reason", cel.StringType, "why it is open or closed: window, outside, holiday or override"},
		{"holiday", cel.StringType, "the name of the holiday today is in its time zone; empty if it is none"},
	},
}

// scheduleValue is what expressions see: all schedules of the tenant by name, or
// one by its fields. Which schedules an expression read is noted in the facts.
type scheduleValue struct {
	facts *facts
	of    *Hours // nil: all of them
}

// Get implements traits.Indexer.
func (v scheduleValue) Get(index ref.Val) ref.Val {
	name, _ := index.(types.String)
	if v.of == nil {
		if h, ok := v.facts.readSchedule(string(name)); ok {
			return scheduleValue{v.facts, h}
		}
		return types.NewErr("no schedule %q", string(name))
	}
	return v.of.field(string(name))
}

func (h *Hours) field(name string) ref.Val {
	switch name {
	case "isOpen":
		return types.Bool(h.Open)
	case "reason":
		return types.String(h.Reason)
	case "holiday":
		return types.String(h.Holiday)
	}
	return types.NewErr("a schedule has no %q", name)
}

// IsSet implements traits.FieldTester, for has(schedule("office").isOpen).
func (v scheduleValue) IsSet(ref.Val) ref.Val { return types.True }

// ConvertToNative implements ref.Val.
func (v scheduleValue) ConvertToNative(reflect.Type) (any, error) {
	return nil, fmt.Errorf("a schedule is not a value by itself")
}

// ConvertToType implements ref.Val.
func (v scheduleValue) ConvertToType(ref.Type) ref.Val {
	return types.NewErr("a schedule is not a value by itself")
}

// Equal implements ref.Val.
func (v scheduleValue) Equal(other ref.Val) ref.Val { return types.Bool(other == ref.Val(v)) }

// Type implements ref.Val.
func (v scheduleValue) Type() ref.Type { return scheduleObject.typ }

// Value implements ref.Val.
func (v scheduleValue) Value() any { return v.of }

// readSchedule gives what a schedule is at the decision's time and notes that
// the decision went by it.
func (f *facts) readSchedule(name string) (*Hours, bool) {
	if h, ok := f.hours[name]; ok {
		return h, true
	}
	s, ok := f.plan.schedules[name]
	if !ok {
		return nil, false
	}
	h := s.hours(f.now)
	if f.hours == nil {
		f.hours = map[string]*Hours{}
	}
	f.hours[s.Name] = &h
	return &h, true
}

// showSchedule gives the value of schedule("office").isOpen for an explanation,
// whether the expression came so far as to read it or not.
func (f *facts) showSchedule(read string) (string, bool) {
	name, field, ok := scheduleObject.parts(read)
	if !ok {
		return "", false
	}
	s, ok := f.plan.schedules[name]
	if !ok {
		return "", false
	}
	h := s.hours(f.now)
	return showValue(h.field(field)), true
}

// parts takes schedule("office").isOpen apart.
func (o *object) parts(read string) (name, field string, ok bool) {
	rest, ok := strings.CutPrefix(read, o.function+`("`)
	end := strings.LastIndex(rest, `").`)
	if !ok || end < 0 {
		return "", "", false
	}
	return rest[:end], rest[end+len(`").`):], true
}
