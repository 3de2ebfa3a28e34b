package esl

import (
	"fmt"
	"strings"

	"github.com/percipia/eslgo/command"
	"github.com/percipia/eslgo/command/call"

	"switchyard/dialplan"
)

// build spells a command and refuses one that would say more than one command:
// eslgo copies values as they are, and a newline in one ends the header.
func build(c command.Command, values ...string) (string, error) {
	for _, v := range values {
		if err := dialplan.CheckText(v); err != nil {
			return "", fmt.Errorf("refusing to send a command: %w", err)
		}
	}
	text := c.BuildMessage()
	if _, _, hasBody := strings.Cut(text, "\r\n\r\n"); hasBody {
		return text, nil
	}
	return text + "\n\n", nil
}

// executeMessage runs an application on the session's own channel. It is
// locked, so that applications sent together run one after the other.
func executeMessage(a dialplan.Action, id string) (string, error) {
	m := &call.Execute{AppName: a.Application(), AppArgs: a.Argument(), AppUUID: id, Sync: true}
	return build(m, m.AppName, m.AppArgs, m.AppUUID)
}

func apiMessage(name, argument string) (string, error) {
	return build(command.API{Command: name, Arguments: argument}, name, argument)
}

// greeting is all a session needs to be told before its first decision,
// written at once when FreeSWITCH connects: the reply to connect carries the
// channel data, linger keeps the socket for the last events after hang-up, and
// myevents subscribes to this call's events, of which nixevent takes back those
// nobody here reads: about half of a call's events, 6 KB each.
func greeting(lingerSeconds int) string {
	// eslgo's nixevent wants a format before the names and FreeSWITCH none.
	unread := command.Event{Ignore: true, Format: unreadEvents[0], Listen: unreadEvents[1:]}
	return command.Connect{}.BuildMessage() + "\n\n" +
		command.Linger{Enabled: true}.BuildMessage() + fmt.Sprintf(" %d\n\n", lingerSeconds) +
		strings.TrimSpace(command.MyEvents{}.BuildMessage()) + "\n\n" +
		unread.BuildMessage() + "\n\n"
}

// greetingReplies is how many replies follow the channel data.
const greetingReplies = 3

var unreadEvents = []string{
	"CHANNEL_STATE", "CHANNEL_CALLSTATE", "CHANNEL_EXECUTE", "CHANNEL_PARK", "CHANNEL_UNPARK", "CHANNEL_CREATE", "CALL_UPDATE",
	"CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA", "CHANNEL_ANSWER", "CHANNEL_UNBRIDGE",
}
