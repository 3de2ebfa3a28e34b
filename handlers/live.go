package handlers

import "switchyard/routing"

// live is what rules can ask of the phones at the moment of a decision: what the
// switches say and what this server's own calls occupy.
type live struct{ *Router }

func (r *Router) live() routing.Live { return live{r} }

// Phone implements routing.Live.
func (l live) Phone(tenant routing.TenantID, domain, extension string) routing.PhoneState {
	own := l.busy.count(line{tenant, routing.Destination{Route: routing.RouteExtension, Target: extension}})
	var phone routing.PhoneState
	if l.Phones != nil {
		phone = l.Phones.Phone(domain, extension)
	}
	return withOwn(phone, own)
}

// withOwn adds what this server's own calls occupy of a phone to what the
// switches say of it. Where they say nothing, whether a phone is there FreeSWITCH
// finds out by ringing it; of calls at least our own are known.
func withOwn(phone routing.PhoneState, own int) routing.PhoneState {
	if !phone.Known {
		phone.Known, phone.Contacts, phone.Calls = own > 0, -1, own
		return phone
	}
	phone.Calls = max(phone.Calls, own)
	return phone
}
