package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"switchyard/internal/config"
	"switchyard/routing"
)

// revisionLine is the line by which a file says what it was made from.
var revisionLine = regexp.MustCompile(`(?m)^(revision:[ \t]*)([0-9]+)`)

// renewRevisions puts the revision that there is now into files that say one,
// by the names of their owners. The rest of them stays as it was written.
func renewRevisions(ctx context.Context, term terminal, f serverFlags, files []routing.File, revisions map[string]int) error {
	for _, file := range files {
		at := revisionLine.FindSubmatchIndex(file.Data)
		if at == nil {
			continue
		}
		rev, ok := revisionOf(ctx, f, file, revisions)
		if !ok || string(file.Data[at[4]:at[5]]) == strconv.Itoa(rev) {
			continue
		}
		text := append(append(bytes.Clone(file.Data[:at[4]]), strconv.Itoa(rev)...), file.Data[at[5]:]...)
		if err := replaceFile(file.Name, file.Data, text); err != nil {
			fmt.Fprintf(term.err, "%s: the revision in it could not be renewed, it is %d: %v\n", file.Name, rev, err)
		}
	}
	return nil
}

// revisionOf gives the revision of the owner of a file.
func revisionOf(ctx context.Context, f serverFlags, file routing.File, revisions map[string]int) (int, bool) {
	cfg, _ := routing.ParseFiles([]routing.File{file})
	owner := config.OperatorScope
	if len(cfg.Tenants) > 0 {
		owner = cfg.Tenants[0].Tenant
	}
	if rev, ok := revisions[owner]; ok {
		return rev, true
	}
	if owner == config.OperatorScope { // it has nothing but the revision
		return 0, false
	}
	var out struct { // it is named by its id
		Revisions []config.Revision `json:"revisions"`
	}
	q := tenantFlags{Tenant: owner}.query()
	q.number("limit", 1)
	if err := f.get(ctx, "/api/config/revisions", q.Values, &out); err != nil || len(out.Revisions) == 0 {
		return 0, false
	}
	return out.Revisions[0].Rev, true
}

// replaceFile writes a file anew, whole or not at all, unless somebody changed
// it meanwhile.
func replaceFile(name string, was, text []byte) error {
	now, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, was) {
		return fmt.Errorf("it was changed meanwhile")
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if err := writeWhole(name, bytes.NewReader(text)); err != nil {
		return err
	}
	return os.Chmod(name, info.Mode().Perm())
}
