package routing

// OperatorConfig is what the operator of the platform owns: who the tenants
// are, which numbers and domains are theirs, and how calls leave.
type OperatorConfig struct {
	// Revision is the one the file was made from, nil if it does not say: a change
	// of a configuration that others changed meanwhile is refused by it.
	Revision *int `yaml:"revision" json:"-"`
	// DefaultCountry (ISO 3166, two letters) reads national numbers of calls
	// that came over no known trunk.
	DefaultCountry string `yaml:"defaultCountry" json:"defaultCountry,omitempty"`
	// BlockedPrefixes are beginnings of numbers, in E.164 (+1900), that nobody
	// may call, whatever countries a tenant may.
	BlockedPrefixes []string      `yaml:"blockedPrefixes" json:"blockedPrefixes,omitempty"`
	Trunks          []Trunk       `yaml:"trunks" json:"trunks,omitempty"`
	Tenants         []TenantGrant `yaml:"tenants" json:"tenants,omitempty"`
}

// Trunk is a line to the outside: a gateway FreeSWITCH knows by name, and how
// to tell that a call came in over it.
type Trunk struct {
	Name    string `yaml:"name" json:"name"`
	Gateway string `yaml:"gateway" json:"gateway,omitempty"` // FreeSWITCH's gateway name; empty: cannot carry outside calls
	Country string `yaml:"country" json:"country,omitempty"` // how national numbers on it are read

	// A call belongs to the trunk when the dialplan set switchyard_trunk to
	// its name, else when Profile and Addresses (CIDR) fit; an empty one fits all.
	Profile   string   `yaml:"profile" json:"profile,omitempty"`
	Addresses []string `yaml:"addresses" json:"addresses,omitempty"`

	// CallerID says whose number the far side of an outside call is shown.
	CallerID CallerIDPolicy `yaml:"callerId" json:"callerId,omitempty"`
	// CallerIDHeader says in which header the tenant's own number travels, for
	// carriers that want to know who answers for a call.
	CallerIDHeader CallerIDHeader `yaml:"callerIdHeader" json:"callerIdHeader,omitempty"`
	// ProgressSeconds is how long the gateway may say nothing at all before the
	// next trunk is tried, 1-60, default 8. It counts only while there is a next.
	ProgressSeconds int `yaml:"progressSeconds" json:"progressSeconds,omitempty"`
}

// CallerIDPolicy is whose number an outside call shows; a closed set.
type CallerIDPolicy string

// The policies. A phone's own outside calls show a number of the tenant, or none
// if its user asks for that.
const (
	CallerIDKeep CallerIDPolicy = "keep" // the caller's, as it came (default)
	CallerIDOwn  CallerIDPolicy = "own"  // one of the tenant's
)

// CallerIDHeader is a header that carries the tenant's own number; a closed set.
type CallerIDHeader string

// The headers.
const (
	HeaderNone      CallerIDHeader = "none"                // default
	HeaderDiversion CallerIDHeader = "diversion"           // RFC 5806
	HeaderAsserted  CallerIDHeader = "p-asserted-identity" // RFC 3325
	HeaderBoth      CallerIDHeader = "both"
)

// TenantGrant is a tenant as the operator grants it. A tenant can change
// nothing of this.
type TenantGrant struct {
	ID        TenantID `yaml:"id" json:"id"`
	Name      string   `yaml:"name" json:"name"`
	Suspended bool     `yaml:"suspended" json:"suspended,omitempty"`
	Country   string   `yaml:"country" json:"country,omitempty"`     // how its phones' national numbers are read; default: DefaultCountry
	Timezone  string   `yaml:"timezone" json:"timezone,omitempty"`   // IANA name, default UTC
	Domains   []string `yaml:"domains" json:"domains,omitempty"`     // SIP domains of its phones; the first one is dialled
	Numbers   []string `yaml:"numbers" json:"numbers,omitempty"`     // DIDs; unique across tenants
	Trunks    []string `yaml:"trunks" json:"trunks,omitempty"`       // trunks it may use, the first is its default
	Countries []string `yaml:"countries" json:"countries,omitempty"` // countries it may call; none: no outside calls

	BlockedPrefixes []string `yaml:"blockedPrefixes" json:"blockedPrefixes,omitempty"` // beyond the platform's own
	MaxForwards     int      `yaml:"maxForwards" json:"maxForwards,omitempty"`         // forwards one call may go through, 1-10, default 5
}

// TenantConfig is what a tenant owns.
type TenantConfig struct {
	Tenant             string          `yaml:"tenant" json:"tenant"` // name or id of its grant
	Revision           *int            `yaml:"revision" json:"-"`    // it was made from; see OperatorConfig
	Extensions         []Extension     `yaml:"extensions" json:"extensions,omitempty"`
	DIDs               []DID           `yaml:"dids" json:"dids,omitempty"`
	Forwards           []Forward       `yaml:"forwards" json:"forwards,omitempty"`
	RingGroups         []RingGroup     `yaml:"ringGroups" json:"ringGroups,omitempty"`
	IVRMenus           []Menu          `yaml:"ivrMenus" json:"ivrMenus,omitempty"`
	Schedules          []Schedule      `yaml:"schedules" json:"schedules,omitempty"`
	Overrides          []Override      `yaml:"overrides" json:"overrides,omitempty"`
	Blocklist          []BlockedNumber `yaml:"blocklist" json:"blocklist,omitempty"`
	Allowlist          []AllowedNumber `yaml:"allowlist" json:"allowlist,omitempty"`
	Lists              []NumberList    `yaml:"lists" json:"lists,omitempty"`
	Rules              []Rule          `yaml:"rules" json:"rules,omitempty"`
	Webhooks           []Webhook       `yaml:"webhooks" json:"webhooks,omitempty"`
	Tests              []Test          `yaml:"tests" json:"tests,omitempty"`
	Recording          *Recording      `yaml:"recording" json:"recording,omitempty"`
	DefaultDestination *Destination    `yaml:"defaultDestination" json:"defaultDestination,omitempty"`
	// CallerID is the number outside calls show where neither an extension nor
	// the number that was called gives one: one of the tenant's; default its first.
	CallerID string `yaml:"callerId" json:"callerId,omitempty"`
}

// Exits says where a call goes on when a destination ends without an answer, by
// outcome. Which outcomes a destination can have depends on its route.
type Exits map[Outcome]Destination

// DID is the route of one of the tenant's numbers.
type DID struct {
	ID           string `yaml:"id" json:"id,omitempty"`
	Number       string `yaml:"number" json:"number"`
	InboundRoute Route  `yaml:"inboundRoute" json:"inboundRoute"`
	RouteTarget  string `yaml:"routeTarget" json:"routeTarget"`
	// Schedule, by name or id, sends the number's calls elsewhere while it is
	// closed; while it is open, and its window says nothing else, they go to the
	// number's own route.
	Schedule string `yaml:"schedule" json:"schedule,omitempty"`
}

// Forward is a named outside number.
type Forward struct {
	ID     string `yaml:"id" json:"id,omitempty"`
	Name   string `yaml:"name" json:"name"`
	Number string `yaml:"number" json:"number"`
	// Trunks are tried in this order: the next one when one cannot carry the
	// call, not when the far side is busy. Default: all of the tenant's that
	// have a gateway, in the operator's order. Trunk is short for a list of one.
	Trunks []string `yaml:"trunks" json:"trunks,omitempty"`
	Trunk  string   `yaml:"trunk" json:"trunk,omitempty"`
	// CallerID own shows the tenant's number even where the trunk would keep the
	// caller's; keep is refused on a trunk that says own.
	CallerID    CallerIDPolicy `yaml:"callerId" json:"callerId,omitempty"`
	RingSeconds int            `yaml:"ringSeconds" json:"ringSeconds,omitempty"` // default 30
	Exits       Exits          `yaml:"exits" json:"exits,omitempty"`
}

// NumberList is a named set of numbers for rules: call.from in list("vip").
type NumberList struct {
	ID      string   `yaml:"id" json:"id,omitempty"`
	Name    string   `yaml:"name" json:"name"`
	Numbers []string `yaml:"numbers" json:"numbers"`
}

// Rule sends the calls for which When is true to Then. Rules are tried by
// Priority (low first), then in the order written; the first match that has a
// Then wins. One without only sets, and the next one is tried.
type Rule struct {
	ID       string      `yaml:"id" json:"id,omitempty"`
	Name     string      `yaml:"name" json:"name"`
	Priority int         `yaml:"priority" json:"priority,omitempty"`
	When     string      `yaml:"when" json:"when"` // CEL, bool
	Then     Destination `yaml:"then" json:"then,omitzero"`
	Set      RuleSet     `yaml:"set" json:"set,omitzero"`
	Enabled  *bool       `yaml:"enabled" json:"enabled,omitempty"` // default true
	// ValidFrom and ValidUntil bound when the rule counts: a day (2026-12-01), a
	// time in the tenant's zone (2026-12-01 08:00) or one with its own
	// (RFC 3339). It counts from the first on, and no more from the second on; a
	// day as ValidUntil is included.
	ValidFrom  string `yaml:"validFrom" json:"validFrom,omitempty"`
	ValidUntil string `yaml:"validUntil" json:"validUntil,omitempty"`
}

// RuleSet is what matching rules, or a menu, set on the call. Of several rules
// the later one's value counts; tags add up.
type RuleSet struct {
	CallerIDPrefix string   `yaml:"callerIdPrefix" json:"callerIdPrefix,omitempty"` // shown before the caller's name
	Tags           []string `yaml:"tags" json:"tags,omitempty"`                     // kept in the record
	Language       string   `yaml:"language" json:"language,omitempty"`             // of prompts, like en-US
	Recording      *bool    `yaml:"recording" json:"recording,omitempty"`           // whether it is recorded; see Recording
	// Priority is the call's among those that wait, 0 (default) to 10, high first.
	Priority int `yaml:"priority" json:"priority,omitempty"`
	// AccountCode is whom the call is charged to, in the record and on the channel.
	AccountCode string `yaml:"accountCode" json:"accountCode,omitempty"`
}

// WebhookOrder says which events of a webhook wait for each other.
type WebhookOrder string

// The orders.
const (
	OrderCall WebhookOrder = "call" // those of one call come one after the other
	OrderNone WebhookOrder = "none" // one that fails holds none back
)

// Webhook is an endpoint of the tenant's CRM.
type Webhook struct {
	ID     string   `yaml:"id" json:"id,omitempty"`
	Name   string   `yaml:"name" json:"name"`
	URL    string   `yaml:"url" json:"url"`
	Events []string `yaml:"events" json:"events,omitempty"` // none: all of the contract's four
	Secret string   `yaml:"secret" json:"secret,omitempty"` // none: no signature headers
	// PreviousSecret signs beside Secret until PreviousSecretUntil (RFC 3339).
	PreviousSecret      string       `yaml:"previousSecret" json:"previousSecret,omitempty"`
	PreviousSecretUntil string       `yaml:"previousSecretUntil" json:"previousSecretUntil,omitempty"`
	Order               WebhookOrder `yaml:"order" json:"order,omitempty"`                   // default OrderCall
	TimeoutSeconds      int          `yaml:"timeoutSeconds" json:"timeoutSeconds,omitempty"` // 1-30, default 5
	Enabled             *bool        `yaml:"enabled" json:"enabled,omitempty"`               // default true
}
