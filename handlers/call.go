package handlers

import (
	"context"

	"switchyard/dialplan"
	"switchyard/routing"
)

// Handler runs one kind of destination on a live channel. It returns when the
// destination has ended, in whatever way, or the context has.
type Handler interface {
	Run(ctx context.Context, c *Call, at routing.Stop) Result
}

// Result is how a destination ended on a live channel.
type Result struct {
	Outcome    routing.Outcome
	Cause      dialplan.HangupCause // FreeSWITCH's, where there is one
	AnsweredBy string               // extension or outside number
	Attempts   []Attempt            // whom it rang or passed over, in order
	Digits     []string             // what the caller entered in a menu, in order
	Err        error                // why the session ended, for LeftSession; or what failed, for Failed

	redirected bool          // a phone answered 302
	done       bool          // the call did what it was made for, though nobody was connected
	redirect   *routing.Stop // where the call goes on, where the handler knows: by a 302, a key, a schedule
}

// Call is one live call as its handlers share it.
type Call struct {
	Channel  Channel
	Facts    routing.Call
	Plan     *routing.Plan
	Decision routing.Decision
	// Connected is called by a handler when a person or an outside number was
	// connected; by is the extension or the number, "" if that is not known.
	Connected func(j dialplan.Joined, by string)

	router      *Router
	forwardType routing.ForwardType // of the stop the call is at, "" if it is not forwarded
	rang        map[string]bool     // extensions this call has rung
	occupied    map[string]int      // extensions it occupies, and how often
	bridged     bool                // it has rung somebody before
	legs        []dialplan.LegEnd   // that have ended: FreeSWITCH goes on listing them
	hears       bool                // the present stop has set what the caller hears while it rings
	answered    bool                // the caller's channel was answered
	early       bool                // a menu was heard before that
	set         routing.RuleSet     // what the rules, and the menus since, have set
	keys        string              // pressed and not used yet: the caller knows the menu
	menus       int                 // it has been through
	deaf        bool                // others were rung since: keys pressed meanwhile are still on the switch
	listening   bool                // the channel has what menus need for hearing keys
	recording   recordingState
	notes       []string // of the present step, for people
}

// callerName is the name those who are rung see: what a ring group puts first,
// what a rule does, and the caller's own.
func (c *Call) callerName(prefix string) dialplan.Variable {
	name := c.Facts.CallerName
	switch {
	case c.Facts.Anonymous:
		name = "Anonymous"
	case name == "":
		name = c.Facts.CallerNumber
	}
	return dialplan.CallerIDName(dialplan.NewCallerText(prefix + " " + c.set.CallerIDPrefix + " " + name))
}
