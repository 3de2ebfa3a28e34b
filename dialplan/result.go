package dialplan

import (
	"strings"

	"switchyard/routing"
)

// BridgeOutcome reads how a bridge ended from the variables of its completion
// event. FreeSWITCH writes the disposition anew for every bridge; what belongs
// to an earlier one (last_bridge_*) is not looked at.
func BridgeOutcome(v Variables) (routing.Outcome, HangupCause) {
	disposition := HangupCause(strings.ToUpper(v.Variable("originate_disposition")))
	return outcomeOf(disposition), disposition
}

// outcomeOf maps a disposition of originate to an outcome.
func outcomeOf(disposition HangupCause) routing.Outcome {
	switch disposition {
	case "SUCCESS":
		return routing.Answered
	case UserBusy, CallRejected, "DECLINE":
		return routing.Busy
	case NoAnswerCause, "NO_USER_RESPONSE", "ALLOTTED_TIMEOUT", "PROGRESS_TIMEOUT":
		return routing.NoAnswer
	case NotRegistered, "SUBSCRIBER_ABSENT":
		return routing.Unregistered
	case OriginatorCancel:
		return routing.CallerGone
	default:
		return routing.Failed
	}
}

// VoicemailOutcome reads whether a message was left in mailbox. mod_voicemail
// writes these variables when it has delivered a message and says nothing at
// all when it could not work (no such mailbox, no prompts, too short).
func VoicemailOutcome(v Variables, domain Domain, mailbox User) routing.Outcome {
	if messageLeft(v) && v.Variable("voicemail_account") == mailbox.String() && v.Variable("voicemail_domain") == domain.String() {
		return routing.MessageLeft
	}
	return routing.Failed
}

func messageLeft(v Variables) bool { return v.Variable("voicemail_message_len") != "" }
