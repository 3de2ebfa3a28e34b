package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// orderedValue is a JSON value whose objects keep the order of their keys; that
// of the configuration types is the one people write.
type orderedValue struct {
	entries []entry        // of an object
	items   []orderedValue // of a list
	scalar  any            // string, json.Number, bool, nil
	object  bool
	list    bool
}

type entry struct {
	key   string
	value orderedValue
}

// readOrdered reads one value. Keys whose value is null are left out.
func readOrdered(d *json.Decoder) (orderedValue, error) {
	token, err := d.Token()
	if err != nil {
		return orderedValue{}, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return orderedValue{scalar: token}, nil
	}
	v := orderedValue{object: delim == '{', list: delim == '['}
	for d.More() {
		key := ""
		if v.object {
			if token, err = d.Token(); err != nil {
				return v, err
			}
			key, _ = token.(string)
		}
		inner, err := readOrdered(d)
		switch {
		case err != nil:
			return v, err
		case v.list:
			v.items = append(v.items, inner)
		case inner.object || inner.list || inner.scalar != nil:
			v.entries = append(v.entries, entry{key, inner})
		}
	}
	_, err = d.Token()
	return v, err
}

// yamlWriter writes the YAML that the configuration is read from: two columns a
// level, every entry on a line of its own.
type yamlWriter struct{ bytes.Buffer }

func (w *yamlWriter) mapping(v orderedValue, level int) {
	for i, e := range v.entries {
		if i > 0 || level == 0 {
			w.indent(level)
		}
		w.WriteString(plainOrQuoted(e.key) + ":")
		w.inner(e.value, level)
	}
}

// inner writes a value behind its key or the dash of its list.
func (w *yamlWriter) inner(v orderedValue, level int) {
	switch {
	case v.object && len(v.entries) == 0:
		w.WriteString(" {}\n")
	case v.list && len(v.items) == 0:
		w.WriteString(" []\n")
	case v.object:
		w.WriteByte('\n')
		w.indent(level + 1)
		w.mapping(v, level+1)
	case v.list:
		w.WriteByte('\n')
		w.items(v, level+1)
	default:
		w.scalar(v.scalar, level+1)
	}
}

func (w *yamlWriter) items(v orderedValue, level int) {
	for _, item := range v.items {
		w.indent(level)
		w.WriteByte('-')
		if item.object && len(item.entries) > 0 {
			w.WriteByte(' ')
			w.mapping(item, level+1)
			continue
		}
		w.inner(item, level)
	}
}

func (w *yamlWriter) scalar(value any, level int) {
	text, isText := value.(string)
	if !isText {
		fmt.Fprintf(w, " %v\n", value)
		return
	}
	if !fitsBlock(text) {
		w.WriteString(" " + plainOrQuoted(text) + "\n")
		return
	}
	w.WriteString(" |-\n")
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			w.indent(level)
		}
		w.WriteString(line + "\n")
	}
}

func (w *yamlWriter) indent(level int) {
	for range level {
		w.WriteString("  ")
	}
}

// fitsBlock tells whether text of several lines reads the same as a block: an
// expression does.
func fitsBlock(text string) bool {
	lines := strings.Split(text, "\n")
	if len(lines) < 2 || strings.TrimSpace(lines[0]) == "" || strings.TrimSpace(lines[len(lines)-1]) == "" {
		return false
	}
	for i, line := range lines {
		if strings.TrimRight(line, " \t") != line || i == 0 && strings.TrimLeft(line, " ") != line {
			return false
		}
		for _, r := range line {
			if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
				return false
			}
		}
	}
	return true
}

var (
	unquoted = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./]*(?:[ -][A-Za-z0-9_./]+)*$`)
	// reserved is text that some reader of YAML takes for something else.
	reserved = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|nan|inf)$`)
)

func plainOrQuoted(text string) string {
	if unquoted.MatchString(text) && !reserved.MatchString(text) {
		return text
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(text) != nil {
		return `""` // text can always be spelled
	}
	return strings.TrimSuffix(b.String(), "\n")
}
