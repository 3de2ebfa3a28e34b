package sqlite

import "strings"

// orFail lets an INSERT that fails leave what it has done so far. The writer
// takes back the whole transaction then, so SQLite need not keep a copy of each
// page to take back the statement alone.
func orFail(query string) string {
	if rest, found := strings.CutPrefix(query, "INSERT INTO "); found {
		return "INSERT OR FAIL INTO " + rest
	}
	return query
}
