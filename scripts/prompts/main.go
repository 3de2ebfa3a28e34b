// Command prompts makes the prompts that the tests' FreeSWITCH plays, spoken by
// espeak-ng or, without it, as tones:
//
//	go run ./scripts/prompts FOLDER
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"switchyard/internal/acceptance/rig"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/prompts FOLDER")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := rig.MakePrompts(ctx, "testdata/freeswitch/prompts.txt", os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
