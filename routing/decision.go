package routing

// Verdict is what became of a call's decision; a closed set.
type Verdict string

const (
	// Routed: the call goes to Decision.Destination.
	Routed Verdict = "routed"
	// UnknownNumber: no tenant has the number; there is no plan.
	UnknownNumber Verdict = "unknown-number"
	// TenantSuspended: the operator has suspended the tenant.
	TenantSuspended Verdict = "tenant-suspended"
	// TenantBroken: the tenant's configuration does not pass the checks of this
	// version, and there is none it had before; its plan says nothing.
	TenantBroken Verdict = "tenant-broken"
	// NoRoute: the tenant has the call but nowhere to send it.
	NoRoute Verdict = "no-route"
	// CallerBlocked: the tenant's blocklist has the caller, or the number
	// called from one of its phones.
	CallerBlocked Verdict = "caller-blocked"
	// CallDenied: the outside call is not allowed.
	CallDenied Verdict = "call-denied"
)

// Decision says where a call goes and by what.
type Decision struct {
	Verdict   Verdict
	Plan      *Plan // nil for UnknownNumber
	Tenant    TenantID
	Revision  int
	Direction Direction

	Caller  Number // the zero Number for an anonymous caller
	Dialled Number
	DID     string // E.164: the tenant's number an inbound call came to
	Trunk   string // the trunk it came in over or leaves by

	Destination Destination // zero unless Routed
	Open        Destination // of a schedule as Destination: see Stop.Open
	Rule        string      // the rule that decided, "" if none did
	SetBy       []string    // rules that matched before it and only set
	Set         RuleSet     // what all of them set

	// Anonymous: the caller asked not to be shown, or showed no number.
	Anonymous bool

	// Block is the entry of the blocklist that matched, nil if none did. Its
	// action says whether the call ends (CallerBlocked) or goes elsewhere (Routed).
	Block       *Block
	DenyReason  string   // CallDenied: for people
	FailedRules []string // rules that could not be evaluated and were passed over

	// Facts is what the decision went by, for the record: direction, from, to,
	// did, trunk and now (RFC 3339, in the tenant's zone), those that are known;
	// allowed (what the entry of the allow list that matched matches by) and
	// screened (why the blocklist sent the call elsewhere), if they did; and what
	// each schedule was that a rule read or the call goes to ("schedule office":
	// "closed: holiday Christmas"). "set by" are the rules of SetBy, and what is set
	// besides tags is "set accountCode" and so on, as in the configuration.
	// anonymous is true of a caller who is not shown, operator the revision of what
	// the operator owns. With the call's texts it is all that a decision depends on.
	Facts map[string]string
}
