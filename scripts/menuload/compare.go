package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"
)

// compare counts the entries that were made, and the calls whose record has
// others.
func (b *bench) compare(ctx context.Context, callers []*caller) (entries, wrong int, err error) {
	ids, err := b.records(ctx, len(callers))
	if err != nil {
		return 0, 0, err
	}
	for _, c := range callers {
		var answer struct {
			Call struct {
				Steps []struct {
					Digits []string `json:"digits"`
				} `json:"steps"`
			} `json:"call"`
		}
		if err := b.get(ctx, "/api/calls/"+ids[c.number], &answer); err != nil {
			return 0, 0, err
		}
		var recorded []string
		for _, step := range answer.Call.Steps {
			recorded = append(recorded, step.Digits...)
		}
		entries += len(c.entered)
		if !slices.Equal(recorded, c.entered) {
			wrong++
			fmt.Fprintf(os.Stderr, "caller %s pressed %q, the record has %q\n", c.number, c.entered, recorded)
		}
	}
	return entries, wrong, nil
}

// records waits until all calls are over in the records, and gives their ids by
// the caller's number.
func (b *bench) records(ctx context.Context, calls int) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		var answer struct {
			Calls []struct {
				ID     string `json:"id"`
				Caller string `json:"caller_id_number"`
				Status string `json:"status"`
			} `json:"calls"`
		}
		if err := b.get(ctx, "/api/calls?tenantId=acme&limit=1000", &answer); err != nil {
			return nil, err
		}
		ids := make(map[string]string)
		for _, c := range answer.Calls {
			if c.Status != "active" {
				ids[c.Caller] = c.ID
			}
		}
		if len(ids) == calls {
			return ids, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d calls are over in the records: %w", len(ids), calls, ctx.Err())
		}
	}
}

// get reads an answer of the server's API.
func (b *bench) get(ctx context.Context, path string, answer any) error {
	res, err := b.server.Get(ctx, path)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	return json.NewDecoder(res.Body).Decode(answer)
}
