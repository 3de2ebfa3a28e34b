package routing

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/parser"
)

// object is what expressions read by a name and a field, as in
// schedule("office").isOpen. It becomes @schedules["office"].isOpen: nobody can
// write the variable, as @ begins no name of CEL.
type object struct {
	function string // schedule
	variable string // @schedules
	typ      *cel.Type
	article  string
	example  string // of a name
	fields   []objectField
}

type objectField struct {
	name string
	typ  *cel.Type
	doc  string
}

var objects = []*object{&scheduleObject, &extensionObject}

func (o *object) hint() string {
	return fmt.Sprintf("%s takes one name in quotes, like %s(%q).%s", o.function, o.function, o.example, o.fields[0].name)
}

func (o *object) fieldNames() []string {
	names := make([]string, len(o.fields))
	for i, f := range o.fields {
		names[i] = f.name
	}
	return names
}

// placeholder stands for a name where the object is described.
func (o *object) placeholder() string {
	if o == &extensionObject {
		return "number"
	}
	return "name"
}

// anyField lists the fields for a hint: ".isOpen, .reason or .holiday".
func (o *object) anyField() string {
	names := o.fieldNames()
	last := len(names) - 1
	return "." + strings.Join(names[:last], ", .") + " or ." + names[last]
}

func objectByFunction(name string) *object {
	for _, o := range objects {
		if o.function == name {
			return o
		}
	}
	return nil
}

// expand is the macro behind the function.
func (o *object) expand(make parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	if _, literal := literalString(args[0]); !literal {
		return nil, make.NewError(args[0].ID(), o.hint())
	}
	return make.NewCall(operators.Index, make.NewIdent(o.variable), args[0]), nil
}

// objectTypes tells the type checker of the objects there are.
type objectTypes struct{ types.Provider }

func objectByType(name string) *object {
	for _, o := range objects {
		if o.typ.TypeName() == name {
			return o
		}
	}
	return nil
}

// FindStructType implements types.Provider.
func (p objectTypes) FindStructType(name string) (*types.Type, bool) {
	if o := objectByType(name); o != nil {
		return types.NewTypeTypeWithParam(o.typ), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p objectTypes) FindStructFieldNames(name string) ([]string, bool) {
	if o := objectByType(name); o != nil {
		return o.fieldNames(), true
	}
	return p.Provider.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider.
func (p objectTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	o := objectByType(name)
	if o == nil {
		return p.Provider.FindStructFieldType(name, field)
	}
	for _, f := range o.fields {
		if f.name == field {
			return &types.FieldType{Type: f.typ}, true
		}
	}
	return nil, false
}

func objectOptions() ([]cel.EnvOption, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("types of expressions: %w", err)
	}
	options := []cel.EnvOption{cel.CustomTypeProvider(objectTypes{registry})}
	for _, o := range objects {
		options = append(options,
			cel.Variable(o.variable, cel.MapType(cel.StringType, o.typ)),
			cel.Macros(parser.NewGlobalMacro(o.function, 1, o.expand)))
	}
	return options, nil
}

// objectRead gives the object and the name in schedule("name"); nil: e is
// something else.
func objectRead(e ast.Expr) (*object, ast.Expr) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Index {
		return nil, nil
	}
	args := e.AsCall().Args()
	for _, o := range objects {
		if isIdent(args[0], o.variable) {
			return o, args[1]
		}
	}
	return nil, nil
}

// object looks at what is read of an object: fields are the names behind it.
func (r *nameReader) object(o *object, arg ast.Expr, fields []string) {
	name, _ := literalString(arg)
	r.refer(o.function, name, arg)
	text := fmt.Sprintf("%s(%q)", o.function, name)
	if len(fields) == 0 {
		r.add(arg, text+" is not a value by itself", "write "+text+o.anyField())
		return
	}
	for _, known := range o.fieldNames() {
		if fields[0] == known {
			r.found[text+"."+known] = struct{}{}
			return
		}
	}
	hint := orText(didYouMean(fields[0], o.fieldNames()), "known are "+strings.Join(o.fieldNames(), ", "))
	r.addNamed(arg, fields[0], fmt.Sprintf("%s %s has no %q", o.article, o.function, fields[0]), hint)
}
