package dialplan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/routing"
)

func TestOutcomes(t *testing.T) {
	for disposition, want := range map[string]routing.Outcome{
		"SUCCESS": routing.Answered, "success": routing.Answered,
		"USER_BUSY": routing.Busy, "CALL_REJECTED": routing.Busy, "DECLINE": routing.Busy,
		"NO_ANSWER": routing.NoAnswer, "ALLOTTED_TIMEOUT": routing.NoAnswer, "NO_USER_RESPONSE": routing.NoAnswer,
		"PROGRESS_TIMEOUT": routing.NoAnswer, "NORMAL_CLEARING": routing.NoAnswer, "LOSE_RACE": routing.NoAnswer,
		"USER_NOT_REGISTERED": routing.Unregistered, "SUBSCRIBER_ABSENT": routing.Unregistered,
		"ORIGINATOR_CANCEL":        routing.CallerGone,
		"NORMAL_TEMPORARY_FAILURE": routing.Failed, "": routing.Failed, "failure": routing.Failed,
	} {
		if got := ReadBridge(vars{"originate_disposition": disposition}).Outcome; got != want {
			t.Errorf("%s: got %s, want %s", disposition, got, want)
		}
	}
}

// The values are those of the recordings of the same names.
func TestReadBridge(t *testing.T) {
	for name, c := range map[string]struct {
		v      vars
		before []LegEnd
		want   BridgeResult
	}{
		"a group, answered": {
			v: vars{"originate_disposition": "SUCCESS", "last_bridge_proto_specific_hangup_cause": "sip:200", "origination_cancel_key": "*",
				"originate_causes": "ARRAY::a;ALLOTTED_TIMEOUT|:b;NONE|:c;LOSE_RACE",
				"originated_legs":  "ARRAY::a;Outbound Call;1001|:a;Outbound Call;1001|:b;Outbound Call;1002|:b;Outbound Call;1002|:c;Outbound Call;+13055550144"},
			want: BridgeResult{Outcome: routing.Answered, Cause: "SUCCESS", SIP: 200, Legs: []LegEnd{
				{"a", "1001", "ALLOTTED_TIMEOUT", routing.NoAnswer}, {"b", "1002", "NONE", routing.Answered}, {"c", "+13055550144", "LOSE_RACE", routing.NoAnswer}}},
		},
		"the second of two bridges": {
			v: vars{"originate_disposition": "NO_USER_RESPONSE", "last_bridge_proto_specific_hangup_cause": "sip:486",
				"originate_causes": "ARRAY::a;USER_BUSY|:b;NO_USER_RESPONSE|:c;NO_USER_RESPONSE|:d;USER_BUSY",
				"originated_legs":  "ARRAY::a;Outbound Call;1001|:b;Outbound Call;1002|:c;Outbound Call;1002|:d;Outbound Call;+13055550144"},
			before: []LegEnd{{ID: "a"}, {ID: "b"}},
			want: BridgeResult{Outcome: routing.NoAnswer, Cause: "NO_USER_RESPONSE", SIP: 486, Legs: []LegEnd{
				{"c", "1002", "NO_USER_RESPONSE", routing.NoAnswer}, {"d", "+13055550144", UserBusy, routing.Busy}}},
		},
		"nobody could be called": {
			v:      vars{"originate_disposition": "USER_NOT_REGISTERED", "originate_causes": "a;REQUESTED_CHAN_UNAVAIL", "originated_legs": "a;Outbound Call;1001", "last_bridge_proto_specific_hangup_cause": "sip:302"},
			before: []LegEnd{{ID: "a"}},
			want:   BridgeResult{Outcome: routing.Unregistered, Cause: NotRegistered, SIP: 302},
		},
		"redirected": {
			v: vars{"originate_disposition": "REQUESTED_CHAN_UNAVAIL", "originate_causes": "a;REQUESTED_CHAN_UNAVAIL", "originated_legs": "a;Outbound Call;1001", "last_bridge_proto_specific_hangup_cause": "sip:302"},
			want: BridgeResult{Outcome: routing.Failed, Cause: "REQUESTED_CHAN_UNAVAIL", SIP: 302, Redirected: true,
				Legs: []LegEnd{{"a", "1001", "REQUESTED_CHAN_UNAVAIL", routing.Failed}}},
		},
		"the key, one leg": {
			v:    vars{"originate_disposition": "NO_ANSWER", "origination_cancel_key": "*", "originate_causes": "a;NO_ANSWER", "originated_legs": "a;Outbound Call;1001"},
			want: BridgeResult{Outcome: routing.NoAnswer, Cause: "NO_ANSWER", KeyPressed: true, Legs: []LegEnd{{"a", "1001", "NO_ANSWER", routing.NoAnswer}}},
		},
		"no key was asked for": {
			v:    vars{"originate_disposition": "NO_ANSWER", "originate_causes": "a;NO_ANSWER"},
			want: BridgeResult{Outcome: routing.NoAnswer, Cause: "NO_ANSWER", Legs: []LegEnd{{"a", "", "NO_ANSWER", routing.NoAnswer}}},
		},
		"one leg, time is up": {
			v:    vars{"originate_disposition": "ALLOTTED_TIMEOUT", "origination_cancel_key": "*", "originate_causes": "a;ALLOTTED_TIMEOUT"},
			want: BridgeResult{Outcome: routing.NoAnswer, Cause: "ALLOTTED_TIMEOUT", Legs: []LegEnd{{"a", "", "ALLOTTED_TIMEOUT", routing.NoAnswer}}},
		},
		"one leg, a carrier says no answer": {
			v:    vars{"originate_disposition": "NO_ANSWER", "origination_cancel_key": "*", "originate_causes": "a;NO_ANSWER", "last_bridge_proto_specific_hangup_cause": "sip:480"},
			want: BridgeResult{Outcome: routing.NoAnswer, Cause: "NO_ANSWER", SIP: 480, Legs: []LegEnd{{"a", "", "NO_ANSWER", routing.NoAnswer}}},
		},
		"the key, a group of which one was busy": {
			v: vars{"originate_disposition": "USER_BUSY", "origination_cancel_key": "*", "originate_causes": "ARRAY::a;USER_BUSY|:b;LOSE_RACE", "last_bridge_proto_specific_hangup_cause": "sip:486"},
			want: BridgeResult{Outcome: routing.Busy, Cause: UserBusy, SIP: 486, KeyPressed: true,
				Legs: []LegEnd{{"a", "", UserBusy, routing.Busy}, {"b", "", "LOSE_RACE", routing.NoAnswer}}},
		},
		"a far side says 487": {
			v:    vars{"originate_disposition": "ORIGINATOR_CANCEL", "originate_causes": "a;ORIGINATOR_CANCEL", "last_bridge_proto_specific_hangup_cause": "sip:487"},
			want: BridgeResult{Outcome: routing.Failed, Cause: OriginatorCancel, SIP: 487, Legs: []LegEnd{{"a", "", OriginatorCancel, routing.CallerGone}}},
		},
		"nonsense": {
			v:    vars{"originate_disposition": "x", "originate_causes": "ARRAY::|:;|:x", "originated_legs": "ARRAY::;;;|:x", "last_bridge_proto_specific_hangup_cause": "sip:-5"},
			want: BridgeResult{Outcome: routing.Failed, Cause: "X"},
		},
	} {
		if diff := cmp.Diff(c.want, ReadBridge(c.v, c.before...)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

// Every cause a leg can die of is either the trunk's fault or not.
func TestTrunkFailure(t *testing.T) {
	trunk := []HangupCause{
		"GATEWAY_DOWN", "INVALID_GATEWAY", "INVALID_PROFILE", "NORMAL_TEMPORARY_FAILURE", "NETWORK_OUT_OF_ORDER", "RECOVERY_ON_TIMER_EXPIRE",
		"PROGRESS_TIMEOUT", "SERVICE_UNAVAILABLE", "SERVICE_NOT_IMPLEMENTED", "INTERWORKING", "INCOMPATIBLE_DESTINATION", "EXCHANGE_ROUTING_ERROR",
		"NORMAL_CIRCUIT_CONGESTION", "SWITCH_CONGESTION", "NO_ROUTE_TRANSIT_NET", "DESTINATION_OUT_OF_ORDER", "CHAN_NOT_IMPLEMENTED", "REQUESTED_CHAN_UNAVAIL",
	}
	callee := []HangupCause{
		"SUCCESS", "NONE", "", "USER_BUSY", "NO_USER_RESPONSE", "NO_ANSWER", "CALL_REJECTED", "DECLINE", "UNALLOCATED_NUMBER", "NO_ROUTE_DESTINATION",
		"NUMBER_CHANGED", "INVALID_NUMBER_FORMAT", "NORMAL_CLEARING", "NORMAL_UNSPECIFIED", "ALLOTTED_TIMEOUT", "LOSE_RACE", "ORIGINATOR_CANCEL",
		"SUBSCRIBER_ABSENT", "USER_NOT_REGISTERED", "OUTGOING_CALL_BARRED", "INCOMING_CALL_BARRED", "BEARERCAPABILITY_NOTAUTH",
	}
	for _, cause := range trunk {
		if !TrunkFailure(cause) {
			t.Errorf("%s is a trunk's failure", cause)
		}
	}
	for _, cause := range callee {
		if TrunkFailure(cause) {
			t.Errorf("%s is not a trunk's failure", cause)
		}
	}
}
