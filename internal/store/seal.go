package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// ErrNoKey means that an object holding a secret was to be stored or loaded by
// a store that was opened without a key.
var ErrNoKey = errors.New("a secret key is needed for objects that hold secrets")

// ErrWrongKey means that the database was written with another key.
var ErrWrongKey = errors.New("the secret key is not the one this database was written with")

// sealedPrefix cannot begin a JSON document, so a sealed body is told from a
// plain one by itself.
const sealedPrefix = "sealed:v1:"

// secretKinds are the kinds of objects whose body holds a secret.
var secretKinds = map[string]bool{"webhooks": true}

// sealer encrypts bodies with AES-256-GCM. One without a key refuses to.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (*sealer, error) {
	if len(key) == 0 {
		return &sealer{}, nil
	}
	if len(key) != 32 {
		return nil, fmt.Errorf("the secret key has %d bytes, not 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use the secret key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("use the secret key: %w", err)
	}
	return &sealer{aead: aead}, nil
}

// seal encrypts body. It opens again only for the same place, so that nobody
// who can write to the database moves a secret to another object.
func (s *sealer) seal(place string, body []byte) (string, error) {
	if s.aead == nil {
		return "", ErrNoKey
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(body)+s.aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("make a nonce: %w", err)
	}
	sealed := s.aead.Seal(nonce, nonce, body, []byte(place))
	return sealedPrefix + base64.StdEncoding.EncodeToString(sealed), nil
}

// open gives the body that was stored, decrypted if it was sealed.
func (s *sealer) open(place, stored string) ([]byte, error) {
	encoded, sealed := strings.CutPrefix(stored, sealedPrefix)
	if !sealed {
		return []byte(stored), nil
	}
	if s.aead == nil {
		return nil, ErrNoKey
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) < s.aead.NonceSize() {
		return nil, fmt.Errorf("sealed object %s is damaged", place)
	}
	n := s.aead.NonceSize()
	body, err := s.aead.Open(nil, raw[:n], raw[n:], []byte(place))
	if err != nil {
		return nil, fmt.Errorf("unseal object %s: %w", place, ErrWrongKey)
	}
	return body, nil
}

const keyCheck = "key_check"

// CheckKey refuses a key that is not the one the database, opened and migrated,
// was first opened with: found out now, not when the first webhook is to be
// signed.
func (s *Store) CheckKey(ctx context.Context, in Backend) error {
	if s.seal.aead == nil {
		return nil
	}
	mark, err := s.seal.seal(keyCheck, []byte(keyCheck))
	if err != nil {
		return err
	}
	return in.Write(ctx, func(q Querier) error {
		if _, err := q.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, keyCheck, mark); err != nil {
			return fmt.Errorf("store the mark of the secret key: %w", err)
		}
		var kept string
		if err := queryRow(ctx, q, `SELECT value FROM meta WHERE name = $1`, []any{keyCheck}, &kept); err != nil {
			return fmt.Errorf("read the mark of the secret key: %w", err)
		}
		_, err := s.seal.open(keyCheck, kept)
		return err
	})
}
