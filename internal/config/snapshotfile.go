package config

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"time"
)

// A snapshot is a first line, a number of its own, and sealed records: when it
// was taken and how many scopes follow, then a scope each. Every record is
// sealed with its place and the number, so none can be left out, put elsewhere
// or taken from another snapshot.
const snapshotMagic = "switchyard configuration 1\n"

var (
	errDamaged    = errors.New("it is damaged, or was written with another key")
	errNoSnapshot = errors.New("it is no snapshot of this version")
)

// maxRecord bounds one scope in a snapshot.
const maxRecord = 1 << 30

type snapshotHead struct {
	Version int64
	Taken   time.Time
	Scopes  int
}

type snapshotScope struct {
	Scope    string
	Revision int
	Objects  []Object
}

// recordSealer encrypts records with AES-256-GCM.
type recordSealer struct{ aead cipher.AEAD }

func newRecordSealer(key []byte) (*recordSealer, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("the secret key has %d bytes, not 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &recordSealer{aead}, err
}

// records writes or reads the records of one snapshot.
type records struct {
	*recordSealer
	number [16]byte // of the snapshot
	next   uint64
}

// place is what a record is sealed with, beside the key.
func (r *records) place() []byte {
	place := append([]byte("snapshot "), r.number[:]...)
	place = binary.BigEndian.AppendUint64(place, r.next)
	r.next++
	return place
}

func (r *records) write(w io.Writer, v any) error {
	var plain bytes.Buffer
	if err := gob.NewEncoder(&plain).Encode(v); err != nil {
		return err
	}
	nonce := make([]byte, r.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	sealed := r.aead.Seal(nonce, nonce, plain.Bytes(), r.place())
	if err := binary.Write(w, binary.BigEndian, uint64(len(sealed))); err != nil {
		return err
	}
	_, err := w.Write(sealed)
	return err
}

func (r *records) read(from io.Reader, v any) error {
	var size uint64
	if err := binary.Read(from, binary.BigEndian, &size); err != nil {
		return err
	}
	if size < uint64(r.aead.NonceSize()) || size > maxRecord {
		return errDamaged
	}
	// What is not there takes no memory, whatever its length says.
	sealed, err := io.ReadAll(io.LimitReader(from, int64(size)))
	if err != nil {
		return err
	}
	if uint64(len(sealed)) != size {
		return errDamaged
	}
	n := r.aead.NonceSize()
	plain, err := r.aead.Open(sealed[n:n], sealed[:n], sealed[n:], r.place())
	if err != nil {
		return errDamaged
	}
	return gob.NewDecoder(bytes.NewReader(plain)).Decode(v)
}

// writeState writes a snapshot.
func writeState(to io.Writer, sealer *recordSealer, s *state, now time.Time) error {
	w := bufio.NewWriterSize(to, 1<<16)
	r := &records{recordSealer: sealer}
	if _, err := rand.Read(r.number[:]); err != nil {
		return err
	}
	if _, err := w.WriteString(snapshotMagic); err != nil {
		return err
	}
	if _, err := w.Write(r.number[:]); err != nil {
		return err
	}
	if err := r.write(w, snapshotHead{s.version, now, len(s.scopes)}); err != nil {
		return err
	}
	for name, found := range s.scopes {
		if err := r.write(w, snapshotScope{name, found.revision, found.objects}); err != nil {
			return err
		}
	}
	return w.Flush()
}

// readState reads a snapshot, and when it was taken.
func readState(from io.Reader, sealer *recordSealer) (*state, time.Time, error) {
	b := bufio.NewReaderSize(from, 1<<16)
	magic := make([]byte, len(snapshotMagic))
	if _, err := io.ReadFull(b, magic); err != nil {
		return nil, time.Time{}, err
	}
	if string(magic) != snapshotMagic {
		return nil, time.Time{}, errNoSnapshot
	}
	r := &records{recordSealer: sealer}
	if _, err := io.ReadFull(b, r.number[:]); err != nil {
		return nil, time.Time{}, err
	}
	var head snapshotHead
	if err := r.read(b, &head); err != nil {
		return nil, time.Time{}, err
	}
	s := &state{version: head.Version, scopes: map[string]*scopeState{}}
	for range head.Scopes {
		var scope snapshotScope
		if err := r.read(b, &scope); err != nil {
			return nil, time.Time{}, err
		}
		s.scopes[scope.Scope] = &scopeState{scope.Revision, packed(scope.Objects)}
	}
	return s, head.Taken, nil
}
