package routing

import (
	"time"
)

// CallID is FreeSWITCH's Unique-ID of the A-leg: the id of the call in every
// record, event and log line.
type CallID string

// TenantID is the stable id of a tenant, a UUID in lower case.
type TenantID string

// Call is what FreeSWITCH said about a call when it handed it over. The facts
// are never changed afterwards. Every text in it is written by the caller or
// by somebody between and is to be treated as hostile.
type Call struct {
	ID     CallID
	Switch string // the switch's own name (FreeSWITCH-Switchname)

	CallerNumber string // as received: From or P-Asserted-Identity
	CallerName   string // display name as received, any bytes
	Anonymous    bool   // the caller asked for privacy or sent no number
	Dialled      string // destination number as dialled

	// AuthUser and AuthDomain are set only when FreeSWITCH authenticated the
	// caller against its directory; never taken from the From header.
	AuthUser   string
	AuthDomain string

	Trunk     string            // the channel variable switchyard_trunk, if the dialplan set it
	Profile   string            // sofia profile the call came in on
	NetworkIP string            // the caller's or trunk's address
	Headers   map[string]string // SIP headers FreeSWITCH kept (sip_h_*), without the prefix

	SIPCallID string
	CreatedAt time.Time // when the channel was created, by the switch's clock
	Answered  bool      // the channel was answered before we got it

	// Resumed is set when this server or another one had the call before
	// (the dialplan came back to its socket action): see handlers.
	Resumed Resumption
}

// Resumption says what an earlier session left on the channel.
type Resumption struct {
	Before      bool   // an earlier session had this call
	Bridged     bool   // it was connected to somebody meanwhile
	Transferred bool   // it came back by a transfer and starts anew
	BridgeCause string // hangup cause of that conversation, "" if none
	// Menus are those the caller came through, by name, the last one the caller
	// was in when the session ended.
	Menus []string
}

// Direction of a call as its tenant sees it.
type Direction string

// A call is internal or outbound only if FreeSWITCH authenticated its caller;
// everything else is inbound.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
	Internal Direction = "internal"
)
