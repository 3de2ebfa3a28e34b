package routing

// Extension is a phone number inside the tenant. All its registered phones ring
// together.
type Extension struct {
	ID           string `yaml:"id" json:"id,omitempty"`
	Extension    string `yaml:"extension" json:"extension"` // its number, also the directory user
	DisplayName  string `yaml:"displayName" json:"displayName,omitempty"`
	RingSeconds  int    `yaml:"ringSeconds" json:"ringSeconds,omitempty"`   // default 25
	DoNotDisturb bool   `yaml:"doNotDisturb" json:"doNotDisturb,omitempty"` // its phones do not ring: busy
	// CallLimit is how many calls it may have at once, its own outgoing ones and
	// those that ring included; 0: no limit.
	CallLimit int `yaml:"callLimit" json:"callLimit,omitempty"`
	// CallerID is the number its outside calls show: one of the tenant's.
	CallerID string `yaml:"callerId" json:"callerId,omitempty"`
	// Forward sends its calls elsewhere, before any exit is taken.
	Forward map[ForwardType]CallForward `yaml:"forward" json:"forward,omitempty"`
	// FollowMe rings other numbers beside its phones.
	FollowMe []FollowMe `yaml:"followMe" json:"followMe,omitempty"`
	// Exits by no-answer, busy, unregistered, failed, call-limit. call-limit
	// falls back on busy.
	Exits Exits `yaml:"exits" json:"exits,omitempty"`
}

// ForwardType is when an extension's calls are forwarded; a closed set.
type ForwardType string

// The types. Webhooks and records know the first three: an extension without a
// registered phone counts there as one that does not answer.
const (
	ForwardAlways       ForwardType = "always" // its own phones do not ring
	ForwardBusy         ForwardType = "busy"
	ForwardNoAnswer     ForwardType = "no-answer"
	ForwardUnregistered ForwardType = "unregistered" // default: what no-answer says
)

// CallForward is one forward of an extension.
type CallForward struct {
	Number      string `yaml:"number" json:"number"`                     // an extension, a forward's name or an outside number
	RingSeconds int    `yaml:"ringSeconds" json:"ringSeconds,omitempty"` // default: the target's own
	Confirm     bool   `yaml:"confirm" json:"confirm,omitempty"`         // who answers presses 1 to accept
	Enabled     *bool  `yaml:"enabled" json:"enabled,omitempty"`         // default true
}

// FollowMe is a number that rings beside an extension's phones.
type FollowMe struct {
	Number       string `yaml:"number" json:"number"` // an extension, a forward's name or an outside number
	DelaySeconds int    `yaml:"delaySeconds" json:"delaySeconds,omitempty"`
	RingSeconds  int    `yaml:"ringSeconds" json:"ringSeconds,omitempty"` // default: as long as the phones
	Confirm      bool   `yaml:"confirm" json:"confirm,omitempty"`
}
