package recording

import (
	"context"
	"errors"
	"fmt"
	"time"

	"switchyard/internal/acceptance/phone"
)

// Take is one playing of a scenario.
type Take struct {
	// Summary says in a line what came of it.
	Summary string
	// Connections are the recordings, one for each time FreeSWITCH connected.
	Connections []Recording
	// What the phones did, for playing the same again: when the caller pressed
	// keys, since FreeSWITCH connected, and how long after its answer the
	// called phone hung up; 0: it did not.
	Pressed    []time.Duration
	CalleeLeft time.Duration
}

// Recording is one connection: Name is the scenario's, with "-2" behind it for
// the second.
type Recording struct {
	Name string
	Text []byte
}

// playTimeout bounds one scenario; the longest, a voicemail, takes 15 s.
const playTimeout = 60 * time.Second

// Play plays a scenario. With an error the take holds what was recorded so
// far, and the error the end of the switch's log.
func (st *Stage) Play(ctx context.Context, sc Scenario) (Take, error) {
	ctx, cancel := context.WithTimeout(ctx, playTimeout)
	defer cancel()
	if err := st.reset(ctx); err != nil {
		return Take{}, fmt.Errorf("%s: %w", sc.Name, err)
	}
	if ready, err := st.Ready(ctx, sc); err != nil || !ready {
		return Take{}, errors.Join(err, fmt.Errorf("%s: the switch has no %s", sc.Name, modules[sc.Name]))
	}
	summary, err := sc.play(ctx, st)
	st.finish()
	take := Take{Summary: summary}
	for i, c := range st.taken {
		name := sc.Name
		if i > 0 {
			name = fmt.Sprintf("%s-%d", sc.Name, i+1)
		}
		take.Connections = append(take.Connections, Recording{name, c.recording()})
	}
	if err != nil {
		return take, fmt.Errorf("%s: %w\n%s", sc.Name, err, st.sw.LogTail(20))
	}
	st.addDeeds(&take)
	return take, nil
}

// addDeeds reads from the phones' messages what they did when.
func (st *Stage) addDeeds(take *Take) {
	if len(st.taken) == 0 {
		return
	}
	for _, at := range st.pressed {
		take.Pressed = append(take.Pressed, at.Sub(st.taken[0].start))
	}
	if st.callee == nil {
		return
	}
	left, hungUp := first(st.callee, func(m phone.Message) bool { return m.Status() == 0 && m.Method() == "BYE" })
	answered, _ := first(st.callee, func(m phone.Message) bool { return m.Status() == 200 && m.Method() == "INVITE" })
	if hungUp {
		take.CalleeLeft = left.Sub(answered)
	}
}

// first gives when a call's phone sent the first message that matches.
func first(call *phone.Call, match func(phone.Message) bool) (time.Time, bool) {
	for _, m := range call.Trace() {
		if m.Sent && match(m) {
			return m.At, true
		}
	}
	return time.Time{}, false
}
