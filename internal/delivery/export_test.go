package delivery

import (
	"crypto/x509"
	"net"
	"net/http"
)

// Through makes a dispatcher post by rt in place of the network.
func (d *Dispatcher) Through(rt http.RoundTripper) { d.client.http.HTTPClient.Transport = rt }

// Trust makes a dispatcher trust certificates of these authorities.
func (d *Dispatcher) Trust(pool *x509.CertPool) {
	d.client.transports.secure.TLSClientConfig.RootCAs = pool
}

// Resolving makes dispatchers ask r for addresses.
func (o Options) Resolving(r *net.Resolver) Options {
	o.resolver = r
	return o
}
