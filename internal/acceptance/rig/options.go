package rig

// Options of one FreeSWITCH. The zero value gives a switch with no carrier and
// no call server.
type Options struct {
	// Dir is an existing empty folder for configuration, logs and messages.
	Dir string
	// Servers is what the outbound socket is pointed at: "127.0.0.1:8084", or
	// several with "|" between. Empty: a port at which nothing listens.
	Servers string
	// Trunk is written into the hand-over as switchyard_trunk; empty: not set.
	Trunk string
	// Carrier is the SIP address (host:port) of the gateway carrier-a.
	Carrier string
	// LogLevel is FreeSWITCH's: "info" when empty, "debug" shows each action.
	LogLevel string
	// ESLPort is where its inbound event socket listens, 0: a free port;
	// ESLPassword its password, "": a random one.
	ESLPort     int
	ESLPassword string
	// CDR, if its URL is set, loads mod_json_cdr with the shipped configuration,
	// edited as a customer does.
	CDR CDR
	// Domains are further SIP domains, each with the users and passwords that
	// acme.test has.
	Domains []string
	// Gateways are further gateways of the trunks' profile: SIP address
	// (host:port) by name.
	Gateways map[string]string
	// RTPPorts is how many ports are set aside for audio, 400 when 0: two a leg.
	RTPPorts int
	// Modules are loaded beside the usual ones. FreeSWITCH goes on without those
	// it does not have; ask it by "module_exists".
	Modules []string
}

// CDR is where mod_json_cdr posts its records, as whom, and the folder where it
// leaves what it cannot post.
type CDR struct{ URL, User, Password, Folder string }
