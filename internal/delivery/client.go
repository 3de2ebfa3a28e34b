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
)

// client posts to endpoints.
type client struct {
	http      *retryablehttp.Client
	transport *http.Transport
	version   string
}

func newClient(allowed []Target, version string) *client {
	dialer := &net.Dialer{Control: newGuard(allowed).control, KeepAlive: 30 * time.Second}
	transport := &http.Transport{
		Proxy:                  nil, // behind a proxy the guard would only see the proxy
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
	}
	c := retryablehttp.NewClient()
	c.Logger = nil // there is one log line an attempt, the dispatcher's
	// The outbox owns the schedule: a retry here would hold an endpoint's slot
	// while it waits, and be forgotten when the process ends.
	c.RetryMax = 0
	c.CheckRetry = func(context.Context, *http.Response, error) (bool, error) { return false, nil }
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler
	c.HTTPClient = &http.Client{
		Transport: onlyRoundTrip{transport},
		// A redirect would lead a signed event somewhere nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &client{http: c, transport: transport, version: version}
}

// onlyRoundTrip hides CloseIdleConnections, which the retrying client calls
// after every failed request: one dead endpoint would cost all others their
// kept connections.
type onlyRoundTrip struct{ http.RoundTripper }

func (c *client) close() { c.transport.CloseIdleConnections() }

// answer is what came of one post.
type answer struct {
	code  int
	class Class
	err   string
	body  []byte
}

// post sends a delivery once. It never takes longer than the endpoint's timeout.
func (c *client) post(ctx context.Context, d *Delivery, hook *routing.Webhook, now time.Time) answer {
	ctx, cancel := context.WithTimeout(ctx, timeout(hook))
	defer cancel()
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, hook.URL, d.Body)
	if err != nil {
		return answer{class: Blocked, err: "the URL cannot be used"}
	}
	if s := req.URL.Scheme; req.URL.User != nil || s != "http" && s != "https" {
		return answer{class: Blocked, err: "the URL is not http(s), or has a user in it"}
	}
	req.Header = headers(d, hook.Secret, c.version, now)
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
	kept, _ := io.ReadAll(io.LimitReader(resp.Body, maxKept))
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxResponse-maxKept))
	a := answer{code: resp.StatusCode, body: bytes.Clone(kept)}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		a.class, a.err = HTTP, fmt.Sprintf("answered %d", resp.StatusCode)
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
	case errors.As(err, &op), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Connect
	default:
		return HTTP // something came back that is not HTTP
	}
}

// describe leaves out the URL, which may hold a token, and keeps it short.
func describe(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	text := err.Error()
	return text[:min(len(text), 500)]
}
