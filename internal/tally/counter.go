package tally

import (
	"container/list"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"switchyard/handlers"
	"switchyard/routing"
)

// maxKey is the most bytes of a key that count.
const maxKey = 256

// Options of a Counter. The zero value is ready to use.
type Options struct {
	// Server is the id of this process, a new one each time it starts. Default:
	// a random one.
	Server string
	Now    func() time.Time // default time.Now
	Log    zerolog.Logger   // default: nothing is logged

	Every     time.Duration // between two exchanges with the store; default 1 s
	Within    time.Duration // bounds one of them; default 10 s
	FlushFor  time.Duration // bounds the last one, at the stop; default 5 s
	MaxKeys   int           // kept in memory; default 10,000
	KeptFor   time.Duration // what is not counted for so long is deleted; default 400 days
	MaxAtOnce int           // keys stored in one transaction; default 500
}

// shareFrom is for clocks of servers that disagree, and for counts that were
// stored a while after they were counted.
const shareFrom = time.Minute

func (o *Options) setDefaults() {
	if o.Server == "" {
		o.Server = uuid.NewString()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	orElse(&o.Every, time.Second)
	orElse(&o.Within, 10*time.Second)
	orElse(&o.FlushFor, 5*time.Second)
	orElse(&o.MaxKeys, 10_000)
	orElse(&o.KeptFor, 400*24*time.Hour)
	orElse(&o.MaxAtOnce, 500)
}

func orElse[T comparable](v *T, value T) {
	if *v == *new(T) {
		*v = value
	}
}

// Counter counts in memory; Run keeps the counts in a store. What was counted
// in the second before the process is killed is lost, and nothing is ever
// counted twice. Safe for concurrent use.
type Counter struct {
	store Store
	opts  Options

	mu      sync.Mutex
	keys    map[Key]*list.Element // of order
	order   *list.List            // of *entry, the one counted last in front
	dropped uint64
	loaded  bool // what the store has was read once

	// Only Run's goroutine uses what follows.
	batch   int64
	unsaved []Count // the batch that may or may not have been stored
	failing bool
	purged  time.Time
}

var _ handlers.Tally = (*Counter)(nil)

// entry is what is known of a key.
type entry struct {
	Key
	stored  uint64 // the total in the store, when it was last told
	storing uint64 // on its way there
	pending uint64
	lastAt  time.Time
}

// New makes a Counter; nothing is stored until Run runs.
func New(store Store, opts Options) *Counter {
	opts.setDefaults()
	return &Counter{store: store, opts: opts, keys: map[Key]*list.Element{}, order: list.New()}
}

// Add implements handlers.Tally: the total that is known of the store, and what
// was counted here since. It begins at 0 when the store could not be read yet.
func (c *Counter) Add(tenant routing.TenantID, what handlers.TallyKind, key string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(Key{tenant, what, safeKey(key)})
	before := e.stored + e.storing + e.pending
	e.pending++
	e.lastAt = c.opts.Now()
	return before
}

// Dropped is how many counts were lost because the store was away for so long
// that there was no room for more keys.
func (c *Counter) Dropped() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// Waiting is how many keys have something that is not stored yet.
func (c *Counter) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for at := c.order.Front(); at != nil; at = at.Next() {
		if e := at.Value.(*entry); e.pending+e.storing > 0 {
			n++
		}
	}
	return n
}

// entry gives what is known of a key and puts it in front. Where there is no
// room, the key that was not counted for the longest time goes.
func (c *Counter) entry(k Key) *entry {
	if at, ok := c.keys[k]; ok {
		c.order.MoveToFront(at)
		return at.Value.(*entry)
	}
	if c.order.Len() >= c.opts.MaxKeys {
		old := c.order.Remove(c.order.Back()).(*entry)
		delete(c.keys, old.Key)
		c.dropped += old.pending // what is on its way still gets there
	}
	e := &entry{Key: k}
	c.keys[k] = c.order.PushFront(e)
	return e
}

// safeKey makes a key one that every store takes.
func safeKey(key string) string {
	if len(key) > maxKey {
		key = key[:maxKey]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(key, "\ufffd"), "\x00", "\ufffd")
}
