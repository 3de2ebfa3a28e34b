package routing

import (
	"fmt"
	"testing"
)

// largeTenant has many of everything the checks of the graph go over.
func largeTenant(extensions, rules int) TenantConfig {
	config := TenantConfig{Tenant: "acme", DefaultDestination: &Destination{RouteVoicemail, "10000"}}
	for i := range extensions {
		e := Extension{Extension: fmt.Sprint(10000 + i), Exits: Exits{NoAnswer: {RouteVoicemail, fmt.Sprint(10000 + i)}}}
		if i%2 == 0 {
			e.Forward = map[ForwardType]CallForward{ForwardBusy: {Number: fmt.Sprint(10001 + i)}}
		}
		config.Extensions = append(config.Extensions, e)
	}
	for i := range 100 {
		name := fmt.Sprint("menu ", i)
		config.IVRMenus = append(config.IVRMenus, Menu{
			Name: name, Greeting: Prompt{Text: "Hello"}, DirectDial: &DirectDial{Allow: []string{fmt.Sprintf("1%02dxx", i%50), "x0x0x"}},
			Digits: map[string]Destination{"#": {RouteIVR, fmt.Sprint("menu ", (i+1)%100)}},
		})
		config.Lists = append(config.Lists, NumberList{Name: fmt.Sprint("list ", i), Numbers: []string{"+15551112222"}})
	}
	for i := range rules {
		config.Rules = append(config.Rules, Rule{
			Name: fmt.Sprint("rule ", i), When: fmt.Sprintf(`call.from == "+1555888%04d" && call.from in list("list %d")`, i%10000, i%100),
			Then: Destination{RouteIVR, fmt.Sprint("menu ", i%100)},
		})
	}
	return config
}

// BenchmarkGraphChecks is what the checks of the graph add to compiling a tenant,
// and what its picture takes.
func BenchmarkGraphChecks(b *testing.B) {
	config := largeTenant(5000, 2000)
	cfg := Config{Operator: oneTenant(), Tenants: []TenantConfig{config}}
	directory, problems := Compile(cfg)
	if Refused(problems) {
		b.Fatal(problems[0])
	}
	plan, _ := directory.Plan("acme")
	t := &tenantCompiler{scope: scope{compiler: &compiler{cfg: cfg}, key: "acme", owner: "acme"}, config: config, plan: plan}
	b.Run("no way out and unused", func(b *testing.B) {
		for b.Loop() {
			t.problems = nil
			t.wayOuts()
			t.unused()
		}
	})
	b.Run("circles", func(b *testing.B) {
		for b.Loop() {
			t.graph()
		}
	})
	b.Run("picture", func(b *testing.B) {
		for b.Loop() {
			plan.Graph().Mermaid()
		}
	})
}
