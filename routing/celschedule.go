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

const (
	// schedulesVariable holds the tenant's schedules by name, as listsVariable
	// does its lists: schedule("office") becomes @schedules["office"].
	schedulesVariable = "@schedules"
	// scheduleTypeName is no name either: schedule would be one of the language.
	scheduleTypeName = "@schedule"
)

var scheduleType = cel.ObjectType(scheduleTypeName)

// scheduleFields are what a rule can read of a schedule.
var scheduleFields = []struct {
	name string
	typ  *cel.Type
	doc  string
}{
	{"isOpen", cel.BoolType, "one of the tenant's schedules is open, or overridden to be"},
	{"reason", cel.StringType, "why it is open or closed: window, outside, holiday or override"},
	{"holiday", cel.StringType, "the name of the holiday today is in its time zone; empty if it is none"},
}

func scheduleFieldNames() []string {
	names := make([]string, len(scheduleFields))
	for i, f := range scheduleFields {
		names[i] = f.name
	}
	return names
}

// scheduleTypes tells the type checker of the one object there is.
type scheduleTypes struct{ types.Provider }

// FindStructType implements types.Provider.
func (p scheduleTypes) FindStructType(name string) (*types.Type, bool) {
	if name == scheduleTypeName {
		return types.NewTypeTypeWithParam(scheduleType), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p scheduleTypes) FindStructFieldNames(name string) ([]string, bool) {
	if name == scheduleTypeName {
		return scheduleFieldNames(), true
	}
	return p.Provider.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider.
func (p scheduleTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name != scheduleTypeName {
		return p.Provider.FindStructFieldType(name, field)
	}
	for _, f := range scheduleFields {
		if f.name == field {
			return &types.FieldType{Type: f.typ}, true
		}
	}
	return nil, false
}

func scheduleOptions() ([]cel.EnvOption, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("types of expressions: %w", err)
	}
	return []cel.EnvOption{
		cel.CustomTypeProvider(scheduleTypes{registry}),
		cel.Variable(schedulesVariable, cel.MapType(cel.StringType, scheduleType)),
		cel.Macros(parser.NewGlobalMacro("schedule", 1, expandSchedule)),
	}, nil
}

const scheduleHint = `schedule takes one name in quotes, like schedule("office").isOpen`

func expandSchedule(make parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	if _, literal := literalString(args[0]); !literal {
		return nil, make.NewError(args[0].ID(), scheduleHint)
	}
	return make.NewCall(operators.Index, make.NewIdent(schedulesVariable), args[0]), nil
}

// scheduleArg gives the name in schedule("name"); nil: e is something else.
func scheduleArg(e ast.Expr) ast.Expr {
	if e.Kind() != ast.CallKind {
		return nil
	}
	call := e.AsCall()
	if call.FunctionName() != operators.Index || !isIdent(call.Args()[0], schedulesVariable) {
		return nil
	}
	return call.Args()[1]
}

// schedule looks at what is read of a schedule: fields are the names behind it.
func (r *nameReader) schedule(arg ast.Expr, fields []string) {
	name, _ := literalString(arg)
	if s := r.schedules[name]; s == nil || s.Name != name {
		hint := didYouMean(name, scheduleNamesOf(r.schedules))
		if len(r.schedules) == 0 {
			hint = "the tenant has no schedules"
		}
		r.add(arg, fmt.Sprintf("no schedule %q", name), hint)
		return
	}
	text := fmt.Sprintf("schedule(%q)", name)
	if len(fields) == 0 {
		r.add(arg, text+" is not a value by itself", "write "+text+".isOpen, .reason or .holiday")
		return
	}
	for _, known := range scheduleFieldNames() {
		if fields[0] == known {
			r.found[text+"."+known] = struct{}{}
			return
		}
	}
	hint := orText(didYouMean(fields[0], scheduleFieldNames()), "known are "+strings.Join(scheduleFieldNames(), ", "))
	r.add(arg, fmt.Sprintf("a schedule has no %q", fields[0]), hint)
}
