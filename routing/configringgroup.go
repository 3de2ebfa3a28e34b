package routing

// RingGroup rings several members for one call.
type RingGroup struct {
	ID        string        `yaml:"id" json:"id,omitempty"`
	Name      string        `yaml:"name" json:"name"`
	Extension string        `yaml:"extension" json:"extension,omitempty"` // the number it is dialled by inside; may be empty
	Strategy  Strategy      `yaml:"strategy" json:"strategy,omitempty"`   // default simultaneous
	Members   []GroupMember `yaml:"members" json:"members"`
	// RingSeconds is how long the whole group may ring in all rounds; default 60.
	RingSeconds int `yaml:"ringSeconds" json:"ringSeconds,omitempty"`
	Rounds      int `yaml:"rounds" json:"rounds,omitempty"` // how often the members are gone through, 1-10, default 1

	SkipBusy       *bool `yaml:"skipBusy" json:"skipBusy,omitempty"`             // members that are on a call do not ring; default true
	MemberForwards *bool `yaml:"memberForwards" json:"memberForwards,omitempty"` // members' forwards always, busy and unregistered count; default true
	StopOnReject   bool  `yaml:"stopOnReject" json:"stopOnReject,omitempty"`     // one member that rejects ends the ringing: busy
	CallLimit      int   `yaml:"callLimit" json:"callLimit,omitempty"`           // calls that may ring it or talk by it at once; 0: no limit

	CallerIDPrefix  string `yaml:"callerIdPrefix" json:"callerIdPrefix,omitempty"`   // shown before the caller's name
	DistinctiveRing string `yaml:"distinctiveRing" json:"distinctiveRing,omitempty"` // the info of the Alert-Info header
	// Ringback is what the caller hears: ring (default), the ring tone of a
	// country (us, uk, de …), or music with a stream of the switch: music:moh.
	Ringback string `yaml:"ringback" json:"ringback,omitempty"`
	ExitKey  string `yaml:"exitKey" json:"exitKey,omitempty"` // the caller presses it to leave: exit exit-key

	// Exits by no-answer, busy, nobody-available, call-limit, exit-key, failed.
	// Those that are missing fall back on no-answer, exit-key excepted.
	Exits Exits `yaml:"exits" json:"exits,omitempty"`
}

// GroupMember is one member of a ring group.
type GroupMember struct {
	Number       string `yaml:"number" json:"number"`                       // an extension, a forward's name or an outside number
	DelaySeconds int    `yaml:"delaySeconds" json:"delaySeconds,omitempty"` // strategy simultaneous: rings later
	RingSeconds  int    `yaml:"ringSeconds" json:"ringSeconds,omitempty"`   // default: as long as the group; one after the other: 15
	Confirm      bool   `yaml:"confirm" json:"confirm,omitempty"`           // who answers presses 1 to accept
}

// Strategy is in which order a ring group rings; a closed set.
type Strategy string

// The strategies. All but the first ring one member at a time.
const (
	Simultaneous Strategy = "simultaneous"
	Sequence     Strategy = "sequence"    // in the order written
	RandomOrder  Strategy = "random"      // a new order for each call
	RoundRobin   Strategy = "round-robin" // each call begins one further than the one before
)
