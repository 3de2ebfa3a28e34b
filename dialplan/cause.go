package dialplan

// HangupCause is a FreeSWITCH hangup cause by its name, as in
// switch_types.h; the Q.850 ones carry Q.850's meaning.
type HangupCause string

// The causes this server sends itself. What SIP answer an unanswered call
// gets for each was measured on FreeSWITCH 1.11.
const (
	NormalClearing   HangupCause = "NORMAL_CLEARING"          // 480 before answer, BYE after
	UserBusy         HangupCause = "USER_BUSY"                // 486
	NoAnswerCause    HangupCause = "NO_ANSWER"                // 480
	CallRejected     HangupCause = "CALL_REJECTED"            // 603: blocked
	Unallocated      HangupCause = "UNALLOCATED_NUMBER"       // 404: unknown number
	IncomingBarred   HangupCause = "INCOMING_CALL_BARRED"     // 403: tenant suspended
	OutgoingBarred   HangupCause = "OUTGOING_CALL_BARRED"     // 403: outside call not allowed
	ServiceUnavail   HangupCause = "SERVICE_UNAVAILABLE"      // 480: number has no route
	NotRegistered    HangupCause = "USER_NOT_REGISTERED"      // 480
	TemporaryFailure HangupCause = "NORMAL_TEMPORARY_FAILURE" // 503
	ExchangeRouting  HangupCause = "EXCHANGE_ROUTING_ERROR"   // 483: too many steps
	OriginatorCancel HangupCause = "ORIGINATOR_CANCEL"        // 487: the caller gave up
	NoCause          HangupCause = "NONE"                     // a leg that answered
)

// SIPCode is the SIP answer FreeSWITCH gives an unanswered caller whose
// channel ends with the cause (measured; mod_sofia's table). 480 is also its
// answer for a cause it has no own code for.
func SIPCode(cause HangupCause) int {
	switch cause {
	case Unallocated, "NO_ROUTE_TRANSIT_NET", "NO_ROUTE_DESTINATION":
		return 404
	case UserBusy:
		return 486
	case "NO_USER_RESPONSE":
		return 408
	case CallRejected, "DECLINE":
		return 603
	case "NUMBER_CHANGED", "REDIRECTION_TO_NEW_DESTINATION":
		return 410
	case IncomingBarred, OutgoingBarred, "BEARERCAPABILITY_NOTAUTH":
		return 403
	case "DESTINATION_OUT_OF_ORDER", "NETWORK_OUT_OF_ORDER":
		return 502
	case "INVALID_NUMBER_FORMAT":
		return 484
	case "FACILITY_REJECTED", "FACILITY_NOT_IMPLEMENTED", "SERVICE_NOT_IMPLEMENTED":
		return 501
	case TemporaryFailure, "NORMAL_CIRCUIT_CONGESTION", "SWITCH_CONGESTION", "GATEWAY_DOWN":
		return 503
	case "INCOMPATIBLE_DESTINATION":
		return 488
	case "RECOVERY_ON_TIMER_EXPIRE":
		return 504
	case OriginatorCancel:
		return 487
	case ExchangeRouting:
		return 483
	default:
		return 480
	}
}

// TrunkFailure tells whether a cause means that the trunk could not carry the
// call, so that another one may. What the person called or their network decided
// is never one: busy, declined, no answer, no such number. A carrier's 403 and
// 407 look like a declined call, CALL_REJECTED; only BridgeResult.SIP tells them.
func TrunkFailure(cause HangupCause) bool {
	switch cause {
	case "GATEWAY_DOWN", // it does not answer FreeSWITCH's probes
		"INVALID_GATEWAY", "INVALID_PROFILE", // there is none of the name
		TemporaryFailure,            // 400, 481, 500, 503, or nothing listens at its address
		"NETWORK_OUT_OF_ORDER",      // 502
		"RECOVERY_ON_TIMER_EXPIRE",  // 408, 504, or no answer to the INVITE in 32 s
		"PROGRESS_TIMEOUT",          // neither 180 nor 183 in the time given, 100 or not
		"SERVICE_UNAVAILABLE",       // 405
		"SERVICE_NOT_IMPLEMENTED",   // 406, 415, 501
		"INTERWORKING",              // 413, 414, 416, 420, 421, 423, 505, 513
		"INCOMPATIBLE_DESTINATION",  // 488, 606: no codec it likes
		ExchangeRouting,             // 482, 483: it sent the call in a circle
		"NORMAL_CIRCUIT_CONGESTION", // any failure with Reason: Q.850;cause=34
		"SWITCH_CONGESTION",         // the same with 42
		"NO_ROUTE_TRANSIT_NET",      // the same with 2
		"DESTINATION_OUT_OF_ORDER",  // the same with 27, or FreeSWITCH could not make the call
		"CHAN_NOT_IMPLEMENTED",      // the same with 66, or no such kind of channel
		redirected:                  // 302: it asks us to call somebody else
		return true
	default:
		return false
	}
}
