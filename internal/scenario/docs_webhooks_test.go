package scenario

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

var (
	tableLine   = regexp.MustCompile("(?m)^\\| ([a-z]+|`[A-Za-z-]+`) \\| `(.+)` \\|$")
	pythonBlock = regexp.MustCompile("(?s)```python\n(.*?)```")
	shellBlock  = regexp.MustCompile("(?s)```sh\n(.*?)```")
)

// The numbers docs/webhooks.md gives to test with are what the server sends,
// and the code it shows agrees with them.
func TestSignatureExample(t *testing.T) {
	text := page(t, "webhooks.md")
	_, section, _ := strings.Cut(text, "To test your own code")
	section, _, _ = strings.Cut(section, "## ")
	values := map[string]string{}
	for _, m := range tableLine.FindAllStringSubmatch(section, -1) {
		values[strings.Trim(m[1], "`")] = m[2]
	}
	sent := deliver(t, values)
	for _, name := range []string{"X-Webhook-Id", "X-Webhook-Timestamp", "X-Webhook-Signature", "Webhook-Signature"} {
		if sent.Get(name) != values[name] {
			t.Errorf("the server sends %s: %s, the page says %q", name, sent.Get(name), values[name])
		}
	}
	if sent.Get("Webhook-Id") != sent.Get("X-Webhook-Id") || sent.Get("Webhook-Timestamp") != sent.Get("X-Webhook-Timestamp") {
		t.Errorf("the standard headers differ: %v", sent)
	}
	t.Run("python", func(t *testing.T) { runPython(t, only(t, pythonBlock, text), values) })
	t.Run("openssl", func(t *testing.T) { runOpenSSL(t, only(t, shellBlock, section), values) })
}

func only(t *testing.T, block *regexp.Regexp, text string) string {
	t.Helper()
	found := block.FindAllStringSubmatch(text, -1)
	if len(found) != 1 {
		t.Fatalf("%d blocks %s", len(found), block)
	}
	return found[0][1]
}

// deliver has the server's own code post the example and gives its headers.
func deliver(t *testing.T, values map[string]string) http.Header {
	t.Helper()
	got := make(chan http.Header, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != values["body"] {
			t.Errorf("the body arrived as %s (%v)", body, err)
		}
		got <- r.Header
	}))
	t.Cleanup(receiver.Close)
	seconds, err := strconv.ParseInt(values["X-Webhook-Timestamp"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	loopback := delivery.Target{Network: netip.MustParsePrefix("127.0.0.0/8")}
	d := delivery.New(
		&oneDelivery{delivery.Delivery{EventID: values["X-Webhook-Id"], Seq: 1, Attempt: 1, Body: []byte(values["body"])}, make(chan struct{}, 1)},
		endpoint{URL: receiver.URL, Secret: values["secret"]},
		delivery.Options{Now: func() time.Time { return time.Unix(seconds, 0) }, Allowed: []delivery.Target{loopback}},
	)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	header := <-got
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return header
}

// endpoint is the only webhook there is.
type endpoint routing.Webhook

// Endpoint implements delivery.Endpoints.
func (e endpoint) Endpoint(routing.TenantID, string) (routing.Webhook, bool) {
	return routing.Webhook(e), true
}

// oneDelivery is a delivery.Store with one delivery, due once.
type oneDelivery struct {
	delivery delivery.Delivery
	claimed  chan struct{}
}

// Claim gives the delivery the first time.
func (s *oneDelivery) Claim(context.Context, delivery.ClaimRequest) ([]delivery.Delivery, error) {
	select {
	case s.claimed <- struct{}{}:
		return []delivery.Delivery{s.delivery}, nil
	default:
		return nil, nil
	}
}

// Settle takes every result.
func (s *oneDelivery) Settle(context.Context, []delivery.Result) ([]delivery.Health, error) {
	return nil, nil
}

// Release takes everything back.
func (s *oneDelivery) Release(context.Context, []delivery.Delivery) error { return nil }

// runPython runs the page's function where there is a python3: it accepts the
// example, and refuses another body and an old timestamp.
func runPython(t *testing.T, function string, values map[string]string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Logf("not run: %v", err)
		return
	}
	program := function + `
import sys
secret, timestamp, signature, body = sys.argv[1:]
headers = {"X-Webhook-Timestamp": timestamp, "X-Webhook-Signature": signature}
at = int(timestamp)
print(genuine(secret, headers, body.encode(), lambda: at + 10),
      genuine(secret, headers, body.encode() + b" ", lambda: at + 10),
      genuine(secret, headers, body.encode(), lambda: at + 1000))
`
	out, err := exec.Command(python, "-c", program, values["secret"], values["X-Webhook-Timestamp"], values["X-Webhook-Signature"], values["body"]).CombinedOutput()
	if err != nil || string(out) != "True False False\n" {
		t.Errorf("it says %s (%v)", out, err)
	}
}

// runOpenSSL runs the page's command where there is an openssl.
func runOpenSSL(t *testing.T, command string, values map[string]string) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Logf("not run: %v", err)
		return
	}
	c := exec.Command("sh", "-c", command)
	c.Env = append(c.Environ(), "SECRET="+values["secret"], "TIMESTAMP="+values["X-Webhook-Timestamp"], "BODY="+values["body"])
	out, err := c.CombinedOutput()
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), values["X-Webhook-Signature"]) {
		t.Errorf("it says %s (%v)", out, err)
	}
}
