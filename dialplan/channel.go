package dialplan

import (
	"errors"
	"time"
)

// ChannelID is a channel's Unique-ID in a form that may stand in an API
// command.
type ChannelID struct{ s string }

func (c ChannelID) String() string { return c.s }

// ParseChannelID accepts 1 to 64 letters, digits, '.', '_' and '-'; FreeSWITCH
// makes UUIDs, but a dialplan may choose its own.
func ParseChannelID(s string) (ChannelID, error) {
	if err := allowed("channel id", s, 64, isNameByte); err != nil {
		return ChannelID{}, err
	}
	return ChannelID{s}, nil
}

// KillCommand gives the API command that ends a channel at once. It works
// while any application runs; a hangup message would wait behind a locked one
// (measured).
func KillCommand(channel ChannelID, cause HangupCause) (command, argument string) {
	return "uuid_kill", channel.String() + " " + string(cause)
}

// What can end the wait for an application on a channel.
var (
	// ErrHungUp: the channel was hung up, by whoever.
	ErrHungUp = errors.New("the channel was hung up")
	// ErrLost: the connection to the switch broke while the channel was up;
	// the call may go on there.
	ErrLost = errors.New("the connection to the switch was lost")
	// ErrLeft: the channel was moved out of this session on the switch, by a
	// transfer or a dialplan action.
	ErrLeft = errors.New("the channel left this session")
)

// Variables gives the value of a channel variable, "" if it is not set.
type Variables interface{ Variable(name string) string }

// Joined is the moment at which a channel was connected to another leg.
type Joined struct {
	At     time.Time // by the switch's clock
	LegID  string    // the other leg
	Callee string    // its number, see Leg.Callee; as hostile as what a phone registers
}
