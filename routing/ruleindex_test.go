package routing

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// said is what rules say of a call, to compare.
type said struct {
	By            string
	Set           RuleSet
	SetBy, Failed []string
}

// byRules asks the rules of a plan, with its index or without.
func byRules(d *Directory, c Call, indexed bool) said {
	f, _ := d.identify(&c, noon, nil)
	plan := *f.plan
	if !indexed {
		plan.ruleIndex = nil
	}
	f.plan = &plan
	r := f.rules(nil)
	s := said{Set: r.set, SetBy: r.setBy, Failed: r.failed}
	if r.by != nil {
		s.By = r.by.name
	}
	return s
}

// Whether rules are looked up or tried one after the other makes no difference.
func indexedEqualsPlain(t *rapid.T) {
	directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{drawRules(t, true)}})
	if Refused(problems) {
		t.Fatal(problems)
	}
	for range 8 {
		c := drawCall(t)
		plain, indexed := byRules(directory, c, false), byRules(directory, c, true)
		if diff := cmp.Diff(plain, indexed); diff != "" {
			t.Fatalf("%+v: indexed (+) and plain (-) differ:\n%s", c, diff)
		}
	}
}

func TestIndexedEqualsPlain(t *testing.T) { rapid.Check(t, indexedEqualsPlain) }

func FuzzIndexedEqualsPlain(f *testing.F) { f.Fuzz(rapid.MakeFuzz(indexedEqualsPlain)) }

// Which rules are tried for the call below, by their conditions.
func TestRuleIndex(t *testing.T) {
	for _, c := range []struct {
		when          string
		tried, proven bool
	}{
		{`call.from == "+13055550111"`, true, true},
		{`"+13055550111" == call.from`, true, true},
		{`call.from == "+13055550199"`, false, false},
		{`call.from in ["+13055550199", "+13055550111"]`, true, true},
		{`call.from in ["+13055550199"]`, false, false},
		{`call.from.startsWith("+1305")`, true, true},
		{`call.from.startsWith("+44")`, false, false},
		{`call.from.startsWith("")`, true, true},
		{`call.from.startsWith("+1305555011122222222222")`, false, false},
		{`call.from.hasPrefix(["+44", "+130"])`, true, true},
		{`call.from.hasPrefix("+44")`, false, false},
		{`call.from == "+13055550199" || call.from.startsWith("+13")`, true, true},
		{`call.from == "+13055550199" || call.from == "+13055550198"`, false, false},
		{`call.did == "+15551230001" && call.bucket < 50`, true, false},
		{`call.did == "+15551230002" && call.bucket < 50`, false, false},
		{`call.bucket < 50 && call.to == "+15551230002"`, false, false},
		{`call.did == "+15551230001" && call.from == "+13055550199"`, false, false},

		// Not looked up: no such condition, or what comes before it would be in the
		// record, or counts.
		{`call.from != "+13055550199"`, true, false},
		{`!(call.from == "+13055550199")`, true, false},
		{`call.from == "+13055550199" || call.anonymous`, true, false},
		{`call.from in list("vip")`, true, false},
		{`call.from == call.to`, true, false},
		{`schedule("office").isOpen && call.from == "+13055550199"`, true, false},
		{`call.from == "+13055550199" && schedule("office").isOpen`, false, false},
		{`"x" in call.headers && call.from == "+13055550199"`, true, false},
		{`call.from == "+13055550199" && call.headers["x"] == "a"`, false, false},
		{`call.headers["x"] == "a" && call.from == "+13055550199"`, true, false},
	} {
		t.Run(c.when, func(t *testing.T) {
			config := TenantConfig{
				Tenant: "acme", Lists: []NumberList{{Name: "vip", Numbers: []string{"+13055550199"}}},
				Schedules: []Schedule{{Name: "office", Schedules: []Window{{Day: "monday", StartTime: "09:00", EndTime: "17:00"}}}},
				Rules:     []Rule{{Name: "other", When: "call.anonymous", Then: Destination{RouteHangup, "USER_BUSY"}}, {Name: "this", When: c.when, Then: Destination{RouteHangup, "NO_ANSWER"}}},
			}
			directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
			if Refused(problems) {
				t.Fatal(problems)
			}
			call := inboundCall("+13055550111", "+15551230001")
			f, _ := directory.identify(&call, noon, nil)
			var walk ruleWalk
			walk.begin(f.plan.ruleIndex, f)
			var tried, proven bool
			for i, sure := walk.next(); i >= 0; i, sure = walk.next() {
				tried, proven = tried || i == 1, proven || i == 1 && sure
			}
			if tried != c.tried || proven != c.proven {
				t.Errorf("tried %t, proven %t", tried, proven)
			}
		})
	}
}

// A call may be for more beginnings than there is room for at first.
func TestManyPrefixesOfOneNumber(t *testing.T) {
	number := "+13055550111"
	config := TenantConfig{Tenant: "acme"}
	for i := range number {
		for _, fact := range []string{"call.from", "call.to"} {
			config.Rules = append(config.Rules, Rule{Name: fmt.Sprint(fact, i), When: fmt.Sprintf("%s.startsWith(%q)", fact, number[:i+1]), Set: RuleSet{Tags: []string{fmt.Sprint(fact, i)}}})
		}
	}
	slices.Reverse(config.Rules)
	directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c := inboundCall(number, "+15551230001")
	plain, indexed := byRules(directory, c, false), byRules(directory, c, true)
	if diff := cmp.Diff(plain, indexed); diff != "" || len(indexed.SetBy) != len(number)+2 {
		t.Errorf("%d rules\n%s", len(indexed.SetBy), diff)
	}
}

// Of several conditions that rules could be looked up by, the one counts that
// tells most of them apart.
func TestRulesAreLookedUpByWhatTellsThemApart(t *testing.T) {
	config := TenantConfig{Tenant: "acme"}
	for i := range 50 {
		when := fmt.Sprintf(`call.did == "+15551230001" && call.from == "+1305555%04d"`, i)
		config.Rules = append(config.Rules, Rule{Name: fmt.Sprint("r", i), When: when, Then: Destination{RouteHangup, "USER_BUSY"}})
	}
	directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	call := inboundCall("+13055550007", "+15551230001")
	f, _ := directory.identify(&call, noon, nil)
	var walk ruleWalk
	walk.begin(f.plan.ruleIndex, f)
	var tried []int
	for i, _ := walk.next(); i >= 0; i, _ = walk.next() {
		tried = append(tried, i)
	}
	if !slices.Equal(tried, []int{7}) {
		t.Errorf("tried %v", tried)
	}
}
