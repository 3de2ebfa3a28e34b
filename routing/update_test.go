package routing

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// kept is a tenant's configuration as it is stored.
type kept struct {
	config   TenantConfig
	revision int
	err      error
}

func (k kept) Config() (TenantConfig, error) { return k.config, k.err }
func (k kept) Revision() int                 { return k.revision }

func (k kept) WebhookIDs() []string {
	var ids []string
	for _, w := range k.config.Webhooks {
		ids = append(ids, w.ID)
	}
	return ids
}

func tenantID(i int) TenantID {
	return TenantID(fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", i))
}

// world is a platform that changes, as it is stored.
type world struct {
	operator OperatorConfig
	opRev    int
	tenants  map[TenantID]kept
}

func (w world) whole() Config {
	c := Config{Operator: w.operator, OperatorRevision: w.opRev, Revisions: map[TenantID]int{}}
	for _, g := range w.operator.Tenants {
		if k, ok := w.tenants[g.ID]; ok {
			k.config.Tenant = g.Name
			c.Tenants = append(c.Tenants, k.config)
			c.Revisions[g.ID] = k.revision
		}
	}
	return c
}

func (w world) stored(id TenantID) Stored {
	if k, ok := w.tenants[id]; ok {
		return k
	}
	return nil
}

var (
	drawnPlatformNumber = rapid.SampledFrom([]string{"+13055550100", "+13055550101", "+13055550102"})
	drawnDomain         = rapid.SampledFrom([]string{"a.example.com", "b.example.com", "A.example.com"})
	drawnHookID         = rapid.SampledFrom([]string{"4e3ef9ab-3a85-4bfc-9f2a-27d70b7f3a11", "4e3ef9ab-3a85-4bfc-9f2a-27d70b7f3a12", "4e3ef9ab-3a85-4bfc-9f2a-27d70b7f3a13"})
)

func drawOperator(t *rapid.T) OperatorConfig {
	o := OperatorConfig{DefaultCountry: rapid.SampledFrom([]string{"", "US"}).Draw(t, "country"), Trunks: []Trunk{{Name: "carrier", Gateway: "carrier", Country: "US"}}}
	for i := range 3 {
		if rapid.IntRange(0, 9).Draw(t, "granted") == 0 {
			continue
		}
		o.Tenants = append(o.Tenants, TenantGrant{
			ID: tenantID(i), Name: fmt.Sprintf("t%d", i), Country: rapid.SampledFrom([]string{"US", ""}).Draw(t, "country"),
			Numbers: rapid.SliceOfN(drawnPlatformNumber, 0, 1).Draw(t, "numbers"), Domains: rapid.SliceOfN(drawnDomain, 0, 1).Draw(t, "domains"),
			Trunks: rapid.SliceOfN(rapid.SampledFrom([]string{"carrier", "carrier", "gone"}), 0, 1).Draw(t, "trunks"), Countries: []string{"US"},
		})
	}
	return o
}

func drawTenant(t *rapid.T) TenantConfig {
	c := TenantConfig{Extensions: []Extension{{Extension: "1001"}}}
	for _, number := range rapid.SliceOfN(drawnPlatformNumber, 0, 1).Draw(t, "dids") {
		c.DIDs = append(c.DIDs, DID{Number: number, InboundRoute: RouteExtension, RouteTarget: rapid.SampledFrom([]string{"1001", "1001", "1009"}).Draw(t, "target")})
	}
	for i, id := range rapid.SliceOfNDistinct(drawnHookID, 0, 1, rapid.ID).Draw(t, "hooks") {
		c.Webhooks = append(c.Webhooks, Webhook{ID: id, Name: fmt.Sprintf("h%d", i), URL: "https://crm.example.com/"})
	}
	if rapid.Bool().Draw(t, "rule") {
		c.Rules = []Rule{{Name: "r", When: "call.direction == 'inbound'", Then: Destination{RouteExtension, "1001"}}}
	}
	return c
}

// A change that is checked by itself is refused for the same problems, and gives
// the same directory, as when everything is compiled.
func TestAChangeAloneIsAsGoodAsTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world{tenants: map[TenantID]kept{}}
		d := NewDirectory(NewPlans(0, nil))
		accepted := 0
		t.Repeat(map[string]func(*rapid.T){
			"tenant": func(t *rapid.T) {
				if len(w.operator.Tenants) == 0 {
					return
				}
				grant := rapid.SampledFrom(w.operator.Tenants).Draw(t, "tenant")
				next := world{w.operator, w.opRev, maps.Clone(w.tenants)}
				next.tenants[grant.ID] = kept{config: drawTenant(t), revision: w.tenants[grant.ID].revision + 1}
				cfg := Config{Revisions: map[TenantID]int{grant.ID: next.tenants[grant.ID].revision}}
				tenant := next.tenants[grant.ID].config
				tenant.Tenant = grant.Name
				cfg.Tenants = []TenantConfig{tenant}
				made, problems := d.With(Change{Config: cfg, Stored: next.stored})
				if compareWhole(t, next, made, problems, grant.Name) {
					w, d = next, publish(t, d, made, Update{Tenants: map[TenantID]Stored{grant.ID: next.stored(grant.ID)}})
					accepted++
				}
			},
			"operator": func(t *rapid.T) {
				next := world{drawOperator(t), w.opRev + 1, w.tenants}
				made, problems := d.With(Change{Config: Config{Operator: next.operator, OperatorRevision: next.opRev}, Operator: true, Stored: next.stored})
				if compareWhole(t, next, made, problems, "") {
					tenants := map[TenantID]Stored{}
					for _, g := range next.operator.Tenants {
						if _, there := d.Grant(string(g.ID)); !there && next.stored(g.ID) != nil {
							tenants[g.ID] = next.stored(g.ID)
						}
					}
					w, d = next, publish(t, d, made, Update{Operator: &next.operator, OperatorRevision: next.opRev, Tenants: tenants})
					accepted++
				}
			},
			"": func(t *rapid.T) {
				whole, problems := Compile(w.whole())
				if whole == nil {
					t.Fatal(problems)
				}
				sameDirectory(t, whole, d)
			},
		})
	})
}

// publish has d follow by what was published, with some of it checked.
func publish(t *rapid.T, d, checked *Directory, u Update) *Directory {
	if rapid.Bool().Draw(t, "by this server") {
		u.Checked = checked
	}
	next, problems := d.Update(u)
	if next == nil {
		t.Fatal(problems)
	}
	next.Warm(d)
	next.Replace(d)
	sameDirectory(t, checked, next)
	return next
}

// compareWhole compares a check with that of the whole. Of two tenants without
// files who have one webhook's id, the whole names the second, the check the one
// that changes.
func compareWhole(t *rapid.T, w world, made *Directory, problems []Problem, changing string) bool {
	whole, want := Compile(w.whole())
	if (whole == nil) != (made == nil) {
		t.Fatalf("whole: %v\nalone: %v", want, problems)
	}
	texts := func(problems []Problem) []string {
		var out []string
		for _, p := range problems {
			owner, _, _ := strings.Cut(p.Path, ".")
			if strings.Contains(p.Message, "another tenant's webhook") {
				owner, p.Path = "", "hook"
			}
			if changing != "" && owner != "" && owner != changing || p.Warning {
				continue // of others, who do not change
			}
			out = append(out, p.String())
		}
		slices.Sort(out)
		return out
	}
	if diff := cmp.Diff(texts(want), texts(problems)); diff != "" {
		t.Fatalf("(-whole +alone)\n%s", diff)
	}
	return made != nil
}

func sameDirectory(t *rapid.T, a, b *Directory) {
	if diff := cmp.Diff(a.Tenants(), b.Tenants()); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(a.hooks, b.hooks, cmp.AllowUnexported(hookOwner{}, hook{})); diff != "" {
		t.Fatalf("webhooks\n%s", diff)
	}
	if a.OperatorRevision() != b.OperatorRevision() {
		t.Fatalf("revision %d, %d", a.OperatorRevision(), b.OperatorRevision())
	}
	for _, to := range []string{"+13055550100", "+13055550101", "+13055550102", "3055550100"} {
		for _, domain := range []string{"", "a.example.com", "b.example.com"} {
			c := Call{ID: "c", CallerNumber: "+13055550199", Dialled: to, AuthDomain: domain, AuthUser: "1001"}
			one, two := a.Decide(c, noon, nil), b.Decide(c, noon, nil)
			one.Plan, two.Plan = nil, nil
			if diff := cmp.Diff(one, two, cmp.AllowUnexported(Number{})); diff != "" {
				t.Fatalf("%s from %q\n%s", to, domain, diff)
			}
		}
	}
}

// A platform of three tenants, nothing compiled.
func threeTenants(t *testing.T, plans *Plans) (*Directory, world) {
	t.Helper()
	w := world{opRev: 1, tenants: map[TenantID]kept{}}
	for i := range 3 {
		number := fmt.Sprintf("+1305555010%d", i)
		w.operator.Tenants = append(w.operator.Tenants, TenantGrant{ID: tenantID(i), Name: fmt.Sprintf("t%d", i), Country: "US", Numbers: []string{number}})
		w.tenants[tenantID(i)] = kept{revision: 1, config: TenantConfig{
			Extensions: []Extension{{Extension: "1001"}}, DIDs: []DID{{Number: number, InboundRoute: RouteExtension, RouteTarget: "1001"}},
			DefaultDestination: &Destination{RouteVoicemail, "1001"},
		}}
	}
	u := Update{Operator: &w.operator, OperatorRevision: 1, Tenants: map[TenantID]Stored{}}
	for id, k := range w.tenants {
		u.Tenants[id] = k
	}
	d, problems := NewDirectory(plans).Update(u)
	if d == nil {
		t.Fatal(problems)
	}
	return d, w
}

func callTo(i int) Call {
	return Call{ID: "c", CallerNumber: "+13055550199", Dialled: fmt.Sprintf("+1305555010%d", i)}
}

func TestOneTenantsChangeCompilesThatTenant(t *testing.T) {
	plans := NewPlans(0, nil)
	d, w := threeTenants(t, plans)
	if n := plans.Stats().Compiled; n != 0 {
		t.Errorf("%d plans were compiled before any call", n)
	}
	for i := range 3 {
		if got := d.Decide(callTo(i), noon, nil); got.Verdict != Routed {
			t.Fatalf("%+v", got)
		}
	}
	before := plans.Stats().Compiled
	changed := w.tenants[tenantID(1)]
	changed.revision, changed.config.Tenant = 2, "t1"
	made, problems := d.With(Change{Config: Config{Tenants: []TenantConfig{changed.config}, Revisions: map[TenantID]int{tenantID(1): 2}},
		Stored: func(TenantID) Stored { return changed }})
	if made == nil {
		t.Fatal(problems)
	}
	next, _ := d.Update(Update{Tenants: map[TenantID]Stored{tenantID(1): changed}, Checked: made})
	next.Warm(d)
	next.Replace(d)
	for i := range 3 {
		if got := next.Decide(callTo(i), noon, nil); got.Revision != 1+i%2 {
			t.Errorf("t%d: %+v", i, got)
		}
	}
	if s := plans.Stats(); s.Compiled != before+1 || s.Kept != 3 {
		t.Errorf("%+v after %d", s, before)
	}
	if d.SameTenant(next, tenantID(1)) || !d.SameTenant(next, tenantID(0)) {
		t.Error("which tenant changed is not told")
	}
	// The operator names t2's country: t2 alone is checked and compiled anew.
	operator := w.operator
	operator.Tenants = slices.Clone(operator.Tenants)
	operator.Tenants[2].MaxForwards = 3
	if made, problems = next.With(Change{Config: Config{Operator: operator, OperatorRevision: 2}, Operator: true}); made == nil {
		t.Fatal(problems)
	}
	if s := plans.Stats(); s.Compiled != before+2 {
		t.Errorf("%+v after %d", s, before)
	}
}

// One that does not compile affects itself alone: its calls go by what it was,
// or are refused; and it can be corrected.
func TestABrokenTenant(t *testing.T) {
	var told []Broken
	plans := NewPlans(0, func(b Broken) { told = append(told, b) })
	d, w := threeTenants(t, plans)
	broken := w.tenants[tenantID(1)]
	broken.config.DIDs = []DID{{Number: "+13055550101", InboundRoute: RouteExtension, RouteTarget: "1009"}}
	broken.revision = 2
	damaged := kept{revision: 2, err: errors.New("bad JSON")}
	replaced := func(was *Directory, id TenantID, k Stored) *Directory {
		next, _ := was.Update(Update{Tenants: map[TenantID]Stored{id: k}})
		next.Warm(was)
		next.Replace(was)
		return next
	}
	after := replaced(d, tenantID(1), broken)
	if got := after.Decide(callTo(1), noon, nil); got.Verdict != Routed || got.Revision != 1 {
		t.Errorf("it was good before: %+v", got)
	}
	if got := after.Decide(callTo(0), noon, nil); got.Verdict != Routed {
		t.Errorf("another tenant: %+v", got)
	}
	if len(told) != 1 || !told[0].LastGood || told[0].Tenant.Name != "t1" || len(told[0].Problems) == 0 {
		t.Errorf("%+v", told)
	}
	if all := after.Broken(); len(all) != 1 || all[0].Tenant.Name != "t1" || all[0].Revision != 2 {
		t.Errorf("%+v", all)
	}
	// One that never was good: at a start.
	u := Update{Operator: &w.operator, OperatorRevision: 1, Tenants: map[TenantID]Stored{tenantID(0): w.tenants[tenantID(0)], tenantID(1): broken, tenantID(2): damaged}}
	fresh, _ := NewDirectory(plans).Update(u)
	for i, want := range []Verdict{Routed, TenantBroken, TenantBroken} {
		if got := fresh.Decide(callTo(i), noon, nil); got.Verdict != want || got.Tenant != tenantID(i) {
			t.Errorf("t%d: %+v", i, got)
		}
	}
	if e := fresh.Explain(callTo(1), noon, nil); e.Checks[len(e.Checks)-1].Result != "broken" {
		t.Errorf("explained: %+v", e.Checks)
	}
	if _, ok := fresh.Plan("t1"); ok {
		t.Error("a plan of a tenant that does not compile")
	}
	if len(fresh.Broken()) != 2 || len(told) != 3 {
		t.Errorf("%+v\n%+v", fresh.Broken(), told)
	}
	// What it is broken by is no reason to refuse the operator or others.
	operator := w.operator
	operator.DefaultCountry = "US"
	operator.BlockedPrefixes = []string{"+1900"}
	if made, problems := fresh.With(Change{Config: Config{Operator: operator}, Operator: true}); made == nil || len(problems) != 2 {
		t.Errorf("%v", problems)
	}
	corrected := w.tenants[tenantID(1)]
	corrected.revision = 3
	if got := replaced(fresh, tenantID(1), corrected).Decide(callTo(1), noon, nil); got.Verdict != Routed || got.Revision != 3 {
		t.Errorf("corrected: %+v", got)
	}
	// Suspended counts, whatever plan there is.
	operator.Tenants = slices.Clone(operator.Tenants)
	operator.Tenants[1].Suspended = true
	suspended, _ := after.Update(Update{Operator: &operator, OperatorRevision: 2})
	if got := suspended.Decide(callTo(1), noon, nil); got.Verdict != TenantSuspended {
		t.Errorf("%+v", got)
	}
}

// What crosses tenants is refused, and the other one is not named in it.
func TestAnotherTenantsWebhookIDAlone(t *testing.T) {
	d, w := threeTenants(t, nil)
	hooked := w.tenants[tenantID(0)]
	hooked.config.Webhooks = []Webhook{{ID: takenID, Name: "h", URL: "https://crm.example.com/"}}
	hooked.config.Tenant = "t0"
	d, _ = d.Update(Update{Tenants: map[TenantID]Stored{tenantID(0): hooked}})
	taking := w.tenants[tenantID(1)].config
	taking.Tenant, taking.Webhooks = "t1", hooked.config.Webhooks
	made, problems := d.With(Change{Config: Config{Tenants: []TenantConfig{taking}}})
	if made != nil || len(problems) != 1 || problems[0].Path != "t1.webhooks[0].id" || strings.Contains(problems[0].String(), "t0") {
		t.Errorf("%v", problems)
	}
	if made, problems = d.With(Change{Config: Config{Tenants: []TenantConfig{hooked.config}}}); made == nil {
		t.Errorf("its own: %v", problems)
	}
}
