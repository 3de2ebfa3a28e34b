package store

import (
	"strconv"
	"strings"
)

// where collects conditions of a query and the values in them.
type where struct {
	conditions []string
	args       []any
}

// and adds a condition, its parameters written as ?.
func (w *where) and(condition string, values ...any) {
	for _, v := range values {
		condition = strings.Replace(condition, "?", w.parameter(v), 1)
	}
	w.conditions = append(w.conditions, condition)
}

func (w *where) parameter(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

func (w *where) sql() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return ` WHERE ` + strings.Join(w.conditions, ` AND `)
}

func (w *where) limit(n int) string { return ` LIMIT ` + w.parameter(n) }
