package sqlite

import "testing"

func TestPositional(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT 1":                             "SELECT 1",
		"VALUES ($1, CAST($2 AS text)), ($3)":  "VALUES (?, CAST(? AS text)), (?)",
		"($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)": "(?,?,?,?,?,?,?,?,?,?,?)",
		"a = $1 AND b > $1":                    "a = $1 AND b > $1",
		"a = $2 AND b > $1":                    "a = $2 AND b > $1",
		"a = $1 AND b > $3":                    "a = $1 AND b > $3",
		"a = $1 AND b > $20":                   "a = $1 AND b > $20",
		"cost = '$' || $1":                     "cost = '$' || $1",
	} {
		if got := positional(query); got != want {
			t.Errorf("%q became %q, want %q", query, got, want)
		}
	}
}
