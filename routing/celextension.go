package routing

import (
	"fmt"
	"reflect"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

const extensionsVariable = "@extensions"

// extensionObject is extension("1001").
var extensionObject = object{
	function: "extension", variable: extensionsVariable, typ: cel.ObjectType("@extension"), article: "an", example: "1001",
	fields: []objectField{
		{"registered", cel.BoolType, "a phone of the extension is registered; fails where that is not known"},
		{"onCall", cel.BoolType, "a phone of the extension has a call, ringing included; fails where that is not known"},
		{"dnd", cel.BoolType, "the extension does not want to be disturbed"},
	},
}

// extensionsValue is what expressions see of all extensions of a tenant. It is
// the facts themselves, so that handing it out costs nothing.
type extensionsValue facts

// Get implements traits.Indexer.
func (v *extensionsValue) Get(index ref.Val) ref.Val {
	number, _ := index.(types.String)
	reading, err := (*facts)(v).readExtension(string(number))
	if err != nil {
		return types.WrapErr(err)
	}
	return reading
}

// ConvertToNative implements ref.Val.
func (v *extensionsValue) ConvertToNative(reflect.Type) (any, error) { return nil, errNoExtension }

// ConvertToType implements ref.Val.
func (v *extensionsValue) ConvertToType(ref.Type) ref.Val { return types.WrapErr(errNoExtension) }

// Equal implements ref.Val.
func (v *extensionsValue) Equal(other ref.Val) ref.Val { return types.Bool(other == ref.Val(v)) }

// Type implements ref.Val.
func (v *extensionsValue) Type() ref.Type { return types.MapType }

// Value implements ref.Val.
func (v *extensionsValue) Value() any { return nil }

var errNoExtension = fmt.Errorf("an extension is not a value by itself")

// Get implements traits.Indexer: a field of the extension.
func (r *extensionReading) Get(index ref.Val) ref.Val {
	name, _ := index.(types.String)
	known := r.field(string(name))
	if known == unknown {
		return types.NewErr("extension %s: %s is not known", r.number, string(name))
	}
	return types.Bool(known == yes)
}

// IsSet implements traits.FieldTester: has(extension("1001").registered) tells
// whether it is known.
func (r *extensionReading) IsSet(field ref.Val) ref.Val {
	name, _ := field.(types.String)
	return types.Bool(r.field(string(name)) != unknown)
}

// ConvertToNative implements ref.Val.
func (r *extensionReading) ConvertToNative(reflect.Type) (any, error) { return nil, errNoExtension }

// ConvertToType implements ref.Val.
func (r *extensionReading) ConvertToType(ref.Type) ref.Val { return types.WrapErr(errNoExtension) }

// Equal implements ref.Val.
func (r *extensionReading) Equal(other ref.Val) ref.Val { return types.Bool(other == ref.Val(r)) }

// Type implements ref.Val.
func (r *extensionReading) Type() ref.Type { return extensionObject.typ }

// Value implements ref.Val.
func (r *extensionReading) Value() any { return r }

// showExtension gives the value of extension("1001").dnd for an explanation. It
// asks for nothing that the decision did not.
func (f *facts) showExtension(read string) (string, bool) {
	number, field, ok := extensionObject.parts(read)
	if !ok {
		return "", false
	}
	reading := f.extensions[number]
	if reading == nil {
		return "not read", true
	}
	return reading.field(field).String(), true
}
