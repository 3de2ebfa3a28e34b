package routing

import "strings"

// RecordedLive gives the live values that a decision went by, from the facts that
// were kept with it. What they do not tell, or tell in no way that can be read, is
// not known.
func RecordedLive(facts map[string]string) Live { return recordedLive(facts) }

type recordedLive map[string]string

// Phone implements Live. Facts are those of one tenant's call.
func (kept recordedLive) Phone(_ TenantID, _, extension string) PhoneState {
	r, ok := parseReading(extension, kept[extensionFact+extension])
	if !ok || r.onCall == unknown {
		return PhoneState{}
	}
	state := PhoneState{Known: true, Contacts: -1}
	if r.registered != unknown {
		state.Contacts = 0
	}
	if r.registered == yes {
		state.Contacts = 1
	}
	if r.onCall == yes {
		state.Calls = 1
	}
	return state
}

// RecordedHeaders gives the SIP headers that a decision went by, from the facts
// that were kept with it. Headers no rule read are not in it.
func RecordedHeaders(facts map[string]string) map[string]string {
	headers := map[string]string{}
	for key, value := range facts {
		if name, is := strings.CutPrefix(key, headerFact); is {
			headers[name] = value
		}
	}
	return headers
}
