package record

import "errors"

// ErrNotRecording means that a switch has no recording of this name on a call:
// the call is not recorded, nobody has been connected yet, or it is over.
var ErrNotRecording = errors.New("the call is not being recorded just now")
