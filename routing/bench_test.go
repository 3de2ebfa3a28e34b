package routing

import (
	"fmt"
	"strings"
	"testing"
)

// ruleKinds are conditions of the usual kinds; none is true of the call that the
// benchmarks make.
var ruleKinds = map[string][]string{
	"mixed": {
		`call.from == "+1555888%04d"`,
		`call.from in list("vip") && size(call.callerName) == %d`,
		`call.callerName.startsWith("nobody %d")`,
		`now.hour >= 20 && size(call.callerName) != %d`,
		`call.direction == "outbound" && call.to == "+1555888%04d"`,
	},
	"by number": {`call.from == "+1555888%04d"`},
}

const lastRule = `call.did == "+15551230001"`

func conditionsOf(kind string, count int) []string {
	kinds := ruleKinds[kind]
	conditions := make([]string, count)
	for i := range conditions {
		conditions[i] = fmt.Sprintf(kinds[i%len(kinds)], i)
	}
	conditions[count-1] = lastRule
	return conditions
}

// built keeps what benchmarks are made of from one run of -count to the next: ten
// thousand rules take a while to compile.
var built = map[string]any{}

func buildOnce[T any](name string, build func() T) T {
	known, ok := built[name].(T)
	if !ok {
		known = build()
		built[name] = known
	}
	return known
}

// directoryWithRules has rules of which only the last one matches.
func directoryWithRules(b *testing.B, kind string, count int) *Directory {
	b.Helper()
	return buildOnce(fmt.Sprint("indexed ", kind, count), func() *Directory { return compileRules(b, kind, count) })
}

// plainDirectory has the same rules, tried one after the other.
func plainDirectory(b *testing.B, kind string, count int) *Directory {
	b.Helper()
	return buildOnce(fmt.Sprint("plain ", kind, count), func() *Directory { return withoutIndex(b, compileRules(b, kind, count)) })
}

func compileRules(b *testing.B, kind string, count int) *Directory {
	b.Helper()
	config := TenantConfig{Tenant: "acme", Lists: []NumberList{{Name: "vip", Numbers: []string{"+15551112222"}}}}
	for i, when := range conditionsOf(kind, count) {
		config.Rules = append(config.Rules, Rule{Name: fmt.Sprint("rule ", i+1), When: when, Then: Destination{RouteHangup, "USER_BUSY"}})
	}
	directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
	if Refused(problems) {
		b.Fatal(problems)
	}
	return directory
}

// withoutIndex makes the rules of the tenant be tried one after the other.
func withoutIndex(b *testing.B, d *Directory) *Directory {
	b.Helper()
	c := inboundCall("+15557770000", "+15551230001")
	f, _ := d.identify(&c, noon, nil)
	f.plan.ruleIndex = nil
	return d
}

var ruleCounts = []int{10, 100, 1000, 10_000}

// BenchmarkDecide is a whole decision.
func BenchmarkDecide(b *testing.B) {
	for _, kind := range []string{"mixed", "by number"} {
		for _, count := range ruleCounts {
			last := fmt.Sprint("rule ", count)
			decide := func(directory *Directory) func(*testing.B) {
				return func(b *testing.B) {
					call := inboundCall("+15557770000", "+15551230001")
					b.ReportAllocs()
					for b.Loop() {
						if d := directory.Decide(call, noon, nil); d.Rule != last {
							b.Fatal(d)
						}
					}
				}
			}
			b.Run(fmt.Sprintf("%s/%d_rules/indexed", kind, count), decide(directoryWithRules(b, kind, count)))
			b.Run(fmt.Sprintf("%s/%d_rules/plain", kind, count), decide(plainDirectory(b, kind, count)))
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	for _, count := range []int{100, 2000} {
		b.Run(fmt.Sprintf("%d_rules", count), func(b *testing.B) {
			directory := directoryWithRules(b, "mixed", count)
			call := inboundCall("+15557770000", "+15551230001")
			for b.Loop() {
				directory.Explain(call, noon, nil)
			}
		})
	}
}

func BenchmarkCompile2000RulesAnd100000Numbers(b *testing.B) {
	var text strings.Builder
	text.WriteString("tenant: acme\nrules:\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "  - {name: rule %d, when: 'call.from == \"+1555888%04d\"', then: {route: hangup, target: USER_BUSY}}\n", i, i)
	}
	text.WriteString("blocklist:\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "  - {number: \"+1555%07d\", reason: spam}\n", i)
	}
	files := []File{{Name: "acme.yaml", Data: []byte(text.String())}}
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			ParseFiles(files)
		}
	})
	b.Run("compile", func(b *testing.B) {
		cfg, _ := ParseFiles(files)
		cfg.Operator = oneTenant()
		for b.Loop() {
			if _, problems := Compile(cfg); len(problems) > 0 {
				b.Fatal(problems[0])
			}
		}
	})
}
