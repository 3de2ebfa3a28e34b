//go:build acceptance

package acceptance

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/internal/acceptance/rig"
)

// world is a switch with its server, a carrier, the phones 1001 to 1004 of
// acme (1005 has none) and acme's CRM.
type world struct {
	sw      *rig.Switch
	server  *server
	spare   *server      // the next one in the dialplan's list, if there is one
	carrier *phone.Phone // takes calls of the gateway carrier-a
	trunk   *phone.Phone // places calls from outside
	phones  map[string]*phone.Phone

	mu        sync.Mutex
	hooks     []hook
	moreHooks chan struct{} // closed and replaced at each webhook
	hookURL   string        // where webhooks go
}

const (
	acmeID     = "6a097cb2-504f-43be-819a-b76209976818"
	hookSecret = "hmac-secret-of-acme"

	outsider = "+13055550111" // an ordinary caller
	vip      = "+13055550122"
	blocked  = "+13055550133"
	mobile   = "+13055550144" // where calls are forwarded to

	didPhone   = "+13055550100" // 1001
	didBusy    = "+13055550101" // 1003, when busy or failed 1002
	didMailbox = "+13055550102" // 1004, when not answered its mailbox
	didForward = "+13055550103" // mobile
	didNoRoute = "+13055550104" // granted, not routed
	didAbsent  = "+13055550105" // 1005, no phone registered, else its mailbox
	didGone    = "+13055550200" // of a suspended tenant
	didUnknown = "+13055550999" // nobody's
)

const operatorFile = `
defaultCountry: US
blockedPrefixes: ["+1900"]
trunks:
  - {name: carrier-a, gateway: carrier-a, country: US, profile: external}
tenants:
  - id: ` + acmeID + `
    name: acme
    country: US
    timezone: America/New_York
    domains: [acme.test]
    numbers: ["` + didPhone + `", "` + didBusy + `", "` + didMailbox + `", "` + didForward + `", "` + didNoRoute + `", "` + didAbsent + `"]
    trunks: [carrier-a]
    countries: [US]
  - id: 0d5cbcf6-7c1b-4f1e-9b0e-0d1f3a8e6b52
    name: globex
    suspended: true
    country: US
    domains: [globex.test]
    numbers: ["` + didGone + `"]
`

const tenantFile = `
tenant: acme
extensions:
  - {extension: "1001", displayName: Reception}
  - {extension: "1002", displayName: Sales}
  - extension: "1003"
    exits:
      busy: {route: extension, target: "1002"}
      failed: {route: extension, target: "1002"}
  - extension: "1004"
    ringSeconds: 3
    exits:
      no-answer: {route: voicemail, target: "1004"}
  - extension: "1005"
    exits:
      unregistered: {route: voicemail, target: "1005"}
forwards:
  - {name: mobile, number: "` + mobile + `", ringSeconds: 20}
dids:
  - {number: "` + didPhone + `", inboundRoute: extension, routeTarget: "1001"}
  - {number: "` + didBusy + `", inboundRoute: extension, routeTarget: "1003"}
  - {number: "` + didMailbox + `", inboundRoute: extension, routeTarget: "1004"}
  - {number: "` + didForward + `", inboundRoute: forward, routeTarget: mobile}
  - {number: "` + didAbsent + `", inboundRoute: extension, routeTarget: "1005"}
blocklist:
  - {number: "` + blocked + `", reason: nuisance}
lists:
  - {name: vip, numbers: ["` + vip + `"]}
rules:
  - name: vip to sales
    when: call.from in list("vip")
    then: {route: extension, target: "1002"}
webhooks:
  - {name: crm, url: "%s", secret: "` + hookSecret + `"}
`

// newWorld starts everything, with the server on SQLite; it ends with the test.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, "")
}

// newWorldOn is newWorld with the server on this PostgreSQL.
func newWorldOn(t *testing.T, database string) *world {
	t.Helper()
	w := &world{phones: make(map[string]*phone.Phone), moreHooks: make(chan struct{})}
	crm := httptest.NewServer(http.HandlerFunc(w.takeHook))
	t.Cleanup(crm.Close)
	w.server = newServer(t, crm.URL, database)
	w.server.start()
	w.configure(t, crm.URL)
	w.carrier = newPhone(t, phone.Config{User: "carrier", Domain: "127.0.0.1"})
	w.sw = rig.StartSwitch(t, w.server.options(w.carrier.Addr))
	w.trunk = newPhone(t, phone.Config{User: outsider, Domain: "127.0.0.1", Server: w.sw.ExternalAddr})
	for _, user := range []string{"1001", "1002", "1003", "1004"} {
		p := newPhone(t, phone.Config{User: user, Domain: "acme.test", Password: "acme-" + user, Server: w.sw.InternalAddr})
		if err := p.Register(soon(t)); err != nil {
			t.Fatal(err)
		}
		w.phones[user] = p
	}
	return w
}

func (w *world) configure(t *testing.T, hookURL string) {
	t.Helper()
	dir := t.TempDir()
	operator, tenant := filepath.Join(dir, "operator.yaml"), filepath.Join(dir, "acme.yaml")
	for path, text := range map[string]string{operator: operatorFile, tenant: fmt.Sprintf(tenantFile, hookURL)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.server.apply(operator, tenant)
}

func newPhone(t *testing.T, cfg phone.Config) *phone.Phone {
	t.Helper()
	p, err := phone.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (w *world) takeHook(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(rw, "unreadable", http.StatusBadRequest)
		return
	}
	h, err := parseHook(body)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	h.id, h.signature = r.Header.Get("X-Webhook-Id"), r.Header.Get("X-Webhook-Signature")
	if stamp := r.Header.Get("X-Webhook-Timestamp"); !signed(h.signature, stamp, body) {
		http.Error(rw, "wrong signature", http.StatusUnauthorized)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hooks = append(w.hooks, h)
	close(w.moreHooks)
	w.moreHooks = make(chan struct{})
}

func signed(signature, stamp string, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	fmt.Fprintf(mac, "%s.%s", stamp, body)
	return hmac.Equal([]byte(signature), []byte(hex.EncodeToString(mac.Sum(nil))))
}

// soon bounds one wait of a test.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// from places a call from outside.
func (w *world) from(t *testing.T, caller, did string) *phone.Call {
	t.Helper()
	call, err := w.trunk.Dial(did, phone.DialOptions{FromUser: caller, Name: "Alice", Tone: 440})
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// status waits for the call's final answer.
func status(t *testing.T, call *phone.Call) int {
	t.Helper()
	m, err := call.WaitFinal(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	return m.Status()
}

// idle fails the test when a channel is left on the switch.
func (w *world) idle(t *testing.T) {
	t.Helper()
	ctx := soon(t)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		n, err := w.sw.Channels(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d channels are left", n)
		}
	}
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
