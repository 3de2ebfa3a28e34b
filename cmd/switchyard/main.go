// Command switchyard routes the calls of a FreeSWITCH.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker for a release; otherwise the build says what
// it is.
var version = ""

// commands are what the binary can do. Nothing here decides anything about
// calls: each command wires parts together.
type commands struct {
	Serve      serveCommand      `cmd:"" help:"Take calls from FreeSWITCH, record them and deliver webhooks, until stopped."`
	Demo       demoCommand       `cmd:"" help:"Play calls against a stand-in for FreeSWITCH and show what happened. Needs nothing else."`
	Check      checkCommand      `cmd:"" help:"Check configuration files and print every mistake with file, line, column and a hint."`
	Apply      applyCommand      `cmd:"" help:"Publish configuration files to the running server, whole or not at all."`
	Diff       diffCommand       `cmd:"" help:"Show what files would change, field by field, or what differs between two revisions."`
	Pull       pullCommand       `cmd:"" help:"Write what is published as a configuration file."`
	Publish    publishCommand    `cmd:"" help:"Publish files that were pulled or published before, if nobody else published meanwhile."`
	Revisions  revisionsCommand  `cmd:"" help:"Show who published what, when and why."`
	Rollback   rollbackCommand   `cmd:"" help:"Publish what an earlier revision was, as a new one."`
	Draft      draftCommand      `cmd:"" help:"Keep changes on the server that are not published yet."`
	Explain    explainCommand    `cmd:"" help:"Show where a call would go, and why; or when a schedule will be open."`
	Replay     replayCommand     `cmd:"" help:"Decide recorded calls again under a draft of the configuration and show which would go elsewhere."`
	Calls      callsCommand      `cmd:"" help:"List calls, or tell everything of one and why it went where it went."`
	Events     eventsCommand     `cmd:"" help:"Print events as they happen, one line each."`
	Extensions extensionsCommand `cmd:"" help:"List extensions with their phones as they are now."`
	Forward    forwardCommand    `cmd:"" help:"Forward an extension's calls, or stop that."`
	Dnd        dndCommand        `cmd:"" help:"Let an extension's phones ring, or not."`
	Block      blockCommand      `cmd:"" help:"Block a number, a prefix, a pattern or anonymous callers."`
	Unblock    unblockCommand    `cmd:"" help:"Take an entry off the blocklist."`
	Blocklist  blocklistCommand  `cmd:"" help:"List who is blocked and how often that happened, or check a number."`
	Override   overrideCommand   `cmd:"" help:"Open or close a schedule for a time, or show what schedules are now."`
	Recording  recordingCommand  `cmd:"" help:"Pause the recording of a call, or go on with it."`
	Deliveries deliveriesCommand `cmd:"" help:"Show what webhooks were sent and answered, and send it again."`
	Export     exportCommand     `cmd:"" help:"Write records of calls as CSV or JSON lines."`
	Key        keyCommand        `cmd:"" help:"Make, list and revoke keys for the HTTP endpoint."`
	Doctor     doctorCommand     `cmd:"" help:"Look at a FreeSWITCH and say what stands in the way of routing its calls."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// terminal is what commands read and write, so that tests can stand in.
type terminal struct {
	out, err io.Writer
	env      func(string) string
}

func main() { os.Exit(run(os.Args[1:], terminal{os.Stdout, os.Stderr, os.Getenv})) }

// Exit codes, the same for every command.
const (
	exitOK     = 0
	exitFailed = 1 // it was tried and did not work
	exitUsage  = 2 // the command, its files or settings are wrong
)

func run(args []string, term terminal) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once

	var cli commands
	exited := -1
	parser, err := kong.New(&cli,
		kong.Name("switchyard"),
		kong.Description("Switchyard decides in real time where each call on a FreeSWITCH goes, records it, and tells your CRM.\n\nStart with `switchyard demo`; to plug it into a FreeSWITCH, see the README."),
		kong.Writers(term.out, term.err),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(term),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		panic("the command line is declared wrongly: " + err.Error())
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	switch {
	case exited >= 0:
		return exited
	case err != nil:
		fmt.Fprintf(term.err, "switchyard: %v\nTry `switchyard --help`.\n", err)
		return exitUsage
	}
	if err := command.Run(); err != nil {
		var wrong usage
		if !errors.As(err, &quiet{}) {
			fmt.Fprintf(term.err, "switchyard: %v\n", err)
		}
		if errors.As(err, &wrong) {
			return exitUsage
		}
		return exitFailed
	}
	return exitOK
}

// quiet wraps an error that the command has shown already.
type quiet struct{ error }

func (q quiet) Unwrap() error { return q.error }

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(term terminal) error {
	fmt.Fprintln(term.out, "switchyard", versionString())
	return nil
}

func versionString() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}
