package routing

// Test is a call and where the tenant expects it to go. Tests run at every change
// of the tenant's configuration, and one that fails refuses it. Overrides of
// schedules do not count in them: a test is about what is written down.
type Test struct {
	ID   string   `yaml:"id" json:"id,omitempty"`
	Name string   `yaml:"name" json:"name"`
	Call TestCall `yaml:"call" json:"call"`
	// Expect says what has to come of it; what is left out may be anything.
	Expect TestExpect `yaml:"expect" json:"expect"`
}

// TestCall is the call of a test.
type TestCall struct {
	From    string            `yaml:"from" json:"from,omitempty"`   // "": anonymous, unless Phone is set
	To      string            `yaml:"to" json:"to"`                 // as dialled
	Phone   string            `yaml:"phone" json:"phone,omitempty"` // the extension that calls; "": from outside
	Name    string            `yaml:"name" json:"name,omitempty"`   // display name
	Trunk   string            `yaml:"trunk" json:"trunk,omitempty"` // it comes in over
	Headers map[string]string `yaml:"headers" json:"headers,omitempty"`
	// At is when: RFC 3339, or 2026-11-21 14:30 in the tenant's zone.
	At string `yaml:"at" json:"at"`
	ID string `yaml:"id" json:"id,omitempty"` // for call.bucket
	// Extensions are their states, by number; one not named is registered and free.
	Extensions map[string]AssumedExtension `yaml:"extensions" json:"extensions,omitempty"`
}

// AssumedExtension is what a test or an explanation assumes of an extension.
type AssumedExtension struct {
	Registered *bool `yaml:"registered" json:"registered,omitempty"` // default true
	OnCall     bool  `yaml:"onCall" json:"onCall,omitempty"`
}

// TestExpect is what has to come of a test's call.
type TestExpect struct {
	Verdict Verdict  `yaml:"verdict" json:"verdict,omitempty"` // default routed
	Route   Route    `yaml:"route" json:"route,omitempty"`
	Target  string   `yaml:"target" json:"target,omitempty"`
	Rule    string   `yaml:"rule" json:"rule,omitempty"`
	Tags    []string `yaml:"tags" json:"tags,omitempty"`
}
