package delivery

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"switchyard/routing"
)

// Limits of what an endpoint can make us read and keep.
const (
	maxResponse = 64 << 10
	maxKept     = 4 << 10
	maxHeader   = 16 << 10
	bodyWithin  = time.Second // for a body, when the status is there
)

// client posts to endpoints. All tenants share its connections: every request
// is signed by itself and carries no cookie, so there is nothing to share but
// the connection, and a pool for each tenant would multiply those to the few
// hosts that many tenants use.
type client struct {
	http       *retryablehttp.Client
	transports byScheme
	version    string
	longest    time.Duration // of an attempt: it must be settled before its lease is over
}

func newClient(o *Options) *client {
	transports := byScheme{
		secure: newTransport(newGuard(o.Allowed), o.resolver),
		plain:  newTransport(newPlainGuard(o.Allowed, o.PlainHTTP), o.resolver),
	}
	c := retryablehttp.NewClient()
	c.Logger = nil // there is one log line an attempt, the dispatcher's
	// The outbox owns the schedule: a retry here would hold an endpoint's slot
	// while it waits, and be forgotten when the process ends.
	c.RetryMax = 0
	c.CheckRetry = func(context.Context, *http.Response, error) (bool, error) { return false, nil }
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler
	c.HTTPClient = &http.Client{
		Transport: transports,
		// A redirect would lead a signed event somewhere nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &client{http: c, transports: transports, version: o.Version, longest: o.Lease * 3 / 4}
}

func newTransport(g *guard, r *net.Resolver) *http.Transport {
	dialer := &net.Dialer{Control: g.control, Resolver: r, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  nil, // behind a proxy the guard would only see the proxy
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
		DisableCompression:     true, // nothing an endpoint sends is inflated
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
	}
}

// byScheme sends plain http by a transport of its own, whose guard lets through
// less. It has no CloseIdleConnections, which the retrying client calls after
// every failed request: one dead endpoint would cost all others their kept
// connections.
type byScheme struct{ secure, plain *http.Transport }

// RoundTrip implements http.RoundTripper.
func (s byScheme) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return s.secure.RoundTrip(r)
	}
	return s.plain.RoundTrip(r)
}

func (c *client) close() {
	c.transports.secure.CloseIdleConnections()
	c.transports.plain.CloseIdleConnections()
}

// answer is what came of one post.
type answer struct {
	code  int
	class Class
	err   string
	body  []byte
	// retryAfter is the patience asked for, 0 if none.
	retryAfter time.Duration
}

// post sends a delivery once. It never takes longer than the endpoint's timeout.
func (c *client) post(ctx context.Context, d *Delivery, hook *routing.Webhook, now time.Time) answer {
	ctx, cancel := context.WithTimeout(ctx, min(timeout(hook), c.longest))
	defer cancel()
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, hook.URL, d.Body)
	if err != nil {
		return answer{class: Blocked, err: "the URL cannot be used"}
	}
	if s := req.URL.Scheme; req.URL.User != nil || req.URL.Hostname() == "" || s != "http" && s != "https" {
		return answer{class: Blocked, err: "the URL is not http(s), names no host, or has a user in it"}
	}
	req.Header = headers(d, hook, c.version, now)
	resp, err := c.http.Do(req)
	if err != nil {
		if resp != nil {
			resp.Body.Close()
		}
		return answer{class: classify(err), err: describe(err)}
	}
	defer resp.Body.Close()
	// The status is the answer; a body that comes slowly or breaks off changes
	// nothing about it. Reading it keeps the connection usable.
	enough := time.AfterFunc(bodyWithin, cancel)
	defer enough.Stop()
	kept, _ := io.ReadAll(io.LimitReader(resp.Body, maxKept))
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxResponse-maxKept))
	a := answer{code: resp.StatusCode, body: bytes.Clone(kept)}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		a.class, a.err = HTTP, fmt.Sprintf("answered %d", resp.StatusCode)
		a.retryAfter = retryAfter(resp.StatusCode, resp.Header, now)
	}
	return a
}

const (
	defaultTimeout = 5 * time.Second
	maxTimeout     = 30 * time.Second
)

func timeout(hook *routing.Webhook) time.Duration {
	if hook.TimeoutSeconds <= 0 {
		return defaultTimeout
	}
	return min(time.Duration(hook.TimeoutSeconds)*time.Second, maxTimeout)
}

// classify sorts errors by how far the request got.
func classify(err error) Class {
	var (
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		alert       tls.AlertError
		unknown     x509.UnknownAuthorityError
		host        x509.HostnameError
		network     net.Error
		op          *net.OpError
	)
	switch {
	case errors.Is(err, errBlocked):
		return Blocked
	case errors.As(err, &dns):
		return DNS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return Timeout
	case errors.Is(err, context.Canceled):
		return Stopped
	case strings.Contains(err.Error(), "HTTP response to HTTPS client"): // net/http has no type for it
		return TLS
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert), errors.As(err, &unknown), errors.As(err, &host):
		return TLS
	case errors.As(err, &op) && op.Op == "remote error": // an alert, whose type crypto/tls does not show
		return TLS
	case errors.As(err, &op), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Connect
	default:
		return HTTP // something came back that is not HTTP
	}
}

// describe says what went wrong, to the tenant too. It leaves out the URL, which
// may hold a token, and what would tell about the network we are in: to which
// inside address a name leads, our resolver, our own address.
func describe(err error) string {
	var (
		u   *url.Error
		dns *net.DNSError
		op  *net.OpError
	)
	if errors.As(err, &u) {
		err = u.Err
	}
	text := err.Error()
	switch {
	case errors.Is(err, errPlain):
		text = errPlain.Error()
	case errors.Is(err, errBlocked):
		text = errBlocked.Error()
	case errors.As(err, &dns):
		text = "lookup " + dns.Name + ": " + dns.Err
	case errors.As(err, &op):
		bare := *op
		bare.Source = nil
		text = bare.Error()
	}
	return text[:min(len(text), 500)]
}
