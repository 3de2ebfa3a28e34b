package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"switchyard/internal/loadtest"
)

//go:embed operator.yaml
var operatorFile string

//go:embed acme.yaml
var tenantFile string

const (
	connected = "+13055550103" // goes through the gateway
	nobodys   = "+13055550999"
	outside   = "+13055550144"
)

// subject is a server that is measured.
type subject struct {
	name  string
	build string // package
	start func(ctx context.Context) (*loadtest.Process, error)
}

// subjects are the servers that take turns, in their order.
func (b *bench) subjects() []subject {
	var asked []subject
	for _, s := range []subject{{"bare", "./scripts/baresocket", b.startBare}, {"switchyard", "./cmd/switchyard", b.startServer}} {
		if b.only == "" || b.only == s.name {
			asked = append(asked, s)
		}
	}
	return asked
}

// startBare returns when FreeSWITCH can connect to the bare socket server.
func (b *bench) startBare(ctx context.Context) (*loadtest.Process, error) {
	bare, err := loadtest.Launch(b.dir, filepath.Join(b.dir, "baresocket"), "-listen", b.eslAddr, "-bridge", connected, "-to", "sofia/gateway/carrier-a/"+outside)
	if err != nil {
		return nil, err
	}
	if err := bare.Listening(ctx, b.eslAddr); err != nil {
		bare.Stop()
		return nil, err
	}
	return bare, nil
}

// startServer starts our server with a fresh data folder and the load test's
// configuration.
func (b *bench) startServer(ctx context.Context) (*loadtest.Process, error) {
	dir, err := os.MkdirTemp(b.dir, "server-")
	if err != nil {
		return nil, err
	}
	server, err := loadtest.StartServer(ctx, loadtest.Options{
		Binary: filepath.Join(b.dir, "switchyard"), Dir: dir, ESLAddr: b.eslAddr,
		Settings: fmt.Sprintf("database: %q\ngrace: 1s\n", b.database),
		Files:    map[string]string{"operator.yaml": operatorFile, "acme.yaml": tenantFile},
	})
	if err != nil {
		return nil, err
	}
	if b.profile != "" {
		go func() {
			if err := b.takeProfile(ctx, server); err != nil {
				fmt.Fprintln(os.Stderr, "no profile:", err)
			}
		}()
	}
	return server.Process, nil
}

// takeProfile writes a processor profile of the round that begins.
func (b *bench) takeProfile(ctx context.Context, server *loadtest.Server) error {
	res, err := server.Get(ctx, fmt.Sprintf("/debug/pprof/profile?seconds=%d", b.seconds))
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(b.profile, text, 0o600)
}
