package keys

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
)

const (
	prefix    = "csk_live_"
	keyBytes  = 24 // 48 hexadecimal characters
	hintShown = 4
)

// New makes a key from 24 random bytes: csk_live_ and 48 hexadecimal
// characters.
func New(random io.Reader) (string, error) {
	b := make([]byte, keyBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", err
	}
	return prefix + hex.EncodeToString(b), nil
}

// Hash is what is kept of a key.
func Hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// hint is the end of a key, to tell keys apart.
func hint(key string) string { return key[max(0, len(key)-hintShown):] }

// Roles are all roles there are.
func Roles() []Role { return []Role{Superadmin, Admin, Readonly} }

// Valid tells whether the role is one of the closed set.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }
