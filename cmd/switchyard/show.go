package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// printJSON writes an answer for scripts.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// table writes lines with columns under each other.
type table struct{ *tabwriter.Writer }

func newTable(w io.Writer, heads ...string) table {
	t := table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.line(heads...)
	return t
}

func (t table) line(cells ...string) {
	for i, c := range cells {
		if c == "" {
			cells[i] = "-"
		}
	}
	fmt.Fprintln(t, strings.Join(cells, "\t"))
}

// shortTime is a time for people, in UTC, to the second; "" for none.
func shortTime(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// secondsOnly makes a record's time one for people.
func secondsOnly(rfc3339 string) string {
	t, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		return rfc3339
	}
	return shortTime(&t)
}

// query collects what a request asks for; what is empty is left out.
type query struct{ url.Values }

func (q query) put(name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

func (q query) number(name string, n int) {
	if n != 0 {
		q.Set(name, strconv.Itoa(n))
	}
}
