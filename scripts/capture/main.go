// Command capture plays scenarios against a real FreeSWITCH and records what
// is said on its outbound socket, byte for byte in both directions:
//
//	go run ./scripts/capture [-out testdata/captures] [-only bridge]
//
// ">>" is what the server sent, "<<" what FreeSWITCH answered, the number in
// brackets the seconds since it connected. Names and addresses of the machine
// and the temporary folder are replaced, and lengths corrected for it; nothing
// else is changed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
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

func record(ctx context.Context, out, only string) error {
	st, err := newStage(ctx)
	if err != nil {
		return err
	}
	defer st.close()
	for _, sc := range scenarios {
		if !strings.HasPrefix(sc.name, only) {
			continue
		}
		if err := recordOne(ctx, st, sc, out); err != nil {
			return fmt.Errorf("%s: %w\n%s", sc.name, err, st.sw.LogTail(20))
		}
	}
	return nil
}

func recordOne(ctx context.Context, st *stage, sc scenario, out string) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	if err := st.reset(ctx); err != nil {
		return err
	}
	result, err := sc.play(ctx, st)
	st.finish()
	for i, c := range st.taken {
		name := sc.name
		if i > 0 {
			name = fmt.Sprintf("%s-%d", sc.name, i+1)
		}
		if wErr := os.WriteFile(filepath.Join(out, name+".txt"), c.recording(), 0o644); wErr != nil {
			return wErr
		}
	}
	if err != nil {
		return err
	}
	fmt.Printf("%-32s %s\n", sc.name, result)
	return nil
}
