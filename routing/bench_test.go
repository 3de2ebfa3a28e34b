package routing

import (
	"fmt"
	"strings"
	"testing"
)

// directoryWithRules has rules of the usual kinds, of which only the last one
// matches the call below.
func directoryWithRules(b *testing.B, count int) *Directory {
	kinds := []string{
		`call.from == "+1555888%04d"`,
		`call.from in list("vip") && call.bucket == %d`,
		`call.callerName.startsWith("nobody %d")`,
		`now.hour >= 20 && call.bucket != %d`,
		`call.direction == "outbound" && call.to == "+1555888%04d"`,
	}
	var text strings.Builder
	text.WriteString("tenant: acme\nlists:\n  - {name: vip, numbers: [\"+15551112222\"]}\nrules:\n")
	for i := range count - 1 {
		when := fmt.Sprintf(kinds[i%len(kinds)], i)
		fmt.Fprintf(&text, "  - {name: rule %d, when: '%s', then: {route: hangup, target: USER_BUSY}}\n", i, when)
	}
	text.WriteString("  - {name: last, when: 'call.did == \"+15551230001\"', then: {route: hangup, target: NO_ANSWER}}\n")
	cfg, problems := ParseFiles([]File{{Name: "acme.yaml", Data: []byte(text.String())}})
	cfg.Operator = oneTenant()
	directory, more := Compile(cfg)
	if len(problems)+len(more) > 0 {
		b.Fatal(problems, more)
	}
	return directory
}

func BenchmarkDecide(b *testing.B) {
	for _, count := range []int{10, 100} {
		b.Run(fmt.Sprintf("%d_rules", count), func(b *testing.B) {
			directory := directoryWithRules(b, count)
			call := inboundCall("+15557770000", "+15551230001")
			b.ReportAllocs()
			for b.Loop() {
				if d := directory.Decide(call, noon, nil); d.Rule != "last" {
					b.Fatal(d)
				}
			}
		})
	}
}

func BenchmarkExplain100Rules(b *testing.B) {
	directory := directoryWithRules(b, 100)
	call := inboundCall("+15557770000", "+15551230001")
	for b.Loop() {
		directory.Explain(call, noon, nil)
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
