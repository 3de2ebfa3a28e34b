package routing

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func conditionIn(t testing.TB, text string, in vocabulary) *condition {
	t.Helper()
	e, mistakes := compileExpression(text, in)
	if len(mistakes) > 0 {
		t.Fatalf("%s: %v", text, mistakes)
	}
	return e.shared.condition
}

func TestConditionsInOneSpelling(t *testing.T) {
	for text, want := range map[string]string{
		"true":                    "true",
		"1 == 2":                  "false",
		"true || call.anonymous":  "true",
		"call.anonymous && 2 > 3": "false",
		`"a" in ["b", "c"]`:       "false",
		`"+1305".startsWith("+1") && call.anonymous`: "call.anonymous",
		"!!call.anonymous":                           "call.anonymous",
		"call.anonymous == false":                    "!call.anonymous",
		"false != call.anonymous":                    "call.anonymous",
		`!(call.anonymous && call.to == "1")`:        "any(!call.anonymous, !call.to in 1)",
		`!(call.anonymous || call.to != "1")`:        "all(!call.anonymous, call.to in 1)",
		`"1" == call.to || call.to.startsWith("2")`:  "call.to in 1 2…",
		`call.from == call.to`:                       "==(call.from,call.to)",
		`call.to == call.from`:                       "==(call.from,call.to)",
		"now.hour > 8":                               `_<_(int:"8",now.hour)`,
		"8 < now.hour":                               `_<_(int:"8",now.hour)`,
		"call.bucket == 3":                           `call.bucket in int:"3"`,
		"now.hour < 24":                              "true",
		"23 <= now.hour":                             `_<=_(int:"23",now.hour)`,
		"now.hour > 22":                              `_<_(int:"22",now.hour)`,
		"now.hour > 23":                              "false",
		"24 <= now.hour":                             "false",
		"0 < now.minute":                             `_<_(int:"0",now.minute)`,
		"0 <= now.minute":                            "true",
		"60 > now.minute":                            "true",
		"call.bucket < 0":                            "false",
		"!(call.bucket <= 99) || call.anonymous":     "call.anonymous",
		"now.hour < 99 && call.bucket < 99":          `_<_(call.bucket,int:"99")`,
	} {
		if got := conditionIn(t, text, vocabulary{}).String(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestImplies(t *testing.T) {
	lists := map[string]*numberSet{}
	for name, texts := range map[string][]string{"vip": {"+13055550111"}, "all": {"+13055550111", "+13055550112"}, "none": {}, "uk": {"+442071234567"}} {
		var numbers []Number
		for _, text := range texts {
			numbers = append(numbers, ParseNumber(text, ""))
		}
		lists[name] = newNumberSet(numbers)
	}
	for _, c := range []struct {
		later, earlier string
		want           bool
	}{
		{"call.anonymous", "true", true},
		{"false", "call.anonymous", true},
		{"true", "call.anonymous", false},

		// The same in other words.
		{"call.anonymous && call.bucket < 5", "call.bucket < 5  &&  (call.anonymous)", true},
		{`call.from == call.to || call.anonymous`, `call.anonymous || call.to == call.from`, true},
		{"5 > call.bucket", "call.bucket < 5", true},
		{`!(call.anonymous || call.bucket < 5)`, `!call.anonymous && !(call.bucket < 5)`, true},
		{`["a", "b"].exists(w, call.callerName.contains(w))`, `["a","b"].exists(w, call.callerName.contains( w ))`, true},
		{`["a", "b"].exists(w, call.callerName.contains(w))`, `["a","c"].exists(w, call.callerName.contains(w))`, false},

		// Numbers and their beginnings.
		{`call.from.startsWith("+1305")`, `call.from.startsWith("+1")`, true},
		{`call.from.startsWith("+1")`, `call.from.startsWith("+1305")`, false},
		{`call.to.startsWith("+1305")`, `call.from.startsWith("+1")`, false},
		{`call.from == "+13055550111"`, `call.from.startsWith("+1")`, true},
		{`call.from in ["+13055550111", "+442071234567"]`, `call.from.hasPrefix(["+1", "+44"])`, true},
		{`call.from in ["+13055550111", "+442071234567"]`, `call.from.startsWith("+1")`, false},
		{`call.from == "a"`, `call.from in ["a", "b"]`, true},
		{`call.from in ["a", "b"]`, `call.from == "a"`, false},
		{`call.from == "a" || call.from.startsWith("+1305")`, `call.from.startsWith("+1") || call.from == "a"`, true},
		{`call.from.hasPrefix(["+1305", "+1212"])`, `call.from.hasPrefix("+1")`, true},
		{`call.from != "a"`, `call.from != "a"`, true},
		{`!(call.from in ["a", "b"])`, `call.from != "a"`, true},
		{`call.from != "a"`, `!(call.from in ["a", "b"])`, false},
		{`call.from == "b"`, `call.from != "a"`, true},
		{`call.from.startsWith("+44")`, `!call.from.startsWith("+1")`, true},
		{`call.from.startsWith("+")`, `!call.from.startsWith("+1")`, false},
		{`call.bucket == 3`, `call.bucket in [3, 4]`, true},
		{`call.country == "GB"`, `call.country in ["GB", "IE"]`, true},
		{`call.from.inCountry("US")`, `call.from.inCountry(["US", "CA"])`, true},
		{`call.from.inCountry(["US", "CA"])`, `call.from.inCountry("US")`, false},
		{`call.to.inCountry("US")`, `call.from.inCountry("US")`, false},

		// Lists.
		{`call.from == "+13055550112"`, `call.from in list("all")`, true},
		{`call.from == "+13055550199"`, `call.from in list("all")`, false},
		{`call.from in list("vip")`, `call.from in list("all")`, true},
		{`call.from in list("all")`, `call.from in list("vip")`, false},
		{`call.from in list("all")`, `call.from.startsWith("+1305")`, true},
		{`call.from in list("all")`, `call.from in ["+13055550111", "+13055550112"]`, true},
		{`call.from in list("uk")`, `!(call.from in list("all"))`, true},
		{`call.from in list("none")`, `call.from in list("none")`, true},
		{`call.from in list("none")`, `call.from in list("all")`, false}, // it is about to be filled

		// Parts.
		{`call.anonymous && call.bucket < 5`, `call.anonymous`, true},
		{`call.anonymous`, `call.anonymous && call.bucket < 5`, false},
		{`call.anonymous`, `call.anonymous || call.bucket < 5`, true},
		{`call.anonymous || call.bucket < 5`, `call.anonymous`, false},
		{`call.to == "1" && call.from == "+13055550111"`, `call.from.startsWith("+1") && call.to in ["1", "2"]`, true},
		{`(call.anonymous || call.bucket < 5) && call.to == "1"`, `call.bucket < 5 || call.anonymous`, true},
		{`schedule("office").isOpen && call.anonymous`, `schedule("office").isOpen`, true},
		{`!schedule("office").isOpen`, `schedule("office").isOpen`, false},
	} {
		in := vocabulary{lists: lists, schedules: map[string]*schedule{"office": {Schedule: Schedule{Name: "office"}}}}
		compare := comparer{lists: lists, left: maxComparisons}
		if got := compare.implies(conditionIn(t, c.later, in), conditionIn(t, c.earlier, in)); got != c.want {
			t.Errorf("%s before %s: %t", c.earlier, c.later, got)
		}
	}
}

var (
	warnedRule  = regexp.MustCompile(`rules\[(\d+)\]`)
	warnedAfter = regexp.MustCompile(`rule "r(\d+)" before`)
)

// A rule that is said to be out of reach is never true where the one named before
// it is not. All that is said is checked, and something is.
func TestWarningsOfUnreachableRulesAreTrue(t *testing.T) {
	warned := 0
	rapid.Check(t, func(t *rapid.T) {
		config := drawRules(t, true)
		directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
		if Refused(problems) {
			t.Fatal(problems)
		}
		for _, p := range problems {
			if !strings.Contains(p.Message, "never match") {
				continue
			}
			warned++
			later, _ := strconv.Atoi(warnedRule.FindStringSubmatch(p.Path)[1])
			earlier := -1
			if named := warnedAfter.FindStringSubmatch(p.Message); named != nil {
				earlier, _ = strconv.Atoi(named[1])
			}
			for range 6 {
				checkUnreachable(t, directory, drawCall(t), later, earlier, p)
			}
		}
	})
	if warned < 20 {
		t.Errorf("only %d warnings", warned)
	}
}

func checkUnreachable(t *rapid.T, d *Directory, c Call, later, earlier int, p Problem) {
	at := drawTime(t)
	matches := func(name string) bool {
		f, _ := d.identify(&c, at, nil)
		for i := range f.plan.rules {
			if r := &f.plan.rules[i]; r.name == name {
				matched, err := r.when.matches(f)
				return matched && err == nil && r.enabled && r.valid.contains(f.now)
			}
		}
		return false
	}
	if matches(fmt.Sprint("r", later)) && (earlier < 0 || !matches(fmt.Sprint("r", earlier))) {
		t.Fatalf("%v\nbut it matches %+v at %s", p, c, at)
	}
}

// Two thousand rules are compared within the time there is for a change; what
// would take longer is given up, not the change.
func TestComparingManyRulesIsBounded(t *testing.T) {
	for name, when := range map[string]func(i int) string{
		"by number":  func(i int) string { return fmt.Sprintf(`call.from == "+1305555%04d"`, i) },
		"one did":    func(i int) string { return fmt.Sprintf(`call.did == "+15551230001" && size(call.callerName) == %d`, i) },
		"all unlike": func(i int) string { return fmt.Sprintf(`call.from != "+1305555%04d" && call.to != "%04d"`, i, i) },
		"all of both": func(i int) string {
			return fmt.Sprintf(`(call.anonymous || size(call.callerName) < %d) && (size(call.callerName) > %d || call.authenticated)`, i, i)
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := TenantConfig{Tenant: "acme"}
			for i := range 2000 {
				config.Rules = append(config.Rules, Rule{Name: fmt.Sprint("r", i), When: when(i), Then: Destination{RouteHangup, "USER_BUSY"}})
			}
			last := config.Rules[0]
			last.Name = "again"
			config.Rules = append(config.Rules, last)
			_, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
			if Refused(problems) || len(problems) != 1 || !strings.Contains(problems[0].Path, "rules[2000]") {
				t.Errorf("%v", problems)
			}
		})
	}
}
