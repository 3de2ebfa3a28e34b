package routing

// BlockedNumber is an entry of the blocklist: who may not call, or not be called.
type BlockedNumber struct {
	ID string `yaml:"id" json:"id,omitempty"`
	// Exactly one of the four is set.
	Number    string `yaml:"number" json:"number,omitempty"`       // one number
	Prefix    string `yaml:"prefix" json:"prefix,omitempty"`       // every number that begins so, in E.164: +1900
	Pattern   string `yaml:"pattern" json:"pattern,omitempty"`     // RE2; the whole number in E.164 has to fit
	Anonymous bool   `yaml:"anonymous" json:"anonymous,omitempty"` // callers that show no number

	Reason    string       `yaml:"reason" json:"reason,omitempty"`
	Direction string       `yaml:"direction" json:"direction,omitempty"` // inbound (default), outbound, both
	Expires   string       `yaml:"expires" json:"expires,omitempty"`     // RFC 3339; from then on it does not count
	Action    BlockAction  `yaml:"action" json:"action,omitempty"`       // default reject
	Cause     string       `yaml:"cause" json:"cause,omitempty"`         // of action reject; default CALL_REJECTED
	Then      *Destination `yaml:"then" json:"then,omitempty"`           // of action route: where the call goes instead
}

// Name tells an entry from the others of its list: whom it matches, and the
// direction.
func (b BlockedNumber) Name() string { return b.listed().Name() }

// listed is what an entry of the blocklist has in common with one of the allow
// list.
func (b *BlockedNumber) listed() AllowedNumber {
	return AllowedNumber{
		ID: b.ID, Number: b.Number, Prefix: b.Prefix, Pattern: b.Pattern, Anonymous: b.Anonymous,
		Reason: b.Reason, Direction: b.Direction, Expires: b.Expires,
	}
}

// AllowedNumber is an entry of the allow list: it wins over the blocklist.
type AllowedNumber struct {
	ID string `yaml:"id" json:"id,omitempty"`
	// Exactly one of the four is set.
	Number    string `yaml:"number" json:"number,omitempty"`       // one number
	Prefix    string `yaml:"prefix" json:"prefix,omitempty"`       // every number that begins so, in E.164: +1900
	Pattern   string `yaml:"pattern" json:"pattern,omitempty"`     // RE2; the whole number in E.164 has to fit
	Anonymous bool   `yaml:"anonymous" json:"anonymous,omitempty"` // callers that show no number

	Reason    string `yaml:"reason" json:"reason,omitempty"`
	Direction string `yaml:"direction" json:"direction,omitempty"` // inbound (default), outbound, both
	Expires   string `yaml:"expires" json:"expires,omitempty"`
}

// Name tells an entry from the others of its list: whom it matches, and the
// direction.
func (a AllowedNumber) Name() string {
	whom := a.Number
	switch {
	case a.Prefix != "":
		whom = "prefix " + a.Prefix
	case a.Pattern != "":
		whom = "pattern " + a.Pattern
	case a.Anonymous:
		whom = "anonymous"
	}
	return whom + " " + a.Direction
}

// BlockAction is what a blocked call gets; a closed set.
type BlockAction string

// The actions.
const (
	BlockReject BlockAction = "reject" // ended with Cause
	BlockBusy   BlockAction = "busy"   // ended as busy
	BlockRoute  BlockAction = "route"  // sent to Then, such as a mailbox
)
