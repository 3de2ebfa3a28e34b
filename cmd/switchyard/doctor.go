package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"switchyard/internal/doctor"
	"switchyard/internal/esl"
)

type doctorCommand struct {
	Switch   string        `help:"FreeSWITCH's inbound event socket." default:"127.0.0.1:8021" env:"SWITCHYARD_SWITCH"`
	Password string        `help:"Its password." default:"ClueCon" env:"SWITCHYARD_SWITCH_PASSWORD"`
	Timeout  time.Duration `help:"For each question." default:"5s"`
}

// Help is shown by doctor --help.
func (doctorCommand) Help() string {
	return "Asks FreeSWITCH about itself over its inbound event socket and changes nothing. Exit code 1: something keeps calls from being routed.\n\n  switchyard doctor --switch 127.0.0.1:8021 --password …"
}

// Run examines the switch.
func (c doctorCommand) Run(ctx context.Context, term terminal) error {
	dialling, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	client, err := esl.DialSwitch(dialling, c.Switch, c.Password)
	if err != nil {
		return fmt.Errorf("%w\nIs mod_event_socket loaded, does event_socket.conf.xml listen on %s, and is the password right (--password)?", err, c.Switch)
	}
	defer func() { _ = client.Close() }() // nothing was written that could be lost
	findings := doctor.Examine(ctx, switchAPI{client, c.Timeout}, c.Password, reachable(c.Timeout))
	broken := 0
	for _, f := range findings {
		fmt.Fprintf(term.out, "%-5s %-22s %s\n", strings.ToUpper(string(f.Level)), f.What, f.Text)
		if f.Do != "" {
			fmt.Fprintf(term.out, "      %-22s -> %s\n", "", f.Do)
		}
		if f.Level == doctor.Broken {
			broken++
		}
	}
	if broken > 0 {
		return quiet{errors.New("the switch is not ready")}
	}
	return nil
}

// switchAPI bounds each question.
type switchAPI struct {
	client  *esl.Client
	timeout time.Duration
}

// API implements doctor.Switch.
func (s switchAPI) API(ctx context.Context, name, argument string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return s.client.API(ctx, name, argument)
}

func reachable(timeout time.Duration) func(ctx context.Context, address string) error {
	return func(ctx context.Context, address string) error {
		d := net.Dialer{Timeout: timeout}
		c, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return c.Close()
	}
}
