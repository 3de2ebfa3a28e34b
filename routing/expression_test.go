package routing

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func testLists() map[string]*numberSet {
	return map[string]*numberSet{"vip": newNumberSet([]Number{ParseNumber("+15551112222", ""), ParseNumber("1003", "")})}
}

// testFacts are those of an inbound call on a Tuesday at 12:30.
func testFacts(call *Call) *facts {
	lists := testLists()
	plan := &Plan{lists: lists, listValues: map[string]any{"vip": lists["vip"]}}
	return &facts{
		call: call, plan: plan, lists: plan.listValues, now: noon.In(time.FixedZone("", -5*3600)),
		direction: Inbound, from: ParseNumber("+15551112222", ""), to: ParseNumber("+15551230001", ""), did: "+15551230001", trunk: "main",
	}
}

func TestExpressions(t *testing.T) {
	call := &Call{ID: "call-1", CallerName: "Bob\xff Smith", Headers: map[string]string{"X-Campaign": "spring", "x-campaign": "autumn"}}
	cases := map[string]string{ // "true", "false", or part of the error
		`call.from == "+15551112222"`:                                                        "true",
		`call.to == call.did`:                                                                "true",
		`call.callerName.startsWith("Bob")`:                                                  "true",
		`call.callerName.matches("^Bob.*h$")`:                                                "true",
		`call.direction == "outbound" || call.authenticated`:                                 "false",
		`!call.anonymous`:                                                                    "true",
		`call.headers["x-campaign"] == "spring"`:                                             "true",
		`call.headers["x-missing"] == "spring"`:                                              "no such key",
		`"x-missing" in call.headers && call.headers["x-missing"] == "a"`:                    "false",
		`has(call.headers.subject)`:                                                          "false",
		`call.country == "US"`:                                                               "true",
		`call.trunk == "main"`:                                                               "true",
		`call.bucket >= 0 && call.bucket < 100`:                                              "true",
		`call.from in list("vip")`:                                                           "true",
		`call.to in list("vip")`:                                                             "false",
		`list("vip").exists(n, n == "1003")`:                                                 "true",
		`size(list("vip")) == 2`:                                                             "true",
		`now.hour == 12 && now.minute == 30`:                                                 "true",
		`now.weekday == "tuesday"`:                                                           "true",
		`now.date == "2026-03-03" && now.time >= "12:00" && now.time < "13:00"`:              "true",
		`now < timestamp("2027-01-01T00:00:00Z")`:                                            "true",
		`now.date.startsWith("2026-")`:                                                       "true",
		`1 / (call.bucket - call.bucket) == 1`:                                               "division by zero",
		`call.headers.all(k, call.headers[k].matches("^[a-z]*$"))`:                           "true",
		`call.callerName.matches("^.{4} S") && call.from.matches("^\\+1\\d{10}$")`:           "true", // CEL's own limit panics at {4}
		`call.from.inCountry("US") && !call.from.inCountry(["GB", "DE"])`:                    "true",
		`call.to.inCountry(["CA", "US"]) && !"x".inCountry("US") && !"1003".inCountry("US")`: "true",
		`["+442079460018", "x"].exists(n, n.inCountry("GB"))`:                                "true",
		`list("vip").exists(n, n.inCountry("US"))`:                                           "true",
		`call.from.inCountry(call.country) && !"".inCountry(call.country)`:                   "true",
		`call.from.hasPrefix("+1555") && call.from.hasPrefix(["+44", "+1"])`:                 "true",
		`call.from.hasPrefix("+1556") || call.from.hasPrefix([]) || call.from.hasPrefix("+15551112222" + "3")`: "false",
		`has(call.headers.subject) ? call.headers.subject == "a" : true`:                                       "true",
		`[1, 2, 3].exists(call, call == 2)`:                                                                    "true",
		`call.headers.exists(k, k.startsWith("x-")) && ["a", "b"].exists(k, k == call.trunk)`:                  "false",
	}
	for text, want := range cases {
		e, mistakes := compileExpression(text, vocabulary{lists: testLists()})
		if len(mistakes) > 0 {
			t.Errorf("%s: %v", text, mistakes)
			continue
		}
		matched, err := e.matches(testFacts(call))
		switch {
		case err != nil && (want == "true" || want == "false" || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %s", text, err, want)
		case err == nil && matched != (want == "true"):
			t.Errorf("%s is %v, want %s", text, matched, want)
		}
	}
}

// What headers cost is not known before the call: it is limited then.
func TestExpressionCostIsLimitedAtTheCall(t *testing.T) {
	e, mistakes := compileExpression(`call.headers.exists(k, call.headers.exists(l, (string(call.bucket) + call.headers[k]).contains(call.headers[l] + "z")))`, vocabulary{})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	headers := map[string]string{}
	for i := range 40 {
		headers[strings.Repeat("h", i+1)] = strings.Repeat("a", 200) + strings.Repeat("b", i)
	}
	matched, err := e.matches(testFacts(&Call{Headers: headers}))
	if err == nil || !strings.Contains(err.Error(), "cost limit") {
		t.Errorf("matched %v, error %v; want the cost limit", matched, err)
	}
}

// A long list must not make membership expensive, neither at save nor, where
// the cost is counted, at the call.
func TestMembershipIsCheapHoweverLongTheList(t *testing.T) {
	numbers := make([]Number, 200_000)
	for i := range numbers {
		numbers[i] = Number{kind: e164Number, text: fmt.Sprintf("+1555%07d", i)}
	}
	long := newNumberSet(numbers)
	lists := map[string]*numberSet{"vip": long}
	for _, text := range []string{`call.from in list("vip")`, `call.from in list("vip") || call.headers.exists(k, k == call.headers[k])`} {
		e, mistakes := compileExpression(text, vocabulary{lists: lists})
		if len(mistakes) > 0 {
			t.Errorf("%s: %v", text, mistakes)
			continue
		}
		f := testFacts(&Call{})
		f.lists = map[string]any{"vip": long}
		if _, err := e.matches(f); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestFactsAreBounded(t *testing.T) {
	f := testFacts(&Call{CallerName: strings.Repeat("é", 5000)})
	f.from = ParseNumber(strings.Repeat("x", 5000), "US")
	for name, most := range map[string]int{"call.callerName": maxCallerName, "call.from": maxNumberLength} {
		value, _ := f.ResolveName(name)
		if got := len([]rune(showValue(value))) - 2; got != most { // without the quotes
			t.Errorf("%s has %d characters, want %d", name, got, most)
		}
	}
}

func TestBucketSpreadsCalls(t *testing.T) {
	counts := [100]int{}
	for i := range 10_000 {
		counts[bucket(CallID("5b0f7f0e-4a53-4d0f-8a55-"+time.Duration(i).String()))]++
	}
	for b, n := range counts {
		if n < 50 || n > 150 {
			t.Errorf("bucket %d has %d of 10000 calls", b, n)
		}
	}
	if first, again := bucket("call-1"), bucket("call-1"); first != again {
		t.Errorf("one call is in buckets %d and %d", first, again)
	}
}

func TestEveryDeclaredNameHasAValue(t *testing.T) {
	for id, fact := range factNames {
		if found, ok := factByName(fact.name); !ok || found != factID(id) {
			t.Errorf("%s is found as %d, %v; want %d", fact.name, found, ok, id)
		}
		value := testFacts(&Call{}).value(factID(id))
		if got := value.Type().TypeName(); got != fact.typ.TypeName() {
			t.Errorf("%s is a %s, declared as %s", fact.name, got, fact.typ.TypeName())
		}
	}
}

// A rule that asks for more than a number can be is refused: so it has to be all
// that the number can be.
func TestNumbersReachTheEndOfTheirRange(t *testing.T) {
	largest := map[factID]int64{}
	for minute := range 24 * 60 {
		now := noon.Add(time.Duration(minute) * time.Minute)
		for _, id := range []factID{factHour, factMinute, factBucket} {
			f := facts{call: &Call{ID: CallID(fmt.Sprint(minute))}, now: now}
			n, _ := f.value(id).Value().(int64)
			largest[id] = max(largest[id], n)
		}
	}
	for id, fact := range factNames {
		if fact.most != largest[factID(id)] {
			t.Errorf("%s is up to %d, declared up to %d", fact.name, largest[factID(id)], fact.most)
		}
		if fact.most > 0 && !strings.HasPrefix(fact.doc, fmt.Sprintf("0 to %d", fact.most)) {
			t.Errorf("%s is described otherwise: %s", fact.name, fact.doc)
		}
	}
}
