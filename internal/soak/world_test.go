package soak

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// behaviour is how an endpoint answers.
type behaviour int

const (
	healthy    behaviour = iota
	slow                 // 1 to 4 seconds
	flapping             // for seconds every other request fails
	throttling           // 429 with Retry-After
	refusing             // nobody listens
	hanging              // never answers
)

// living tells whether an endpoint accepts everything in the end.
func (b behaviour) living() bool { return b != refusing && b != hanging }

// endpoint is one webhook of one tenant.
type endpoint struct {
	n      int
	tenant int
	kind   behaviour
	secret string
	url    string
}

func (e *endpoint) id() string { return fmt.Sprintf("e0000000-0000-4000-8000-%012d", e.n) }

// world is who is configured: tenants with the same numbers and phones each,
// and their endpoints.
type world struct {
	tenants   int
	endpoints []*endpoint
}

// newWorld deals the behaviours out to the tenants' endpoints.
func newWorld(rng *rand.Rand, tenants int, kinds map[behaviour]int) *world {
	w := &world{tenants: tenants}
	for kind := healthy; kind <= hanging; kind++ {
		for range kinds[kind] {
			w.endpoints = append(w.endpoints, &endpoint{kind: kind})
		}
	}
	rng.Shuffle(len(w.endpoints), func(i, j int) { w.endpoints[i], w.endpoints[j] = w.endpoints[j], w.endpoints[i] })
	for i, e := range w.endpoints {
		e.n, e.tenant, e.secret = i, i%tenants, fmt.Sprintf("secret-of-endpoint-%d", i)
	}
	return w
}

func tenantID(k int) string { return fmt.Sprintf("7e000000-0000-4000-8000-%012d", k) }
func domain(k int) string   { return fmt.Sprintf("t%d.example", k) }
func number(k, n int) string {
	return fmt.Sprintf("+1305555%04d", 1000+k*10+n)
}

// Numbers of a tenant, by what becomes of a call to them.
const (
	toDesk    = iota // answers and hangs up
	toTalk           // answers and talks on
	toBusy           // busy, then a mailbox
	toNobody         // does not answer, then a mobile
	toMobile         // straight to an outside number
	toBroken         // to an outside number that fails
	toAway           // not registered, then a mobile
	toNowhere        // granted, and without a route
)

const (
	mobile   = "+13055550199"
	broken   = "+13055550198"
	nuisance = "+13055550166" // blocked everywhere
	nobodys  = "+13055550100" // belongs to no tenant
)

// write puts the configuration into a folder.
func (w *world) write(t *testing.T, dir string) {
	t.Helper()
	var op strings.Builder
	op.WriteString("trunks:\n  - {name: carrier-a, gateway: carrier-a, profile: external, country: US}\ntenants:\n")
	for k := range w.tenants {
		fmt.Fprintf(&op, "  - {name: t%d, id: %s, country: US, domains: [%s], trunks: [carrier-a], countries: [US], numbers: [", k, tenantID(k), domain(k))
		for n := toDesk; n <= toNowhere; n++ {
			fmt.Fprintf(&op, "%q, ", number(k, n))
		}
		op.WriteString("]}\n")
		put(t, filepath.Join(dir, fmt.Sprintf("t%d.yaml", k)), w.tenant(k))
	}
	put(t, filepath.Join(dir, "operator.yaml"), op.String())
}

func (w *world) tenant(k int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `tenant: t%d
extensions:
  - {extension: "1001"}
  - {extension: "1002", exits: {busy: {route: voicemail, target: "1002"}}}
  - {extension: "1003", ringSeconds: 1, exits: {no-answer: {route: forward, target: mobile}}}
  - {extension: "1004", exits: {unregistered: {route: forward, target: mobile}}}
  - {extension: "1005", ringSeconds: 30}
forwards:
  - {name: mobile, number: %q}
  - {name: broken, number: %q}
blocklist:
  - {number: %q}
dids:
`, k, mobile, broken, nuisance)
	for n, route := range []string{
		toDesk: `extension, routeTarget: "1001"`, toTalk: `extension, routeTarget: "1005"`, toBusy: `extension, routeTarget: "1002"`,
		toNobody: `extension, routeTarget: "1003"`, toMobile: `forward, routeTarget: mobile`, toBroken: `forward, routeTarget: broken`,
		toAway: `extension, routeTarget: "1004"`,
	} {
		fmt.Fprintf(&b, "  - {number: %q, inboundRoute: %s}\n", number(k, n), route)
	}
	b.WriteString("webhooks:\n")
	for _, e := range w.endpoints {
		if e.tenant == k {
			timeout := 5
			if e.kind == hanging {
				timeout = 2
			}
			fmt.Fprintf(&b, "  - {name: hook-%d, id: %s, url: %q, secret: %s, timeoutSeconds: %d, events: [call.started, call.answered, call.forwarded, call.missed, call.ended]}\n", e.n, e.id(), e.url, e.secret, timeout)
		}
	}
	return b.String()
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
