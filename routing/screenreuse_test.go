package routing

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// longBlocklist is just long enough to be taken over when it changes.
func longBlocklist() []BlockedNumber {
	var list []BlockedNumber
	for i := range reuseFrom {
		b := BlockedNumber{Number: fmt.Sprintf("+1212%07d", i)}
		switch i % 10 {
		case 0:
			b.ID = blockedID(i)
		case 1:
			b.Expires = "2026-01-01T00:00:00Z"
		case 2:
			b.Direction = "both"
		}
		list = append(list, b)
	}
	return list
}

var drawnBlocked = rapid.Custom(func(t *rapid.T) BlockedNumber {
	number := rapid.SampledFrom([]string{"+12120000003", "+1 212 000 0004", "2120000005", "+12129990001", "+1 (212) 999-0001", "2129990002", "1001", "1002"})
	b := BlockedNumber{
		ID:        rapid.SampledFrom([]string{"", "", "", blockedID(20), blockedID(21)}).Draw(t, "id"),
		Reason:    rapid.SampledFrom([]string{"", "spam", "nuisance"}).Draw(t, "reason"),
		Direction: rapid.SampledFrom([]string{"", "inbound", "outbound", "both"}).Draw(t, "direction"),
		Expires:   rapid.SampledFrom([]string{"", "", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"}).Draw(t, "expires"),
	}
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		b.Prefix = rapid.SampledFrom([]string{"+1212", "+12120000003"}).Draw(t, "prefix")
	case 1:
		b.Pattern = rapid.SampledFrom([]string{`\+1900\d*`, `\+1212\d*`, `1900`}).Draw(t, "pattern")
	case 2:
		b.Anonymous, b.Direction = true, ""
	case 3:
		b.Number, b.Action = number.Draw(t, "number"), BlockRoute
		b.Then = &Destination{RouteVoicemail, rapid.SampledFrom([]string{"1001", "1002"}).Draw(t, "target")}
	default:
		b.Number = number.Draw(t, "number")
	}
	return b
})

func blockedID(i int) string { return fmt.Sprintf("4e3ef9ab-3a85-4bfc-9f2a-27d70b7f3a%02d", i) }

// changeBlocklist adds, removes, changes and moves some entries.
func changeBlocklist(t *rapid.T, was []BlockedNumber) []BlockedNumber {
	list := slices.Clone(was)
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		at := rapid.IntRange(0, len(list)-1).Draw(t, "at")
		switch rapid.IntRange(0, 3).Draw(t, "change") {
		case 0:
			list = slices.Insert(list, at, drawnBlocked.Draw(t, "entry"))
		case 1:
			list = slices.Delete(list, at, at+1)
		case 2:
			list[at] = drawnBlocked.Draw(t, "entry")
		case 3:
			moved := list[at]
			list = append(slices.Delete(list, at, at+1), moved)
		}
	}
	return list
}

// A blocklist that changes is compiled, out of what it was compiled to before,
// to the same as alone, with the same problems.
func TestAChangedBlocklistIsAsCompiledAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := TenantConfig{Tenant: "acme", Extensions: []Extension{{Extension: "1001"}}, Blocklist: longBlocklist()}
		d, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
		if d == nil {
			t.Fatal(problems)
		}
		for range 5 {
			next := config
			next.Blocklist = changeBlocklist(t, config.Blocklist)
			if rapid.IntRange(0, 3).Draw(t, "extension") == 0 {
				next.Extensions = []Extension{{Extension: "1001"}, {Extension: "1002"}}
			}
			cfg := Config{Operator: oneTenant(), Tenants: []TenantConfig{next}}
			if rapid.Bool().Draw(t, "as a file") {
				cfg = asFile(t, next)
			}
			whole, want := Compile(cfg)
			changed, got := d.With(Change{Config: cfg})
			if diff := cmp.Diff(problemText(want), problemText(got)); diff != "" {
				t.Fatalf("problems (-whole +changed)\n%s", diff)
			}
			if changed == nil {
				continue
			}
			sameScreen(t, &acmePlan(whole).callers, &acmePlan(changed).callers)
			sameScreen(t, &acmePlan(whole).targets, &acmePlan(changed).targets)
			config, d = next, changed
		}
	})
}

// asFile gives a configuration as it is read from a file, where an entry that has
// expired is told of.
func asFile(t *rapid.T, config TenantConfig) Config {
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	cfg, problems := ParseFiles([]File{{Name: "acme.yaml", Data: data}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	cfg.Operator, cfg.Now = oneTenant(), noon
	return cfg
}

func acmePlan(d *Directory) *Plan { return d.find(string(acmeID)).get() }

func sameScreen(t *rapid.T, whole, changed *screen) {
	for _, pair := range [][2]*entries{{&whole.allowed, &changed.allowed}, {&whole.blocked, &changed.blocked}} {
		if diff := cmp.Diff(entriesSay(pair[0]), entriesSay(pair[1])); diff != "" {
			t.Fatalf("(-whole +changed)\n%s", diff)
		}
	}
}

// entriesSay is all that compiled entries say.
func entriesSay(e *entries) map[string]string {
	all := map[string]string{}
	put := func(by matchKind, whom string, n entry) {
		if n.terms != nil {
			all[string(by)+whom] = fmt.Sprint(n.id, *n.terms)
		}
	}
	for whom, n := range e.numbers {
		put(byNumber, whom, n)
	}
	for whom, n := range e.prefixes.by {
		put(byPrefix, whom, n)
	}
	for i, n := range e.patterns {
		put(byPattern, fmt.Sprint(i, n.text, n.pattern), n.entry)
	}
	put(byAnonymous, "", e.anonymous)
	all["lengths"] = fmt.Sprint(e.prefixes.lengths)
	return all
}

// What did not change is taken over, and what is changed again is not lost.
func TestABlocklistIsTakenOver(t *testing.T) {
	config := TenantConfig{Tenant: "acme", Blocklist: longBlocklist()}
	first, _ := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
	config.Blocklist = slices.Concat(config.Blocklist[1:], []BlockedNumber{{Number: "+12129990001"}})
	second, problems := first.With(Change{Config: Config{Tenants: []TenantConfig{config}}})
	if second == nil {
		t.Fatal(problems)
	}
	was, now := acmePlan(first).callers.blocked.numbers, acmePlan(second).callers.blocked.numbers
	if was["+12120000001"].terms != now["+12120000001"].terms {
		t.Error("everything was compiled")
	}
	if _, kept := now["+12120000000"]; kept || len(was) != reuseFrom || len(now) != reuseFrom || now["+12129990001"].terms == nil {
		t.Errorf("%d, now %d", len(was), len(now))
	}
	if !maps.Equal(was, acmePlan(first).callers.blocked.numbers) {
		t.Error("the plan there was has changed")
	}
}

// What an entry leads to may be gone, though the entry is as it was.
func TestADestinationOfABlocklistIsCheckedAgain(t *testing.T) {
	config := TenantConfig{Tenant: "acme", Extensions: []Extension{{Extension: "1001"}, {Extension: "1002"}}, Blocklist: longBlocklist()}
	config.Blocklist[7].Action, config.Blocklist[7].Then = BlockRoute, &Destination{RouteVoicemail, "1002"}
	first, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
	if first == nil {
		t.Fatal(problems)
	}
	config.Extensions = config.Extensions[:1]
	if second, problems := first.With(Change{Config: Config{Tenants: []TenantConfig{config}}}); second != nil {
		t.Errorf("it leads to an extension that is gone: %v", problems)
	}
}
