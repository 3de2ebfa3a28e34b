package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// snapshots keeps the configuration of the moment in a file. A nil one keeps
// nothing.
type snapshots struct {
	path   string
	sealer *recordSealer
	due    chan struct{} // has an element when there is something new
	failed atomic.Pointer[error]
}

func newSnapshots(path string, key []byte) (*snapshots, error) {
	if path == "" {
		return nil, nil
	}
	sealer, err := newRecordSealer(key)
	if err != nil {
		return nil, fmt.Errorf("snapshot of the configuration: %w", err)
	}
	return &snapshots{path: path, sealer: sealer, due: make(chan struct{}, 1)}, nil
}

// changed notes that the file is behind.
func (s *snapshots) changed() {
	if s == nil {
		return
	}
	select {
	case s.due <- struct{}{}:
	default:
	}
}

func (s *snapshots) failure() error {
	if s != nil {
		if err := s.failed.Load(); err != nil {
			return *err
		}
	}
	return nil
}

// restBetween is how many times as long as writing the file took it is left
// alone, and least and most of that: it is for starts without the store, and may be
// some seconds behind.
const (
	restBetween = 30
	leastRest   = time.Second
	mostRest    = time.Minute
)

// keepSnapshot writes the file after each change, until the context ends, and
// then once more if it is behind.
func (h *Holder) keepSnapshot(ctx context.Context, log zerolog.Logger) {
	s := h.snapshots
	if s == nil {
		return
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-s.due:
			rest := h.writeSnapshot(log)
			select {
			case <-ctx.Done():
			case <-time.After(rest):
			}
		}
	}
	select {
	case <-s.due:
		h.writeSnapshot(log)
	default:
	}
}

// writeSnapshot writes the file, and gives how long it is to be left alone.
func (h *Holder) writeSnapshot(log zerolog.Logger) time.Duration {
	s := h.snapshots
	if h.stale.Load() != nil {
		return leastRest // it is what the file says, with its own time
	}
	began := time.Now()
	err := s.write(h.current.Load().state, h.now())
	switch was := s.failed.Load(); {
	case err == nil:
		s.failed.Store(nil)
	case was == nil:
		log.Error().Err(err).Msg("the snapshot of the configuration cannot be written")
		fallthrough
	default:
		s.failed.Store(&err)
		s.changed()
	}
	return min(max(restBetween*time.Since(began), leastRest), mostRest)
}

// write puts a new file in place of the old one.
func (s *snapshots) write(state *state, now time.Time) error {
	f, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("make the snapshot of the configuration: %w", err)
	}
	err = writeState(f, s.sealer, state, now)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the snapshot of the configuration: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// fromSnapshot has calls routed by the file, and gives when it was written.
func (h *Holder) fromSnapshot() (time.Time, error) {
	f, err := os.Open(h.snapshots.path)
	if err != nil {
		return time.Time{}, fmt.Errorf("start from the snapshot: %w", err)
	}
	defer f.Close() // nothing was written
	state, taken, err := readState(f, h.snapshots.sealer)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errDamaged
	}
	if err == nil {
		err = h.reset(state)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("start from the snapshot %s: %w", h.snapshots.path, err)
	}
	return taken, nil
}
