package delivery

// Class says what kind of failure an attempt ended with; a closed set.
type Class string

// The classes, as the history of deliveries and the metrics show them.
const (
	OK      Class = ""        // accepted: a 2xx answer
	DNS     Class = "dns"     // the name was not found
	Connect Class = "connect" // no connection, or it broke before an answer
	TLS     Class = "tls"     // no trust in the other side, or it speaks no TLS
	Timeout Class = "timeout" // no answer in time
	HTTP    Class = "http"    // an answer that is not 2xx, or not HTTP
	Blocked Class = "blocked" // an address that may not be reached from here
	Gone    Class = "gone"    // the webhook was deleted or disabled meanwhile
	Stopped Class = "stopped" // cut off because this server stops
)
