package routing

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

func TestWhatRulesSetAddsUp(t *testing.T) {
	vip := Rule{Name: "vip", When: `call.from == "+13055550111"`, Set: RuleSet{CallerIDPrefix: "VIP", Tags: []string{"vip", "all", "vip"}, Priority: 7, Language: "es"}}
	sales := Rule{Name: "sales", When: `call.did == "+15551230001"`, Set: RuleSet{CallerIDPrefix: "Sales", Tags: []string{"all", "sales"}, AccountCode: "sales-1", Recording: ptr(true)}}
	other := Rule{Name: "other", When: `call.from == "+13055550112"`, Set: RuleSet{Tags: []string{"other"}}}
	broken := Rule{Name: "broken", When: `call.headers["x-none"] == "a"`, Set: RuleSet{Tags: []string{"broken"}}}
	ring := Rule{Name: "ring", When: "true", Then: Destination{RouteExtension, "1002"}, Set: RuleSet{Tags: []string{"ring"}, Recording: ptr(false), Priority: 2}}
	early := ring
	early.Name, early.Priority = "early", -1
	type result struct {
		Rule        string
		Destination Destination
		SetBy       []string
		Failed      []string
		Set         RuleSet
	}
	both := RuleSet{CallerIDPrefix: "Sales", Tags: []string{"vip", "all", "sales"}, Priority: 7, Language: "es", AccountCode: "sales-1", Recording: ptr(true)}
	decided := both
	decided.Tags, decided.Recording, decided.Priority = []string{"vip", "all", "sales", "ring"}, ptr(false), 2
	for _, c := range []struct {
		name  string
		rules []Rule
		want  result
	}{
		{"the number's route has it all", []Rule{vip, other, broken, sales},
			result{Destination: Destination{RouteExtension, "1001"}, SetBy: []string{"vip", "sales"}, Failed: []string{"broken"}, Set: both}},
		{"so has the rule that decides", []Rule{vip, sales, ring}, result{"ring", Destination{RouteExtension, "1002"}, []string{"vip", "sales"}, nil, decided}},
		{"what stands behind it sets nothing", []Rule{vip, sales, early},
			result{"early", Destination{RouteExtension, "1002"}, nil, nil, ring.Set}},
		{"no rule", nil, result{Destination: Destination{RouteExtension, "1001"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := TenantConfig{
				Tenant: "acme", Extensions: []Extension{{Extension: "1001"}, {Extension: "1002"}}, Rules: c.rules,
				DIDs: []DID{{Number: "+15551230001", InboundRoute: RouteExtension, RouteTarget: "1001"}},
			}
			directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
			if Refused(problems) {
				t.Fatal(problems)
			}
			for range 2 { // what one call was given, the next one does not change
				d := directory.Decide(inboundCall("+13055550111", "+15551230001"), noon, nil)
				got := result{d.Rule, d.Destination, d.SetBy, d.FailedRules, d.Set}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Fatal(diff)
				}
			}
		})
	}
}

func TestFactsKeepWhatWasSet(t *testing.T) {
	config := TenantConfig{Tenant: "acme", Rules: []Rule{
		{Name: "one", When: "true", Set: RuleSet{Priority: 3, AccountCode: "4711", Tags: []string{"a"}}},
		{Name: "two", When: "true", Set: RuleSet{Language: "es", CallerIDPrefix: "VIP", Recording: ptr(true)}},
	}}
	directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
	if Refused(problems) {
		t.Fatal(problems)
	}
	facts := directory.Decide(inboundCall("+13055550111", "+15551230001"), noon, nil).Facts
	got := map[string]string{}
	for name, value := range facts {
		if strings.HasPrefix(name, "set ") {
			got[name] = value
		}
	}
	want := map[string]string{
		"set by": "one, two", "set priority": "3", "set accountCode": "4711", "set language": "es", "set callerIdPrefix": "VIP", "set recording": "true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// However many rules set tags, a call has no more than a record keeps.
func TestTagsOfManyRulesAreBounded(t *testing.T) {
	set := RuleSet{}
	for i := range 10 {
		var tags []string
		for j := range maxTags {
			tags = append(tags, fmt.Sprint(i, "-", j))
		}
		set = set.with(RuleSet{Tags: tags})
	}
	if len(set.Tags) != maxTagsInAll || set.Tags[0] != "0-0" || len(slices.Compact(slices.Sorted(slices.Values(set.Tags)))) != maxTagsInAll {
		t.Error(len(set.Tags), set.Tags[0])
	}
}
