package api

import (
	"cmp"
	"net/http"
	"slices"

	"switchyard/routing"
)

// Page is a page of a list of what a tenant has configured.
type Page struct {
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"1000"`
	After string `query:"after" maxLength:"4000" doc:"where the last page ended"`
}

// pageOf gives a page of a list and the cursor of the next one, "" if that was all.
// The list is sorted by key, no two entries have the same one; what is added
// and taken away between two pages shifts nothing.
func pageOf[T any](p Page, kind string, tenant routing.TenantID, list []T, key func(T) string) ([]T, string, error) {
	if p.After != "" {
		last, err := unseal(kind, tenant, p.After)
		if err != nil {
			return nil, "", refuse(http.StatusBadRequest, "after: %s", err)
		}
		from, found := slices.BinarySearchFunc(list, string(last), func(entry T, last string) int { return cmp.Compare(key(entry), last) })
		if found {
			from++
		}
		list = list[from:]
	}
	if len(list) <= p.Limit {
		return list, "", nil
	}
	list = list[:p.Limit]
	return list, seal(kind, tenant, []byte(key(list[len(list)-1]))), nil
}
