package recording

import (
	"context"
	"strings"
	"time"

	"switchyard/dialplan"
	"switchyard/internal/acceptance/phone"
)

// greeting is what our server says when FreeSWITCH connects.
var greeting = []string{"connect", "linger 10", "myevents",
	"nixevent CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_EXECUTE CHANNEL_PARK CHANNEL_UNPARK CHANNEL_CREATE CALL_UPDATE " +
		"CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CHANNEL_UNBRIDGE"}

// wholeCall is a call from its begin to its end in our server's own words.
// With hangUp nil the phone refuses it.
func wholeCall(script phone.Script, hangUp hangsUp) func(context.Context, *Stage) (string, error) {
	return func(ctx context.Context, st *Stage) (string, error) {
		called := st.phones["1001"]
		called.OnCall(script)
		call, c, err := dial(ctx, st, "trunk", did)
		if err != nil {
			return "", err
		}
		if err := c.greet(ctx, greeting...); err != nil {
			return "", err
		}
		id, err := st.ringExtension(c)
		if err != nil {
			return "", err
		}
		if hangUp != nil {
			return converseAndEnd(ctx, st, called, call, c, id, hangUp)
		}
		m, err := c.done(ctx, id)
		if err != nil {
			return "", err
		}
		said, err := end(ctx, c, call, string(dialplan.UserBusy))
		return "bridge: " + afterBridge(m) + "\n    end: " + said, err
	}
}

// ringExtension sends what our server sends for an extension, and gives the
// bridge's event-uuid.
func (st *Stage) ringExtension(c *conversation) (string, error) {
	user, err := dialplan.ParseUser("1001")
	if err != nil {
		return "", err
	}
	domain, err := dialplan.ParseDomain("acme.test")
	if err != nil {
		return "", err
	}
	channel, err := dialplan.ParseChannelID(c.uuid)
	if err != nil {
		return "", err
	}
	command, argument := dialplan.SetCommand(channel, dialplan.Seen(), dialplan.ContinueOnFail(true), dialplan.OwnAnswer())
	if err := c.api(strings.Join([]string{command, argument}, " ")); err != nil {
		return "", err
	}
	bridge := dialplan.Bridge{Legs: []dialplan.Leg{{To: dialplan.DialUser(user, domain)}}, Ring: 10 * time.Second}
	text, id := c.execute(bridge.Application(), bridge.Argument())
	return id, c.send(text)
}
