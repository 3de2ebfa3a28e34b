package live

import (
	"context"
	"fmt"
	"strings"

	"switchyard/dialplan"
	"switchyard/internal/record"
	"switchyard/routing"
)

// Mask pauses the recording of a call, or goes on with it. While it is paused
// the file gets silence. The error is record.ErrNoSuchSwitch if the switch is
// none of ours, a *record.Unreachable if it does not answer, and
// record.ErrNotRecording if it has no such recording on the call.
func (s *Switches) Mask(ctx context.Context, switchName string, call routing.CallID, file dialplan.RecordingFile, on bool) error {
	asked, err := s.named(switchName)
	if err != nil {
		return err
	}
	channel, err := dialplan.ParseChannelID(string(call))
	if err != nil {
		return record.ErrNotRecording // no switch can have a channel of such a name
	}
	var away error
	for _, l := range asked { // if two have the name, one has the call
		done, err := l.mask(ctx, switchName, channel, file, on)
		switch {
		case err != nil:
			away = l.unreachable(err)
		case done:
			return nil
		}
	}
	if away != nil { // it may be the one
		return away
	}
	return record.ErrNotRecording
}

// mask tells whether this switch has the recording and did it.
func (l *link) mask(ctx context.Context, name string, channel dialplan.ChannelID, file dialplan.RecordingFile, on bool) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	c, err := l.logInTo(ctx, name)
	if err != nil {
		return false, err
	}
	defer func() { _ = c.Close() }()
	command, argument := dialplan.MaskCommand(channel, file, on)
	answer, err := c.API(ctx, command, argument)
	switch {
	case err != nil:
		return false, err
	case strings.HasPrefix(answer, "+OK"):
		return true, nil
	case strings.HasPrefix(answer, "-ERR"):
		return false, nil
	default:
		return false, fmt.Errorf("%s answered %q", command, record.SafeText(answer))
	}
}
