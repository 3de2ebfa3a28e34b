package routing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
)

// BenchmarkRules is the rules alone, beside the same conditions evaluated by CEL
// as it comes, one program after the other on a map of values, and written in Go.
func BenchmarkRules(b *testing.B) {
	for _, kind := range []string{"mixed", "by number"} {
		for _, count := range ruleCounts {
			name := fmt.Sprintf("%s/%d_rules", kind, count)
			b.Run(name+"/indexed", oursBenchmark(directoryWithRules(b, kind, count), count))
			b.Run(name+"/plain", oursBenchmark(plainDirectory(b, kind, count), count))
			b.Run(name+"/cel", celBenchmark(buildOnce("cel "+name, func() []cel.Program { return celPrograms(b, conditionsOf(kind, count)) })))
			b.Run(name+"/go", goBenchmark(goConditions(kind, count)))
		}
	}
}

func oursBenchmark(directory *Directory, count int) func(*testing.B) {
	last := fmt.Sprint("rule ", count)
	return func(b *testing.B) {
		call := inboundCall("+15557770000", "+15551230001")
		known, _ := directory.identify(&call, noon, nil)
		b.ReportAllocs()
		for b.Loop() {
			f := *known
			if r := f.rules(nil); r.by == nil || r.by.name != last {
				b.Fatal(r)
			}
		}
	}
}

func celPrograms(b *testing.B, conditions []string) []cel.Program {
	b.Helper()
	options := []cel.EnvOption{cel.Variable("vip", cel.ListType(cel.StringType))}
	for _, fact := range factNames {
		options = append(options, cel.Variable(fact.name, fact.typ))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		b.Fatal(err)
	}
	programs := make([]cel.Program, len(conditions))
	for i, condition := range conditions {
		checked, issues := env.Compile(strings.ReplaceAll(condition, `list("vip")`, "vip"))
		if issues.Err() != nil {
			b.Fatal(issues.Err())
		}
		if programs[i], err = env.Program(checked, cel.EvalOptions(cel.OptOptimize)); err != nil {
			b.Fatal(err)
		}
	}
	return programs
}

func celBenchmark(programs []cel.Program) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			call := map[string]any{
				"call.from": "+15557770000", "call.to": "+15551230001", "call.did": "+15551230001", "call.callerName": "",
				"call.direction": "inbound", "now.hour": noon.Hour(), "vip": []string{"+15551112222"},
			}
			for i, program := range programs {
				result, _, err := program.Eval(call)
				if err != nil || (result == types.True) != (i == len(programs)-1) {
					b.Fatal(i, result, err)
				}
			}
		}
	}
}

// goCall is what the conditions read, as a Go programmer would have it.
type goCall struct {
	from, to, did, name, direction string
	now                            time.Time
	vip                            map[string]bool
}

// goConditions writes the conditions as functions.
func goConditions(kind string, count int) []func(*goCall) bool {
	conditions := make([]func(*goCall) bool, count)
	for i := range conditions {
		number, nobody := fmt.Sprintf("+1555888%04d", i), fmt.Sprint("nobody ", i)
		switch shape := i % len(ruleKinds[kind]); shape {
		case 0:
			conditions[i] = func(c *goCall) bool { return c.from == number }
		case 1:
			conditions[i] = func(c *goCall) bool { return c.vip[c.from] && len(c.name) == i }
		case 2:
			conditions[i] = func(c *goCall) bool { return strings.HasPrefix(c.name, nobody) }
		case 3:
			conditions[i] = func(c *goCall) bool { return c.now.Hour() >= 20 && len(c.name) != i }
		case 4:
			conditions[i] = func(c *goCall) bool { return c.direction == "outbound" && c.to == number }
		}
	}
	conditions[count-1] = func(c *goCall) bool { return c.did == "+15551230001" }
	return conditions
}

func goBenchmark(conditions []func(*goCall) bool) func(*testing.B) {
	return func(b *testing.B) {
		c := &goCall{from: "+15557770000", to: "+15551230001", did: "+15551230001", direction: "inbound", now: noon, vip: map[string]bool{"+15551112222": true}}
		for b.Loop() {
			for i, condition := range conditions {
				if condition(c) != (i == len(conditions)-1) {
					b.Fatal(i)
				}
			}
		}
	}
}

// BenchmarkUnreachable is what looking for rules out of reach adds to a change.
func BenchmarkUnreachable(b *testing.B) {
	for _, kind := range []string{"mixed", "by number"} {
		config := TenantConfig{Tenant: "acme", Lists: []NumberList{{Name: "vip", Numbers: []string{"+15551112222"}}}}
		for i, when := range conditionsOf(kind, 2000) {
			config.Rules = append(config.Rules, Rule{Name: fmt.Sprint("rule ", i+1), When: when, Then: Destination{RouteHangup, "USER_BUSY"}})
		}
		b.Run(kind+"/2000_rules", func(b *testing.B) {
			directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
			if Refused(problems) {
				b.Fatal(problems)
			}
			plan := planOf(b, directory, "acme")
			t := &tenantCompiler{scope: scope{compiler: &compiler{}}, config: config, plan: plan}
			for b.Loop() {
				t.unreachable()
			}
		})
	}
}
