package routing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// compared finds what a value can never be, which are slips: a weekday with a
// capital letter, a time without its zero, the hour 24.
func (r *nameReader) compared(call ast.CallExpr) {
	args := call.Args()
	switch call.FunctionName() {
	case operators.Equals, operators.NotEquals:
		r.literalOf(args[0], args[1], true)
		r.literalOf(args[1], args[0], true)
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		r.literalOf(args[0], args[1], false)
		r.literalOf(args[1], args[0], false)
	case operators.In:
		if args[1].Kind() == ast.ListKind {
			r.literalOf(args[0], args[1], true)
		}
	}
}

// literalOf looks at what a value is compared with; whole: for being equal.
func (r *nameReader) literalOf(value, with ast.Expr, whole bool) {
	name := r.valueName(value)
	if name == "" {
		return
	}
	if whole {
		r.numberOf(name, with)
	}
	r.eachLiteral(with, func(at ast.Expr, text string) {
		if hint, possible := literalHint(name, text, whole); !possible {
			r.add(at, fmt.Sprintf("%s is never %s", name, quoted(text)), hint)
		}
	})
}

// valueName gives what literalHint knows a value by: call.from, or reason of a
// schedule.
func (r *nameReader) valueName(e ast.Expr) string {
	if e.Kind() != ast.SelectKind || e.AsSelect().IsTestOnly() {
		return ""
	}
	steps, root := chain(e)
	if o, _ := objectRead(root); o == &scheduleObject {
		return "the " + steps[0] + " of a schedule"
	}
	if root.Kind() != ast.IdentKind || r.local[steps[0]] > 0 {
		return ""
	}
	return strings.Join(steps, ".")
}

var (
	weekdayTexts = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	allReason    = []HoursReason{HoursWindow, HoursOutside, HoursHoliday, HoursOverride}
)

// literalHint tells whether a value can be a text (or, if not whole, can sensibly
// be compared with it), and what may have been meant.
func literalHint(name, text string, whole bool) (hint string, possible bool) {
	switch name {
	case "call.direction":
		all := []string{string(Inbound), string(Outbound), string(Internal)}
		return oneOf(text, all), slices.Contains(all, text)
	case "call.country":
		return countryCodeHint(text), text == "" || text == "001" || isCountry(text)
	case "call.from", "call.to", "call.did":
		number := ParseNumber(text, "").E164()
		return "write " + quoted(number), number == "" || number == text
	case "now.weekday":
		return weekdayHint(text), slices.Contains(weekdayTexts, text)
	case "now.date":
		return `dates are written "2026-01-31"`, isDate(text, whole)
	case "now.time":
		return timeOfDayHint(text), isTimeOfDay(text, whole)
	case "the reason of a schedule":
		return oneOf(HoursReason(text), allReason), slices.Contains(allReason, HoursReason(text))
	}
	return "", true
}

func weekdayHint(text string) string {
	for _, day := range weekdayTexts {
		if len(text) >= 2 && strings.HasPrefix(day, strings.ToLower(text)) {
			return "did you mean " + day + "?"
		}
	}
	return oneOf(text, weekdayTexts)
}

func isDate(text string, whole bool) bool {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
		if whole {
			return false
		}
	}
	return false
}

func isTimeOfDay(text string, whole bool) bool {
	if text == "24:00" {
		return !whole
	}
	_, err := time.Parse("15:04", text)
	return err == nil && len(text) == len("15:04")
}

func timeOfDayHint(text string) string {
	for _, layout := range []string{"15:04", "15:04:05", "3:04pm", "3pm", "15"} {
		if at, err := time.Parse(layout, strings.ToLower(text)); err == nil {
			return fmt.Sprintf("write %q", at.Format("15:04"))
		}
	}
	return `times are written "09:05", with 24 hours`
}
