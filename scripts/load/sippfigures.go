package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// read takes the figures from what sipp wrote.
func (r *result) read(dir string) error {
	for name, delays := range map[string]*[]float64{"answered": &r.answered, "refused": &r.refused} {
		ok, failed, err := counts(filepath.Join(dir, name+".stat.csv"))
		if err != nil {
			return err
		}
		r.calls += ok + failed
		r.failed += failed
		files, err := filepath.Glob(filepath.Join(dir, name+"_*_rtt.csv"))
		if err != nil || len(files) > 1 {
			return fmt.Errorf("sipp wrote %d files of delays for %s", len(files), name)
		}
		if len(files) == 0 {
			continue // no call got that far
		}
		if *delays, err = readDelays(files[0]); err != nil {
			return err
		}
	}
	return nil
}

// table reads a file of sipp: values with ";" between, their names in the first
// line.
func table(file string) ([][]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	c := csv.NewReader(f)
	c.Comma, c.FieldsPerRecord = ';', -1
	rows, err := c.ReadAll()
	if err == nil && len(rows) < 2 {
		err = fmt.Errorf("%s has no figures", filepath.Base(file))
	}
	return rows, err
}

// counts reads the last line of sipp's statistics.
func counts(file string) (ok, failed int, err error) {
	rows, err := table(file)
	if err != nil {
		return 0, 0, err
	}
	last := rows[len(rows)-1]
	get := func(column string) int {
		at := slices.Index(rows[0], column)
		if at < 0 || at >= len(last) {
			err = fmt.Errorf("sipp's statistics have no %s", column)
			return 0
		}
		n, convErr := strconv.Atoi(last[at])
		if convErr != nil {
			err = convErr
		}
		return n
	}
	ok, failed = get("SuccessfulCall(C)"), get("FailedCall(C)")
	return ok, failed, err
}

// readDelays gives the delays of a file in ms, sorted.
func readDelays(file string) ([]float64, error) {
	rows, err := table(file)
	if err != nil {
		return nil, err
	}
	var all []float64
	for _, row := range rows[1:] {
		if len(row) < 2 {
			continue
		}
		ms, err := strconv.ParseFloat(strings.TrimSpace(row[1]), 64)
		if err != nil {
			return nil, fmt.Errorf("sipp's delays: %w", err)
		}
		all = append(all, ms)
	}
	slices.Sort(all)
	return all, nil
}
