package keys

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// ErrInvalid means that a key opens nothing: it is wrong, revoked or no key at
// all. Which of these is not told.
var ErrInvalid = errors.New("the key is not valid")

// usedEvery is how fresh the last use of a key is kept.
const usedEvery = time.Minute

// usesWaiting bounds the uses that are to be noted; more are noted next time.
const usesWaiting = 64

// Guard tells whose a key is. Safe for concurrent use.
type Guard struct {
	store    Store
	operator [sha256.Size]byte
	none     bool // there is no operator's key
	now      func() time.Time
	uses     chan use

	mu    sync.Mutex
	noted map[string]time.Time // last use by id, as far as it is told to the store
}

type use struct {
	id string
	at time.Time
}

// NewGuard makes a guard over the keys of a store and the operator's key, which
// is in no store; "" if there is none.
func NewGuard(store Store, operatorKey string, now func() time.Time) *Guard {
	return &Guard{
		store: store, operator: sha256.Sum256([]byte(operatorKey)), none: operatorKey == "", now: now,
		uses: make(chan use, usesWaiting), noted: map[string]time.Time{},
	}
}

// Operator is what the operator's key is known as.
const Operator = "operator"

// Check gives the key; ErrInvalid if it opens nothing. Every key that is not
// the operator's takes the same way, whether it is right or wrong: one hash
// and one look into the store.
func (g *Guard) Check(ctx context.Context, key string) (Key, error) {
	sum := sha256.Sum256([]byte(key))
	if subtle.ConstantTimeCompare(sum[:], g.operator[:]) == 1 && !g.none {
		return Key{ID: Operator, Name: Operator, Role: Superadmin}, nil
	}
	k, err := g.store.KeyByHash(ctx, Hash(key))
	switch {
	case errors.Is(err, ErrUnknown):
		return Key{}, ErrInvalid
	case err != nil:
		return Key{}, fmt.Errorf("look a key up: %w", err)
	case !k.RevokedAt.IsZero() || !k.Role.Valid():
		return Key{}, ErrInvalid
	}
	g.used(k)
	return k, nil
}

// used has the use of a key noted, at most once a minute, without waiting.
func (g *Guard) used(k Key) {
	now := g.now().UTC().Truncate(usedEvery)
	g.mu.Lock()
	defer g.mu.Unlock()
	if !k.LastUsedAt.Before(now) || !g.noted[k.ID].Before(now) {
		return
	}
	select {
	case g.uses <- use{k.ID, now}:
		g.noted[k.ID] = now
	default:
	}
}

// notedWithin bounds noting one use; the store may hang.
const notedWithin = 5 * time.Second

// Run notes the uses of keys until the context ends. What cannot be noted is
// logged and given up.
func (g *Guard) Run(ctx context.Context, log zerolog.Logger) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case u := <-g.uses:
			noting, cancel := context.WithTimeout(ctx, notedWithin)
			err := g.store.KeyUsed(noting, u.id, u.at)
			cancel()
			if err != nil && ctx.Err() == nil {
				log.Warn().Err(err).Str("key", u.id).Msg("the last use of a key could not be noted")
			}
		}
	}
}
