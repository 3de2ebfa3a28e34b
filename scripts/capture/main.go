// Command capture plays scenarios against a real FreeSWITCH and records what
// is said on its outbound socket, byte for byte in both directions:
//
//	go run ./scripts/capture [-out testdata/captures] [-only bridge]
//
// ">>" is what the server sent, "<<" what FreeSWITCH answered, the number in
// brackets the seconds since it connected. Package recording says what is
// replaced.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"switchyard/internal/acceptance/recording"
)

func main() {
	out := flag.String("out", "testdata/captures", "folder to write recordings to")
	only := flag.String("only", "", "record only the scenarios whose names begin so")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := record(ctx, *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func record(ctx context.Context, out, only string) (err error) {
	st, err := recording.NewStage(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	for _, sc := range recording.Scenarios() {
		if !strings.HasPrefix(sc.Name, only) {
			continue
		}
		take, err := st.Play(ctx, sc)
		for _, r := range take.Connections {
			if err := os.WriteFile(filepath.Join(out, r.Name+".txt"), r.Text, 0o644); err != nil {
				return fmt.Errorf("write a recording: %w", err)
			}
		}
		if err != nil {
			return err
		}
		fmt.Printf("%-32s %s\n%-32s pressed after %v, callee left after %v\n", sc.Name, take.Summary, "", take.Pressed, take.CalleeLeft)
	}
	return nil
}
