// Package crash names the places at which a test kills the server.
//
// In a server built as usual Here does nothing. In one built with the tag
// crashpoints it ends the process, as a power cut would: nothing is flushed,
// nothing deferred runs. The variable SWITCHYARD_CRASH_AT says where: a point's
// name, or "name#3" for the third time the process comes there.
package crash

// The points. Each is a moment at which work is half done; docs/reliability.md
// says of each what makes it whole again.
const (
	// CommittedNotDelivered is after a call's change and its events were
	// committed, before anybody is woken to deliver them.
	CommittedNotDelivered = "committed, not delivered"
	// ClaimedNotSent is after deliveries were claimed under a lease, before the
	// first request leaves.
	ClaimedNotSent = "claimed, not sent"
	// SentNotSettled is after an endpoint's answer was read, before it is stored.
	SentNotSettled = "webhook sent, not settled"
	// FanOutHalfDone is within the transaction that stores events, when
	// deliveries of them are written and nothing is committed.
	FanOutHalfDone = "fan-out half done"
)

// Points are all of them, for tests that go through each.
func Points() []string {
	return []string{CommittedNotDelivered, ClaimedNotSent, SentNotSettled, FanOutHalfDone}
}
