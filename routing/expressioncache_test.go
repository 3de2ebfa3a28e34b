package routing

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func newCache() *expressionCache { return &expressionCache{texts: map[string]*cachedText{}} }

func TestTheSameTextIsCompiledOnce(t *testing.T) {
	few := vocabulary{lists: map[string]*numberSet{"vip": newNumberSet([]Number{ParseNumber("+15551112222", "")})}}
	many := vocabulary{lists: map[string]*numberSet{"vip": few.lists["vip"], "long": newNumberSet(manyNumbers(5000))}}
	cases := map[string]bool{ // whether tenants with longer and shorter lists share it
		`call.from == "+13055550111" || call.bucket < 10`:       true,
		`call.from in list("vip") && now.hour > 8`:              true,
		`list("vip").exists(n, n == call.to)`:                   false,
		`size(list("vip")) == 3 && call.from in list("vip")`:    false,
		`["a", "b"].exists(w, w == call.trunk)`:                 true,
		`call.callerName.contains("Bob") && call.did != ""`:     true,
		`!(call.from in list("vip")) && call.to in list("vip")`: true,
	}
	for text, shared := range cases {
		first, mistakes := compileExpression(text, few)
		again, more := compileExpression(strings.Clone(text), few)
		other, others := compileExpression(text, many)
		if len(mistakes)+len(more)+len(others) > 0 {
			t.Errorf("%s: %v %v %v", text, mistakes, more, others)
			continue
		}
		if first.shared != again.shared || (first.shared == other.shared) != shared {
			t.Errorf("%s: shared by equal tenants %t, by unlike ones %t", text, first.shared == again.shared, first.shared == other.shared)
		}
	}
}

func manyNumbers(n int) []Number {
	numbers := make([]Number, n)
	for i := range numbers {
		numbers[i] = Number{kind: e164Number, text: fmt.Sprintf("+1555%07d", i)}
	}
	return numbers
}

// A shared expression does not give one tenant the names of another.
func TestNamesAreCheckedForEveryTenant(t *testing.T) {
	text := `call.from in list("vip") && schedule("office").isOpen && extension("1001").dnd`
	with := mistakenTenant()
	e, mistakes := compileExpression(text, with)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	_, mistakes = compileExpression(text, vocabulary{lists: map[string]*numberSet{"vop": newNumberSet(nil)}})
	told := make([]string, len(mistakes))
	for i, m := range mistakes {
		told[i] = fmt.Sprintf("%d %d %s (%s)", m.column, m.length, m.message, m.hint)
	}
	want := `18 5 no list "vip" (did you mean vop?)` + "\n" + `37 8 no schedule "office" (the tenant has no schedules)` + "\n" +
		`67 6 no extension "1001" (the tenant has no extensions)`
	if got := strings.Join(told, "\n"); got != want {
		t.Errorf("told\n%s\nwant\n%s", got, want)
	}
	runtime.KeepAlive(e)
}

func TestManyAtOnceCompileATextOnce(t *testing.T) {
	cache, compiled := newCache(), atomic.Int32{}
	slow := func(text string, class sizeClass) (*sharedExpression, []mistake) {
		compiled.Add(1)
		return compileShared(text, class)
	}
	var all sync.WaitGroup
	got := make([]*sharedExpression, 100)
	for i := range got {
		all.Go(func() { got[i], _ = cache.get(`call.anonymous && call.bucket < 7`, 3, slow) })
	}
	all.Wait()
	for _, e := range got {
		if e == nil || e != got[0] {
			t.Fatal("not the same one")
		}
	}
	if n := compiled.Load(); n != 1 {
		t.Errorf("compiled %d times", n)
	}
}

// What no plan uses any more is not held, and neither are mistakes.
func TestTheCacheHoldsNothingByItself(t *testing.T) {
	cache := newCache()
	kept, mistakes := cache.get(`call.bucket < 1000`, 1, compileShared)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	gone := make(chan struct{})
	func() {
		for i := range 100 {
			e, _ := cache.get(fmt.Sprintf("call.bucket < %d", i), 1, compileShared)
			if i == 0 {
				runtime.AddCleanup(e, func(c chan struct{}) { close(c) }, gone)
			}
			cache.get(fmt.Sprintf("call.bukket < %d", i), 1, compileShared)
		}
	}()
	if n := cache.held(); n > 101 {
		t.Errorf("%d texts are held, some with mistakes", n)
	}
	runtime.GC()
	<-gone // cleanups of one collection run in no order: the rest is forgotten by hand
	for i := range 100 {
		cache.forget(fmt.Sprintf("call.bucket < %d", i))
	}
	if n := cache.held(); n != 1 {
		t.Errorf("%d texts are held", n)
	}
	again, _ := cache.get(`call.bucket < 1000`, 1, compileShared)
	if again != kept {
		t.Error("what is in use was compiled again")
	}
	runtime.KeepAlive(kept)
}

func TestSizeClasses(t *testing.T) {
	for longest, want := range map[uint64]uint64{0: 1, 1: 1, 2: 3, 3: 3, 4: 7, 1000: 1023, 1023: 1023, 1024: 2047, 100_000: 131071} {
		if got := sizeClassOf(longest).longest(); got != want {
			t.Errorf("a list of %d counts as %d, want %d", longest, got, want)
		}
	}
}

func TestCheckedIsMadeAgain(t *testing.T) {
	e, mistakes := compileExpression(`call.from.inCountry("US") && call.bucket < 3`, vocabulary{})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	runtime.GC() // nobody has the checked form now
	checked, err := e.checked()
	if err != nil || !checked.IsChecked() {
		t.Errorf("checked: %v", err)
	}
}
