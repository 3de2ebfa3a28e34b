package routing

import (
	"fmt"
	"runtime"
	"testing"
)

// benchExpressions are rules as tenants write them.
var benchExpressions = []struct{ name, text string }{
	{"equality", `call.did == "+15551230002"`},
	{"list", `call.from in list("vip") && !call.anonymous`},
	{"hours", `now.weekday in ["saturday", "sunday"] || now.time < "09:00" || now.time >= "17:30"`},
	{"prefix", `call.from.hasPrefix(["+1305", "+1786"])`},
	{"country", `call.from.inCountry(["GB", "IE"])`},
	{"header", `"x-campaign" in call.headers && call.headers["x-campaign"] == "spring"`},
	{"regex", `call.to.matches("^\\+1(800|888)")`},
	{"extension", `extension("1001").registered && !extension("1001").onCall`},
	{"loop", `["test", "sipvicious", "scanner"].exists(word, call.callerName.contains(word))`},
	{"counted", `(string(call.bucket) + call.callerName).contains("Bob")`},
}

func BenchmarkExpressionMatches(b *testing.B) {
	for _, c := range benchExpressions {
		b.Run(c.name, func(b *testing.B) {
			e, mistakes := compileExpression(c.text, mistakenTenant())
			if len(mistakes) > 0 {
				b.Fatal(mistakes)
			}
			f := testFacts(&Call{ID: "call-1", CallerName: "Bob", Headers: map[string]string{"X-Campaign": "autumn"}})
			f.plan.extensions = map[string]*Extension{"1001": {Extension: "1001"}}
			f.live = phonesKnown{"1001": {Known: true, Contacts: 1}}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.matches(f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkExpressionCompile(b *testing.B) {
	in := mistakenTenant()
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			n++
			compileExpression(fmt.Sprintf(`call.from in list("vip") && call.bucket < %d`, n), in)
		}
	})
	b.Run("shared", func(b *testing.B) {
		text := `call.from in list("vip") && call.bucket < 7`
		kept, _ := compileExpression(text, in)
		b.ReportAllocs()
		for b.Loop() {
			compileExpression(text, in)
		}
		runtime.KeepAlive(kept)
	})
}

// BenchmarkExpressionMemory is what is kept of one compiled expression of its own
// text, and of one whose text others have too.
func BenchmarkExpressionMemory(b *testing.B) {
	in := mistakenTenant()
	for _, c := range []struct {
		name  string
		texts int
	}{{"own text", 2000}, {"200000 of 300 texts", 300}} {
		b.Run(c.name, func(b *testing.B) {
			count := max(c.texts, 2000)
			if c.texts == 300 {
				count = 200_000
			}
			for b.Loop() {
				kept := make([]expression, count)
				before := heapInUse()
				for i := range kept {
					kept[i], _ = compileExpression(fmt.Sprintf(`call.from in list("vip") && now.hour >= 9 && call.bucket < %d`, i%c.texts), in)
				}
				b.ReportMetric(float64(heapInUse()-before)/float64(count), "B/expression")
				runtime.KeepAlive(kept)
			}
		})
	}
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
