package routing

// Menu lets the caller choose with the keys of the phone: an IVR menu. The three
// ways to leave it without a choice are exits of their own, so that a caller
// who pressed nothing never counts as one who pressed the wrong thing.
type Menu struct {
	ID        string `yaml:"id" json:"id,omitempty"`
	Name      string `yaml:"name" json:"name"`
	Extension string `yaml:"extension" json:"extension,omitempty"` // the number it is dialled by inside; may be empty

	Greeting       Prompt  `yaml:"greeting" json:"greeting"`
	RepeatGreeting *Prompt `yaml:"repeatGreeting" json:"repeatGreeting,omitempty"` // from the second time on; default: Greeting
	InvalidPrompt  *Prompt `yaml:"invalidPrompt" json:"invalidPrompt,omitempty"`   // after a wrong entry; default: a tone

	// Digits maps entries, 1-20 keys of 0-9, * and #, to where they lead, at most 200.
	// Beside destinations there are the routes back, top and repeat, without a
	// target: the menu the call came from, the first menu of all, this one again.
	Digits     map[string]Destination `yaml:"digits" json:"digits,omitempty"`
	DirectDial *DirectDial            `yaml:"directDial" json:"directDial,omitempty"` // nil: numbers inside are no entries

	// EarlyMedia: the call is not answered, the menu is heard before. Carriers
	// often cut such calls off after a minute, and some let no keys through.
	EarlyMedia bool  `yaml:"earlyMedia" json:"earlyMedia,omitempty"`
	BargeIn    *bool `yaml:"bargeIn" json:"bargeIn,omitempty"` // a key ends the prompt; default true
	// FirstDigitSeconds is how long the caller may take to press the first key
	// once the prompt is over, 1-60, default 5.
	FirstDigitSeconds int `yaml:"firstDigitSeconds" json:"firstDigitSeconds,omitempty"`
	// InterDigitSeconds is how long between two keys, 1-20, default 2. It is
	// waited only where the entry could be a longer one. # ends an entry at once,
	// unless the entries of the menu have it.
	InterDigitSeconds int `yaml:"interDigitSeconds" json:"interDigitSeconds,omitempty"`
	// MaxDigits is how long an entry may be, 1-20; default: as long as the longest
	// that leads somewhere. Less than that is refused.
	MaxDigits int `yaml:"maxDigits" json:"maxDigits,omitempty"`

	MaxTimeouts int `yaml:"maxTimeouts" json:"maxTimeouts,omitempty"` // silences until exit no-input, 1-10, default 3
	MaxFailures int `yaml:"maxFailures" json:"maxFailures,omitempty"` // wrong entries until exit invalid, 1-10, default 3
	MaxTries    int `yaml:"maxTries" json:"maxTries,omitempty"`       // both together until exit too-many-tries, 1-20, default 4

	Language string `yaml:"language" json:"language,omitempty"` // like en-US; kept for the rest of the call
	// Set is set on the calls that come here and stays set; recording is no part
	// of it, and its language is Language.
	Set RuleSet `yaml:"set" json:"set,omitzero"`
	// Sensitive: what is pressed here is in no record, log or event.
	Sensitive bool `yaml:"sensitive" json:"sensitive,omitempty"`

	// Exits by no-input, invalid, too-many-tries, failed. The first three stand in
	// for each other: no-input falls back on too-many-tries, then invalid; invalid on
	// too-many-tries, then no-input; too-many-tries on invalid, then no-input.
	Exits Exits `yaml:"exits" json:"exits,omitempty"`
}

// DirectDial says which numbers inside the tenant a caller may enter in a menu.
type DirectDial struct {
	// Allow and Deny are numbers, or patterns in which x is any digit: 10xx. They
	// fit whole numbers of extensions, ring groups and menus that there are. No
	// Allow: all of them; Deny wins.
	Allow []string `yaml:"allow" json:"allow,omitempty"`
	Deny  []string `yaml:"deny" json:"deny,omitempty"`
}

// Prompt is something a caller hears: a file, a tone or text. A file may have a
// text beside it, which is spoken when the file is missing at call time.
type Prompt struct {
	// File is below the tenant's folder of prompts on the switch: main.wav,
	// de/main.wav. It ends in .wav, .ogg or .mp3: without an ending FreeSWITCH would
	// look for one that goes by the codec of the call.
	File string `yaml:"file" json:"file,omitempty"`
	// Tone is a tone stream: %(500,200,440) is 500 ms of 440 Hz and 200 ms of
	// silence; several follow each other, ;loops=3 repeats them. At most 20 s, four
	// frequencies at once, and 200 characters.
	Tone string `yaml:"tone" json:"tone,omitempty"`
	// Text is spoken: at most 2000 characters, none of $ { } | < > \ and the
	// backquote. Line breaks are blanks.
	Text string `yaml:"text" json:"text,omitempty"`
	// Language and Voice of the text. Default: the language of the menu, else the
	// call's; the operator's voice.
	Language string `yaml:"language" json:"language,omitempty"`
	Voice    string `yaml:"voice" json:"voice,omitempty"`
}

// IsZero tells that nothing is to be heard.
func (p Prompt) IsZero() bool { return p == Prompt{} }

// Recording is which calls of a tenant are recorded, once they are connected to
// somebody.
type Recording struct {
	Policy RecordingPolicy `yaml:"policy" json:"policy"`
	// Announcement is heard by the outside party before the recording begins: by
	// the caller of an inbound or internal call before anybody rings, by whom an
	// outbound call reaches before the two are connected. None: no announcement.
	Announcement *Prompt `yaml:"announcement" json:"announcement,omitempty"`
	// Stereo has the caller on the left and the others on the right channel;
	// default true.
	Stereo *bool `yaml:"stereo" json:"stereo,omitempty"`
}

// RecordingPolicy is a closed set.
type RecordingPolicy string

// The policies. With any but RecordNever a rule's set.recording decides for its
// calls.
const (
	RecordNever    RecordingPolicy = "never" // default; rules cannot change it
	RecordAlways   RecordingPolicy = "always"
	RecordInbound  RecordingPolicy = "inbound"
	RecordOutbound RecordingPolicy = "outbound"
	RecordByRule   RecordingPolicy = "rule" // only calls whose rule says so
)
