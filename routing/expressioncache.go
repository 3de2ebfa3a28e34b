package routing

import (
	"math/bits"
	"runtime"
	"strings"
	"sync"
	"weak"
)

// expressions are the compiled expressions of all plans.
var expressions = expressionCache{texts: map[string]*cachedText{}}

// expressionCache holds one compiled form of every text for as long as a plan
// uses it: ten thousand tenants with the same rule have it once. It keeps none of
// them alive by itself. Safe for concurrent use.
type expressionCache struct {
	mu    sync.Mutex
	texts map[string]*cachedText
}

// cachedText are the forms of one text.
type cachedText struct {
	text  string
	users int // of the entry at the moment; under expressionCache.mu
	// mu is held while the text is compiled, so that many who want it at once
	// compile it once. Who holds it is one of users.
	mu    sync.Mutex
	forms map[sizeClass]weak.Pointer[sharedExpression]
}

// sizeClass is how long lists are that an expression goes through, for its cost:
// they have fewer than 2^sizeClass numbers. It is 0 where the cost depends on no
// list's length.
type sizeClass uint8

func sizeClassOf(longest uint64) sizeClass { return sizeClass(max(1, bits.Len64(longest))) }

// longest is the length that a list is taken to have.
func (c sizeClass) longest() uint64 { return 1<<c - 1 }

// get gives what compile makes of a text, which nobody has compiled yet who still
// uses it. A text with mistakes is not held.
func (c *expressionCache) get(text string, class sizeClass, compile func(string, sizeClass) (*sharedExpression, []mistake)) (*sharedExpression, []mistake) {
	entry := c.enter(text)
	text = entry.text
	defer c.leave(entry)
	entry.mu.Lock()
	defer entry.mu.Unlock()
	for _, form := range []sizeClass{0, class} {
		if e := entry.forms[form].Value(); e != nil {
			return e, nil
		}
	}
	e, mistakes := compile(text, class)
	if len(mistakes) > 0 {
		return e, mistakes
	}
	if !e.sized {
		class = 0
	}
	entry.forms[class] = weak.Make(e)
	runtime.AddCleanup(e, c.forget, text)
	return e, nil
}

func (c *expressionCache) enter(text string) *cachedText {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.texts[text]
	if entry == nil {
		text = strings.Clone(text) // and not the whole file it is in
		entry = &cachedText{text: text, forms: map[sizeClass]weak.Pointer[sharedExpression]{}}
		c.texts[text] = entry
	}
	entry.users++
	return entry
}

func (c *expressionCache) leave(entry *cachedText) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry.users--
	c.prune(entry)
}

// forget is called some time after the last plan that used a form is gone.
func (c *expressionCache) forget(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry := c.texts[text]; entry != nil {
		c.prune(entry)
	}
}

// prune drops what nobody uses any more of an entry that nobody is at.
func (c *expressionCache) prune(entry *cachedText) {
	if entry.users > 0 {
		return // the last of them prunes it
	}
	for class, form := range entry.forms {
		if form.Value() == nil {
			delete(entry.forms, class)
		}
	}
	if len(entry.forms) == 0 {
		delete(c.texts, entry.text)
	}
}

// held is how many texts are in the cache.
func (c *expressionCache) held() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.texts)
}
