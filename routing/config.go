package routing

// OperatorConfig is what the operator of the platform owns: who the tenants
// are, which numbers and domains are theirs, and how calls leave.
type OperatorConfig struct {
	// DefaultCountry (ISO 3166, two letters) reads national numbers of calls
	// that came over no known trunk.
	DefaultCountry string        `yaml:"defaultCountry" json:"defaultCountry,omitempty"`
	Trunks         []Trunk       `yaml:"trunks" json:"trunks,omitempty"`
	Tenants        []TenantGrant `yaml:"tenants" json:"tenants,omitempty"`
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
}

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
}

// TenantConfig is what a tenant owns.
type TenantConfig struct {
	Tenant             string          `yaml:"tenant" json:"tenant"` // name or id of its grant
	Extensions         []Extension     `yaml:"extensions" json:"extensions,omitempty"`
	DIDs               []DID           `yaml:"dids" json:"dids,omitempty"`
	Forwards           []Forward       `yaml:"forwards" json:"forwards,omitempty"`
	Blocklist          []BlockedNumber `yaml:"blocklist" json:"blocklist,omitempty"`
	Lists              []NumberList    `yaml:"lists" json:"lists,omitempty"`
	Rules              []Rule          `yaml:"rules" json:"rules,omitempty"`
	Webhooks           []Webhook       `yaml:"webhooks" json:"webhooks,omitempty"`
	DefaultDestination *Destination    `yaml:"defaultDestination" json:"defaultDestination,omitempty"`
}

// Exits says where a call goes on when a destination ends without an answer,
// by outcome: no-answer, busy, unregistered, failed.
type Exits map[Outcome]Destination

// Extension is a phone number inside the tenant.
type Extension struct {
	ID          string `yaml:"id" json:"id,omitempty"`
	Extension   string `yaml:"extension" json:"extension"` // its number, also the directory user
	DisplayName string `yaml:"displayName" json:"displayName,omitempty"`
	RingSeconds int    `yaml:"ringSeconds" json:"ringSeconds,omitempty"` // default 25
	Exits       Exits  `yaml:"exits" json:"exits,omitempty"`
}

// DID is the route of one of the tenant's numbers.
type DID struct {
	ID           string `yaml:"id" json:"id,omitempty"`
	Number       string `yaml:"number" json:"number"`
	InboundRoute Route  `yaml:"inboundRoute" json:"inboundRoute"`
	RouteTarget  string `yaml:"routeTarget" json:"routeTarget"`
}

// Forward is a named outside number.
type Forward struct {
	ID          string `yaml:"id" json:"id,omitempty"`
	Name        string `yaml:"name" json:"name"`
	Number      string `yaml:"number" json:"number"`
	Trunk       string `yaml:"trunk" json:"trunk,omitempty"`             // default: the tenant's first trunk
	RingSeconds int    `yaml:"ringSeconds" json:"ringSeconds,omitempty"` // default 30
	Exits       Exits  `yaml:"exits" json:"exits,omitempty"`
}

// BlockedNumber is one number that may not call, or not be called.
type BlockedNumber struct {
	ID        string `yaml:"id" json:"id,omitempty"`
	Number    string `yaml:"number" json:"number"`
	Reason    string `yaml:"reason" json:"reason,omitempty"`
	Direction string `yaml:"direction" json:"direction,omitempty"` // inbound (default), outbound, both
}

// NumberList is a named set of numbers for rules: call.from in list("vip").
type NumberList struct {
	ID      string   `yaml:"id" json:"id,omitempty"`
	Name    string   `yaml:"name" json:"name"`
	Numbers []string `yaml:"numbers" json:"numbers"`
}

// Rule sends the calls for which When is true to Then. Rules are tried by
// Priority (low first), then in the order written; the first match wins.
type Rule struct {
	ID       string      `yaml:"id" json:"id,omitempty"`
	Name     string      `yaml:"name" json:"name"`
	Priority int         `yaml:"priority" json:"priority,omitempty"`
	When     string      `yaml:"when" json:"when"` // CEL, bool
	Then     Destination `yaml:"then" json:"then"`
	Set      RuleSet     `yaml:"set" json:"set,omitzero"`
	Enabled  *bool       `yaml:"enabled" json:"enabled,omitempty"` // default true
}

// RuleSet is what a matching rule sets on the call.
type RuleSet struct {
	CallerIDPrefix string   `yaml:"callerIdPrefix" json:"callerIdPrefix,omitempty"` // shown before the caller's name
	Tags           []string `yaml:"tags" json:"tags,omitempty"`                     // kept in the record
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
