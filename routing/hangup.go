package routing

// hangupTargets are the causes a tenant may end a call with, by FreeSWITCH's
// names. Causes that mean something to FreeSWITCH itself (a redirect, a lost
// race, an internal error) are left out.
var hangupTargets = []string{
	"NORMAL_CLEARING",
	"NORMAL_UNSPECIFIED",
	"NORMAL_TEMPORARY_FAILURE",
	"USER_BUSY",
	"NO_ANSWER",
	"NO_USER_RESPONSE",
	"CALL_REJECTED",
	"NUMBER_CHANGED",
	"UNALLOCATED_NUMBER",
	"INVALID_NUMBER_FORMAT",
	"NO_ROUTE_DESTINATION",
	"DESTINATION_OUT_OF_ORDER",
	"SUBSCRIBER_ABSENT",
	"USER_NOT_REGISTERED",
	"INCOMING_CALL_BARRED",
	"OUTGOING_CALL_BARRED",
	"SERVICE_UNAVAILABLE",
	"NETWORK_OUT_OF_ORDER",
	"NORMAL_CIRCUIT_CONGESTION",
	"SWITCH_CONGESTION",
}
