// Command baresocket is the least an outbound socket server can do: it takes a
// call, bridges it through a gateway or refuses it, and keeps nothing. Load
// tests compare the server with it.
//
//	go run ./scripts/baresocket -listen 127.0.0.1:8084 -bridge +13055550103 -to sofia/gateway/carrier-a/+13055550144
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8084", "where FreeSWITCH connects")
	bridge := flag.String("bridge", "", "the number whose calls are bridged; all others are refused with 404")
	to := flag.String("to", "", "dial string they are bridged to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *listen, *bridge, *to); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, listen, bridge, to string) error {
	l, err := net.Listen("tcp4", listen)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		calls.Go(func() {
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			_ = handle(conn, bridge, to) // the call is over
		})
	}
}

// ringback is the tone the server gives the callers of outside numbers too: the
// switch is to have the same work with both.
const ringback = "%(2000,4000,440,480)"

func handle(conn net.Conn, bridge, to string) error {
	if _, err := io.WriteString(conn, "connect\n\n"); err != nil {
		return err
	}
	r := bufio.NewReader(conn)
	id, dialled, err := channel(r)
	if err != nil {
		return err
	}
	order := "api uuid_kill " + id + " UNALLOCATED_NUMBER\n\n"
	if dialled == bridge {
		order = "sendmsg\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: hangup_after_bridge=true\nevent-lock: true\n\n" +
			"sendmsg\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: ringback=" + ringback + "\nevent-lock: true\n\n" +
			"sendmsg\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: {ignore_early_media=true,originate_timeout=30}" + to + "\nevent-lock: true\n\n"
	}
	if _, err := io.WriteString(conn, order); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return err
}

// channel reads the reply to connect.
func channel(r *bufio.Reader) (id, dialled string, err error) {
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == "\n" {
			return id, dialled, err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "Unique-ID":
			id = value
		case "Caller-Destination-Number":
			if dialled, err = url.PathUnescape(value); err != nil {
				return "", "", err
			}
		}
	}
}
