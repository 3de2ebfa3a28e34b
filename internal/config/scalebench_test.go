package config_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchyard/internal/config"
	"switchyard/internal/pgtest"
	"switchyard/internal/store"
	"switchyard/internal/store/postgres"
	"switchyard/internal/store/sqlite"
	"switchyard/routing"
)

// shelf is a store that has tenants and takes no change.
type shelf struct {
	config.Store
	objects   []config.Object
	revisions map[string]int
}

func (s *shelf) ConfigVersion(context.Context) (int64, error) { return 1, nil }

func (s *shelf) LoadConfig(context.Context) ([]config.Object, map[string]int, error) {
	return s.objects, s.revisions, nil
}

func (s *shelf) put(scope, kind, name string, place int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	id := fmt.Sprintf("%08d-0000-4000-8000-%012d", len(s.objects), place)
	if scope == config.OperatorScope {
		id = name
	}
	s.objects = append(s.objects, config.Object{Scope: scope, Kind: kind, ID: id, Name: name, Place: place, Body: body})
	s.revisions[scope] = 1
}

func benchTenant(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

func benchNumber(tenant, i int) string {
	return fmt.Sprintf("+1%03d5%06d", 201+tenant%700, tenant/700*10+i)
}

// tenantsOf gives n tenants of 50 extensions, 10 numbers and 20 rules.
func tenantsOf(n int) *shelf {
	s := &shelf{revisions: map[string]int{}}
	for i := range n {
		g := routing.TenantGrant{ID: routing.TenantID(benchTenant(i)), Name: fmt.Sprintf("tenant-%d", i), Country: "US", Domains: []string{fmt.Sprintf("t%d.example.com", i)}}
		for j := range 10 {
			g.Numbers = append(g.Numbers, benchNumber(i, j))
		}
		s.put(config.OperatorScope, "tenants", benchTenant(i), i, g)
	}
	for i := range n {
		scope := benchTenant(i)
		for j := range 10 {
			s.put(scope, "dids", benchNumber(i, j), j, routing.DID{Number: benchNumber(i, j), InboundRoute: routing.RouteExtension, RouteTarget: fmt.Sprint(1001 + j)})
		}
		for j := range 50 {
			s.put(scope, "extensions", fmt.Sprint(1001+j), j, routing.Extension{Extension: fmt.Sprint(1001 + j), RingSeconds: 20})
		}
		for j := range 20 {
			// Of a tenant's rules half are its own, half are alike everywhere.
			when := fmt.Sprintf(`call.from.startsWith("+1305%d") && call.direction == "inbound"`, j)
			if j%2 == 0 {
				when = fmt.Sprintf(`call.from == "+1%03d555%04d" || call.callerName.contains("%d")`, 201+i%700, i%10000, j)
			}
			s.put(scope, "rules", fmt.Sprintf("rule %d", j), j, routing.Rule{Name: fmt.Sprintf("rule %d", j), When: when, Then: routing.Destination{Route: routing.RouteExtension, Target: "1002"}})
		}
	}
	return s
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func benchCall(i int) routing.Call {
	return routing.Call{ID: "c", CallerNumber: "+14155550199", Dialled: benchNumber(i, 3)}
}

// The memory of tenants that nobody calls, and of their plans.
func BenchmarkTenantsInMemory(b *testing.B) {
	const tenants, warm = 10_000, 10_000
	s := tenantsOf(tenants)
	before := liveHeap()
	h, err := config.Open(b.Context(), s, time.Now, config.Options{PlanMemory: 4 << 30})
	if err != nil {
		b.Fatal(err)
	}
	cold := liveHeap() - before
	for b.Loop() {
		for i := range warm {
			if d := h.Directory().Decide(benchCall(i), now, nil); d.Verdict != routing.Routed {
				b.Fatalf("%+v", d)
			}
		}
	}
	hot := liveHeap() - before - cold
	b.ReportMetric(float64(cold)/tenants, "B/cold-tenant")
	b.ReportMetric(float64(hot)/warm, "B/plan")
	b.ReportMetric(float64(h.Health().Plans.Bytes)/warm, "B/plan-estimated")
	runtime.KeepAlive(s)
}

// The first call of a tenant whose plan is not there, and one whose plan is.
func BenchmarkFirstCall(b *testing.B) {
	const tenants = 1_000
	s := tenantsOf(tenants)
	for name, memory := range map[string]int64{"cold": 1, "warm": 4 << 30} {
		b.Run(name, func(b *testing.B) {
			h, err := config.Open(b.Context(), s, time.Now, config.Options{PlanMemory: memory})
			if err != nil {
				b.Fatal(err)
			}
			d := h.Directory()
			for i := range tenants {
				d.Decide(benchCall(i), now, nil)
			}
			i := 0
			for b.Loop() {
				i++
				if d := d.Decide(benchCall(i%tenants), now, nil); d.Verdict != routing.Routed {
					b.Fatalf("%+v", d)
				}
			}
		})
	}
}

// How long a start takes with ten thousand tenants, the store not counted.
func BenchmarkOpen10000(b *testing.B) {
	s := tenantsOf(10_000)
	for b.Loop() {
		if _, err := config.Open(b.Context(), s, time.Now); err != nil {
			b.Fatal(err)
		}
	}
}

const largeOperator = `
tenants:
  - {id: 6a097cb2-504f-43be-819a-b76209976818, name: acme, country: US, numbers: ["+13055550100"]}
  - {id: 7b097cb2-504f-43be-819a-b76209976819, name: globex, country: US, numbers: ["+13055550200"]}
`

// largeTenant has 5,000 extensions, 2,000 rules and 100,000 blocked numbers.
func largeTenant(variant string) string {
	var text strings.Builder
	text.WriteString("tenant: acme\ndids:\n  - {number: \"+13055550100\", inboundRoute: extension, routeTarget: \"10001\"}\nextensions:\n")
	for i := range 5_000 {
		fmt.Fprintf(&text, "  - {extension: \"%d\", ringSeconds: 25}\n", 10_001+i)
	}
	text.WriteString("rules:\n")
	for i := range 2_000 {
		fmt.Fprintf(&text, "  - {name: rule %d, when: 'call.from == \"+1415%07d\" && call.direction == \"inbound\"', then: {route: extension, target: \"%d\"}}\n", i, i, 10_001+i)
	}
	text.WriteString("blocklist:\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "  - {number: \"+1212%07d\", reason: nuisance %s}\n", i, variant)
	}
	return text.String()
}

// A change of a large tenant until two servers use it: one publishes, the other
// asks the store, which it does every FollowEvery.
func BenchmarkPublishLargeTenant(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) *store.Store{
		"sqlite": func(b *testing.B) *store.Store {
			s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "x.db"), store.WithKey(secretKey))
			if err != nil {
				b.Fatal(err)
			}
			return s
		},
		"postgres": func(b *testing.B) *store.Store {
			s, err := postgres.Open(b.Context(), pgtest.Start(b), store.WithKey(secretKey))
			if err != nil {
				b.Fatal(err)
			}
			return s
		},
	} {
		b.Run(name, func(b *testing.B) { publishLargeTenant(b, open(b)) })
	}
}

func publishLargeTenant(b *testing.B, s *store.Store) {
	defer s.Close()
	server := func() *config.Holder {
		h, err := config.Open(b.Context(), s, time.Now)
		if err != nil {
			b.Fatal(err)
		}
		return h
	}
	first := server()
	for _, text := range []string{largeOperator, largeTenant("a"), globex} {
		if _, err := first.Apply(b.Context(), config.Request{Files: files(text)}); err != nil {
			b.Fatal(err)
		}
	}
	second := server()
	blocked := 0
	call := routing.Call{ID: "c", Dialled: "+13055550100"}
	until := func(b *testing.B, change func() error, caller string, want routing.Verdict) {
		began, worked := time.Now(), processorTime(b)
		if err := change(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-publisher")
		b.ReportMetric(float64((processorTime(b) - worked).Milliseconds()), "cpu-ms-publisher")
		defer func() { b.ReportMetric(float64((processorTime(b) - worked).Milliseconds()), "cpu-ms") }()
		if _, err := second.CatchUp(b.Context()); err != nil {
			b.Fatal(err)
		}
		call.CallerNumber = caller
		for _, h := range []*config.Holder{first, second} {
			if d := h.Directory().Decide(call, now, nil); d.Verdict != want {
				b.Fatalf("%+v", d)
			}
		}
	}
	second.Directory().Decide(call, now, nil)
	b.Run("block one number", func(b *testing.B) {
		for b.Loop() {
			blocked++
			number := fmt.Sprintf("+1213%07d", blocked)
			until(b, func() error {
				_, err := first.Change(b.Context(), "acme", "", "", func(c *routing.TenantConfig) error {
					c.Blocklist = append(c.Blocklist, routing.BlockedNumber{Number: number})
					return nil
				})
				return err
			}, number, routing.CallerBlocked)
		}
	})
	b.Run("the other tenant", func(b *testing.B) {
		for b.Loop() {
			blocked++
			until(b, func() error {
				_, err := first.Change(b.Context(), "globex", "", "", func(c *routing.TenantConfig) error {
					c.Blocklist = append(c.Blocklist, routing.BlockedNumber{Number: fmt.Sprintf("+1214%07d", blocked)})
					return nil
				})
				return err
			}, "+12120000001", routing.CallerBlocked)
		}
	})
	b.Run("all of it as a file", func(b *testing.B) {
		variant := 0
		for b.Loop() {
			variant++
			text := largeTenant(fmt.Sprint(variant))
			until(b, func() error {
				_, err := first.Apply(b.Context(), config.Request{Files: files(text)})
				return err
			}, "+12120000001", routing.CallerBlocked)
		}
	})
}

// processorTime is what this process has worked so far: on a machine that is
// busy with other things it says more than the clock does.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func TestMain(m *testing.M) { pgtest.Main(m) }
