package recording

import (
	"context"
	"strings"
	"time"

	"switchyard/internal/acceptance/phone"
)

// ringing is a caller for whom our server rings others, once for each dial
// string.
type ringing struct {
	variables string // more of them for the caller's channel: "a=b;c=d"
	dial      []string
	phones    map[string]phone.Script
	second    bool // 1001 has a second phone, "1001b", registered after the first
	presses   press
}

// press is a key somebody presses, so long after the first bridge began.
type press struct {
	who   string // "caller", or whose phone was called
	key   byte
	after time.Duration
}

func (r ringing) play(ctx context.Context, st *Stage) (string, error) {
	if r.second {
		remove, err := st.addSecondPhone(ctx)
		if err != nil {
			return "", err
		}
		defer remove()
	}
	for name, p := range st.phones {
		p.OnCall(r.phones[name])
	}
	st.carrier.OnCall(r.phones["carrier"])
	call, c, err := fromTrunk(ctx, st)
	if err != nil {
		return "", err
	}
	if err := c.api(strings.TrimSuffix(bridgeVariables+";"+r.variables, ";")); err != nil {
		return "", err
	}
	pressed := make(chan error, 1)
	go func() { pressed <- r.presses.do(ctx, st, call) }()
	var said strings.Builder
	for _, dial := range r.dial {
		m, err := c.run(ctx, "bridge", dial)
		if err != nil {
			return "", err
		}
		said.WriteString("bridge: " + afterBridge(m) + pick(m.event, "variable_originated_legs") + "\n    ")
	}
	if err := <-pressed; err != nil {
		return "", err
	}
	end, err := end(ctx, c, call, "NO_ANSWER")
	return said.String() + "end: " + end, err
}

func (p press) do(ctx context.Context, st *Stage, caller *phone.Call) error {
	if p.who == "" {
		return nil
	}
	if err := speakFor(ctx, p.after); err != nil {
		return err
	}
	if p.who == "caller" {
		st.pressed = append(st.pressed, time.Now())
		caller.Audio.Press(p.key)
		return nil
	}
	called, err := st.phones[p.who].NextCall(ctx)
	if err != nil {
		return err
	}
	called.Audio.Press(p.key)
	return nil
}

// addSecondPhone registers another phone as 1001. It makes up the user of its
// contact, as many phones do.
func (st *Stage) addSecondPhone(ctx context.Context) (remove func(), err error) {
	p, err := phone.New(phone.Config{User: "1001", Domain: "acme.test", Password: "acme-1001", Server: st.sw.InternalAddr, ContactUser: "kx8fj2"})
	if err != nil {
		return nil, err
	}
	st.phones["1001b"] = p
	return func() {
		delete(st.phones, "1001b")
		_ = p.Unregister(ctx) // what follows would show it
		_ = p.Close()
	}, p.Register(ctx)
}
