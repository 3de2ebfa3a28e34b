package recording

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/internal/acceptance/rig"
)

// Stage is what all scenarios are played on, one after the other: a switch, a
// carrier, phones 1001 to 1003 (registered), and the listener FreeSWITCH hands
// calls to. Not safe for concurrent use.
type Stage struct {
	sw       *rig.Switch
	carrier  *phone.Phone
	phones   map[string]*phone.Phone
	listener net.Listener
	scrub    *strings.Replacer
	dir      string

	// Of the scenario being played:
	taken   []*conversation
	callee  *phone.Call
	pressed []time.Time
}

// NewStage starts all of it; ctx bounds the start only. Close it when done.
func NewStage(ctx context.Context) (*Stage, error) {
	st := &Stage{phones: make(map[string]*phone.Phone)}
	if err := st.build(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

func (st *Stage) build(ctx context.Context) error {
	var err error
	if st.listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("listen for FreeSWITCH: %w", err)
	}
	if st.dir, err = os.MkdirTemp("", "capture-"); err != nil {
		return err
	}
	// The gateway's address must be known before the switch starts, the
	// switch's before a phone is made: the carrier is made first, for taking
	// calls only, and another one places them.
	if st.carrier, err = phone.New(phone.Config{User: "carrier", Domain: "127.0.0.1"}); err != nil {
		return err
	}
	st.sw, err = rig.Start(ctx, rig.Options{Dir: st.dir, Servers: st.listener.Addr().String(), Carrier: st.carrier.Addr})
	if err != nil {
		return err
	}
	if err := st.scrubber(ctx); err != nil {
		return err
	}
	if err := st.addPhones(ctx); err != nil {
		return err
	}
	return st.warmUp(ctx)
}

// warmUp plays a call that nobody keeps: the first one of a fresh FreeSWITCH
// gets its events half a second late, and with them those of before it was
// handed over.
func (st *Stage) warmUp(ctx context.Context) error {
	_, err := st.Play(ctx, Scenario{"the first call", killed("CALL_REJECTED")})
	return err
}

func (st *Stage) addPhones(ctx context.Context) error {
	trunk, err := phone.New(phone.Config{User: "+15550001111", Domain: "127.0.0.1", Server: st.sw.ExternalAddr})
	if err != nil {
		return err
	}
	st.phones["trunk"] = trunk
	for _, user := range []string{"1001", "1002", "1003"} {
		p, err := phone.New(phone.Config{User: user, Domain: "acme.test", Password: "acme-" + user, Server: st.sw.InternalAddr})
		if err != nil {
			return err
		}
		st.phones[user] = p
		if err := p.Register(ctx); err != nil {
			return err
		}
	}
	return nil
}

// scrubber prepares the replacement of this machine's names: as they are, and
// URL-encoded as events have them.
func (st *Stage) scrubber(ctx context.Context) error {
	answer, err := st.sw.API(ctx, "eval hostname=${hostname} ipv4=${local_ip_v4} ipv6=${local_ip_v6}")
	if err != nil {
		return err
	}
	stand := map[string]string{"hostname": "switch.example", "ipv4": "192.0.2.2", "ipv6": "2001:db8::2"}
	pairs := []string{st.dir, "/var/lib/freeswitch", encode(st.dir), encode("/var/lib/freeswitch")}
	for field := range strings.FieldsSeq(answer) {
		name, value, _ := strings.Cut(field, "=")
		if value == "" || value == "127.0.0.1" || value == "::1" {
			continue
		}
		for _, v := range []string{": ", "%20"} {
			pairs = append(pairs, v+value+"\n", v+stand[name]+"\n", v+encode(value)+"\n", v+encode(stand[name])+"\n")
		}
	}
	st.scrub = strings.NewReplacer(pairs...)
	return nil
}

// encode writes a value as FreeSWITCH does in events: colons too, slashes not.
func encode(s string) string {
	return strings.NewReplacer("%2F", "/", ":", "%3A").Replace(url.PathEscape(s))
}

// reset makes the stage ready for the next scenario.
func (st *Stage) reset(ctx context.Context) error {
	st.taken, st.callee, st.pressed = nil, nil, nil
	_, err := st.sw.API(ctx, "hupall")
	return err
}

// accept takes the next connection of FreeSWITCH.
func (st *Stage) accept(ctx context.Context) (*conversation, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	got := make(chan result, 1)
	go func() {
		conn, err := st.listener.Accept()
		got <- result{conn, err}
	}()
	select {
	case r := <-got:
		if r.err != nil {
			return nil, r.err
		}
		c := converse(r.conn, st.scrub)
		st.taken = append(st.taken, c)
		return c, nil
	case <-ctx.Done():
		_ = st.listener.Close()
		<-got
		return nil, fmt.Errorf("FreeSWITCH did not connect: %w", ctx.Err())
	}
}

func (st *Stage) finish() {
	for _, c := range st.taken {
		c.finish()
	}
}

// Close ends everything.
func (st *Stage) Close() error {
	var errs []error
	for _, p := range st.phones {
		errs = append(errs, p.Close())
	}
	if st.carrier != nil {
		errs = append(errs, st.carrier.Close())
	}
	if st.sw != nil {
		st.sw.Stop()
	}
	if st.listener != nil {
		errs = append(errs, st.listener.Close())
	}
	if st.dir != "" {
		errs = append(errs, os.RemoveAll(st.dir))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("clean up the stage: %w", err)
	}
	return nil
}
