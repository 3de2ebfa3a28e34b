package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/internal/acceptance/rig"
	"switchyard/internal/loadtest"
)

const (
	tenantID   = "6a097cb2-504f-43be-819a-b76209976818"
	didMenu    = "+13055550103"
	greetingHz = 900

	operatorFile = `
defaultCountry: US
trunks:
  - {name: in, country: US, profile: external}
tenants:
  - {id: ` + tenantID + `, name: acme, country: US, domains: [acme.test], numbers: ["` + didMenu + `"]}
`
)

// tenantFile has a menu in which every entry of two digits leads back to it.
func tenantFile() string {
	var digits strings.Builder
	for i := range 100 {
		fmt.Fprintf(&digits, "\"%02d\": {route: repeat}, ", i)
	}
	return `
tenant: acme
ivrMenus:
  - name: main
    greeting: {file: greeting.wav}
    firstDigitSeconds: 20
    digits: {` + digits.String() + `"**": {route: hangup, target: NORMAL_CLEARING}}
    maxTimeouts: 10
    maxTries: 20
dids:
  - {number: "` + didMenu + `", inboundRoute: ivr, routeTarget: main}
`
}

// bench is a switch, the server on it, and the phone of all callers.
type bench struct {
	sw     *rig.Switch
	server *loadtest.Server
	trunk  *phone.Phone
}

func newBench(ctx context.Context, dir string, p plan) (b *bench, err error) {
	b = &bench{}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if err := loadtest.Build(ctx, dir, "./cmd/switchyard"); err != nil {
		return b, err
	}
	eslAddr, err := rig.FreeAddr()
	if err != nil {
		return b, err
	}
	folder := filepath.Join(dir, "fs")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return b, err
	}
	if b.sw, err = rig.Start(ctx, rig.Options{Dir: folder, Servers: eslAddr, LogLevel: "warning", RTPPorts: 4*p.callers + 400}); err != nil {
		return b, err
	}
	if b.server, err = startServer(ctx, dir, eslAddr); err != nil {
		return b, err
	}
	b.trunk, err = phone.New(phone.Config{User: "carrier", Domain: "127.0.0.1", Server: b.sw.ExternalAddr})
	return b, err
}

func (b *bench) close() {
	if b.trunk != nil {
		_ = b.trunk.Close() // its calls are over
	}
	if b.server != nil {
		b.server.Stop()
	}
	if b.sw != nil {
		b.sw.Stop()
	}
}

// startServer starts the server with a fresh data folder and publishes the menu.
func startServer(ctx context.Context, dir, eslAddr string) (*loadtest.Server, error) {
	prompts := filepath.Join(dir, "prompts")
	greeting := filepath.Join(prompts, tenantID, "greeting.wav")
	if err := os.MkdirAll(filepath.Dir(greeting), 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(greeting, rig.ToneWAV(greetingHz, 10*time.Second), 0o644); err != nil {
		return nil, err
	}
	return loadtest.StartServer(ctx, loadtest.Options{
		Binary: filepath.Join(dir, "switchyard"), Dir: dir, ESLAddr: eslAddr,
		Settings: fmt.Sprintf("prompts: {folder: %q}\ngrace: 1s\n", prompts),
		Files:    map[string]string{"operator.yaml": operatorFile, "acme.yaml": tenantFile()},
	})
}

// moment is what was used up to a time.
type moment struct {
	wall       time.Duration
	server, sw time.Duration
	callers    time.Duration
}

var started = time.Now()

func (b *bench) usage() (moment, error) {
	server, serverErr := b.server.Usage()
	sw, swErr := loadtest.UsageOf(b.sw.PID())
	callers, callersErr := loadtest.UsageOf(os.Getpid())
	return moment{time.Since(started), server.CPU, sw.CPU, callers.CPU}, errors.Join(serverErr, swErr, callersErr)
}
