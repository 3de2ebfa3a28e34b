package esl

import (
	"errors"
	"testing"

	"switchyard/dialplan"
)

// A transfer completes the bridge a millisecond before the session (measured):
// that is no end of a conversation.
func TestTransferEndsTheSessionWithTheBridge(t *testing.T) {
	const complete = "Event-Name: CHANNEL_EXECUTE_COMPLETE\nApplication: bridge\nApplication-UUID: step-1\n"
	const first, second = "variable_transfer_source: 1%3Aa%3Abl_xfer%3A1002\n", "variable_transfer_source: 2%3Ab%3Abl_xfer%3A1003\n"
	for _, c := range []struct {
		name, before, now string
		left              bool
	}{
		{"never transferred", "", "", false},
		{"transferred now", "", first, true},
		{"transferred before this session", first, first, false},
		{"transferred again", first, second, true},
	} {
		s := &Session{moved: movedBy(Event{[]byte(c.before)})}
		done, err := s.progress(Event{[]byte(complete + c.now)}, "step-1", nil)
		if left := errors.Is(err, dialplan.ErrLeft); left != c.left || done == left {
			t.Errorf("%s: done %v, %v", c.name, done, err)
		}
	}
}
