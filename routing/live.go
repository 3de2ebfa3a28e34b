package routing

// Live tells of what changes while calls go on. Rules read it only when they ask,
// and each value they read is kept with the decision, so that the call can be
// explained later: see RecordedLive. Safe for concurrent use; it never waits.
//
// A nil Live knows nothing: what reads it fails, and a rule that fails does not
// match.
type Live interface {
	// Phone tells of an extension's phones, by the tenant and its SIP domain.
	Phone(tenant TenantID, domain, extension string) PhoneState
}
