package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"switchyard/routing"
)

// Switches are asked whether a call still lives. Safe for concurrent use.
type Switches interface {
	// Alive tells which of the calls a switch, by its name, still has. The error
	// is ErrNoSuchSwitch if nobody here can ask it, an *Unreachable if it does
	// not answer just now.
	Alive(ctx context.Context, switchName string, ids []routing.CallID) (map[routing.CallID]bool, error)
}

// ErrNoSuchSwitch means that there is no connection to ask the switch over.
var ErrNoSuchSwitch = errors.New("this switch cannot be asked about its calls")

// Unreachable means that a switch does not answer.
type Unreachable struct {
	Since time.Time // when it answered last, or was first asked
	Err   error
}

func (u *Unreachable) Error() string {
	return fmt.Sprintf("the switch does not answer since %s: %v", u.Since.Format(time.RFC3339), u.Err)
}

func (u *Unreachable) Unwrap() error { return u.Err }
