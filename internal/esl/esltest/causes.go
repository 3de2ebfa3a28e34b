package esltest

// sipOfCause is what an unanswered caller's phone gets for a hangup cause, as
// measured; any other cause is 480.
var sipOfCause = map[string]int{
	"USER_BUSY": 486, "NO_USER_RESPONSE": 408, "CALL_REJECTED": 603, "DECLINE": 603,
	"UNALLOCATED_NUMBER": 404, "NO_ROUTE_DESTINATION": 404, "NUMBER_CHANGED": 410,
	"DESTINATION_OUT_OF_ORDER": 502, "NETWORK_OUT_OF_ORDER": 502,
	"INVALID_NUMBER_FORMAT": 484, "NORMAL_TEMPORARY_FAILURE": 503,
	"RECOVERY_ON_TIMER_EXPIRE": 504, "INCOMPATIBLE_DESTINATION": 488,
	"ORIGINATOR_CANCEL": 487, "OUTGOING_CALL_BARRED": 403, "INCOMING_CALL_BARRED": 403,
	"BEARERCAPABILITY_NOTAUTH": 403, "NORMAL_CIRCUIT_CONGESTION": 503,
	"SWITCH_CONGESTION": 503, "GATEWAY_DOWN": 503, "INVALID_GATEWAY": 503,
	"EXCHANGE_ROUTING_ERROR": 483, "SERVICE_NOT_IMPLEMENTED": 501,
}

func sipStatus(cause string) int {
	if code, ok := sipOfCause[cause]; ok {
		return code
	}
	return 480
}

// causeOfSIP is the cause a leg dies of when its phone gives this failure.
func causeOfSIP(code int) string {
	switch code {
	case 401, 402, 403, 407, 603, 608:
		return "CALL_REJECTED"
	case 404:
		return "UNALLOCATED_NUMBER"
	case 485, 604:
		return "NO_ROUTE_DESTINATION"
	case 408, 504:
		return "RECOVERY_ON_TIMER_EXPIRE"
	case 410:
		return "NUMBER_CHANGED"
	case 413, 414, 416, 420, 421, 423, 505, 513:
		return "INTERWORKING"
	case 480:
		return "NO_USER_RESPONSE"
	case 400, 481, 500, 503:
		return "NORMAL_TEMPORARY_FAILURE"
	case 486, 600:
		return "USER_BUSY"
	case 484:
		return "INVALID_NUMBER_FORMAT"
	case 488, 606:
		return "INCOMPATIBLE_DESTINATION"
	case 502:
		return "NETWORK_OUT_OF_ORDER"
	case 405:
		return "SERVICE_UNAVAILABLE"
	case 406, 415, 501:
		return "SERVICE_NOT_IMPLEMENTED"
	case 482, 483:
		return "EXCHANGE_ROUTING_ERROR"
	case 487:
		return "ORIGINATOR_CANCEL"
	}
	return "NORMAL_UNSPECIFIED"
}

// q850 gives the Q.850 number of a cause; FreeSWITCH's own causes have none
// and report 16.
var q850 = map[string]int{
	"UNALLOCATED_NUMBER": 1, "NO_ROUTE_DESTINATION": 3, "NORMAL_CLEARING": 16, "USER_BUSY": 17,
	"NO_USER_RESPONSE": 18, "NO_ANSWER": 19, "SUBSCRIBER_ABSENT": 20, "CALL_REJECTED": 21,
	"NUMBER_CHANGED": 22, "EXCHANGE_ROUTING_ERROR": 25, "DESTINATION_OUT_OF_ORDER": 27,
	"INVALID_NUMBER_FORMAT": 28, "NORMAL_UNSPECIFIED": 31, "NORMAL_CIRCUIT_CONGESTION": 34,
	"NETWORK_OUT_OF_ORDER": 38, "NORMAL_TEMPORARY_FAILURE": 41, "SWITCH_CONGESTION": 42,
	"OUTGOING_CALL_BARRED": 52, "INCOMING_CALL_BARRED": 54, "BEARERCAPABILITY_NOTAUTH": 57,
	"SERVICE_UNAVAILABLE": 63, "SERVICE_NOT_IMPLEMENTED": 79, "INCOMPATIBLE_DESTINATION": 88,
	"RECOVERY_ON_TIMER_EXPIRE": 102, "INTERWORKING": 127,
}

func q850Of(cause string) int {
	if n, ok := q850[cause]; ok {
		return n
	}
	return 16
}

// dialStatus is the DIALSTATUS that goes with an originate_disposition.
func dialStatus(cause string) string {
	switch cause {
	case "ORIGINATOR_CANCEL":
		return "CANCEL"
	case "USER_BUSY":
		return "BUSY"
	case "NO_ANSWER":
		return "NOANSWER"
	case "DESTINATION_OUT_OF_ORDER", "INVALID_PROFILE":
		return "INVALIDARGS"
	case "CALL_REJECTED":
		return "DONTCALL"
	}
	return cause
}
