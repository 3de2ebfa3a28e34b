package jsoncdr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/record"
)

const (
	// mostFiles is how many files one pass over a folder reads.
	mostFiles = 500
	// listed is how many names are read from a folder at once.
	listed = 1000
	// settled is the age at which a file that cannot be read is not being
	// written any more.
	settled = 10 * time.Minute
	// hopeless is after how many failures in a row a pass ends: the store is
	// away then, and not one record bad.
	hopeless = 3

	defaultEvery = 10 * time.Second
)

// Folder imports what mod_json_cdr could not post and left in its err-log-dir.
// Two servers may read the same folder: a record that is taken twice is stored
// once.
type Folder struct {
	opts FolderOptions

	// Of the last passes, for the one goroutine that runs.
	failed map[string]bool // the sink did not take them: others go first
	kept   map[string]bool // taken, and could not be removed

	mu    sync.Mutex
	stats FolderStats
}

// FolderOptions of a Folder. Path, Sink and Log must be given.
type FolderOptions struct {
	Path  string
	Sink  Sink
	Log   zerolog.Logger
	Now   func() time.Time // default: time.Now
	Every time.Duration    // between two passes; default 10 s
}

// NewFolder makes a reader of a folder; Run reads it.
func NewFolder(o FolderOptions) *Folder {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every <= 0 {
		o.Every = defaultEvery
	}
	return &Folder{opts: o, failed: map[string]bool{}, kept: map[string]bool{}}
}

// FolderStats says how importing goes.
type FolderStats struct {
	Imported uint64 // files taken by the sink
	Bad      uint64 // files set aside as *.bad
	Waiting  int    // files left over after the last pass, at most 500 are counted
	ReadAt   time.Time
	Err      error // why the last pass did not do all
}

// Stats gives the state. Safe for concurrent use.
func (f *Folder) Stats() FolderStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stats
}

// Run reads the folder again and again until the context ends.
func (f *Folder) Run(ctx context.Context) {
	next := time.NewTimer(0)
	defer next.Stop()
	var before error
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		more, err := f.pass(ctx)
		if ctx.Err() != nil {
			return
		}
		f.note(err, before)
		before = err
		if more {
			next.Reset(0)
		} else {
			next.Reset(f.opts.Every)
		}
	}
}

// note logs when reading begins to fail, or fails for another reason, and when
// it works again.
func (f *Folder) note(err, before error) {
	f.mu.Lock()
	f.stats.ReadAt, f.stats.Err = f.opts.Now(), err
	f.mu.Unlock()
	switch {
	case err != nil && (before == nil || before.Error() != err.Error()):
		f.opts.Log.Warn().Err(err).Str("folder", f.opts.Path).Msg("call records that wait in the switch's folder are not all imported; tried again")
	case err == nil && before != nil:
		f.opts.Log.Info().Str("folder", f.opts.Path).Msg("call records of the switch's folder are imported again")
	}
}

// pass imports the oldest files. more: there were as many as one pass reads,
// and all went well.
func (f *Folder) pass(ctx context.Context) (more bool, err error) {
	root, err := os.OpenRoot(f.opts.Path)
	if err != nil {
		return false, fmt.Errorf("open the folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	files, err := f.oldest(root)
	if err != nil {
		return false, fmt.Errorf("list the folder: %w", err)
	}
	left, failures := len(files), 0
	var first error
	for _, file := range files {
		if ctx.Err() != nil || failures == hopeless {
			break
		}
		done, err := f.importFile(ctx, root, file)
		if done {
			left--
		}
		if err != nil && first == nil {
			first = fmt.Errorf("%s: %w", file.name, err)
		}
		if errors.Is(err, errNotStored) {
			failures++
		} else {
			failures = 0
		}
	}
	f.mu.Lock()
	f.stats.Waiting = left
	f.mu.Unlock()
	return left == 0 && len(files) == mostFiles, first
}

// file is one that may hold a record.
type file struct {
	name string
	info fs.FileInfo
}

// oldest gives the files to read, those first that the sink did not refuse.
// Memory is bounded, however many files there are.
func (f *Folder) oldest(root *os.Root) ([]file, error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	var files []file
	seen := map[string]bool{}
	for {
		entries, err := dir.ReadDir(listed)
		for _, e := range entries {
			if !spooled(e) {
				continue
			}
			if f.failed[e.Name()] || f.kept[e.Name()] {
				seen[e.Name()] = true
			}
			// Gone meanwhile: taken by another server.
			if info, err := e.Info(); err == nil && !f.kept[e.Name()] {
				files = append(files, file{e.Name(), info})
			}
		}
		files = f.first(files)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	forget(f.failed, seen)
	forget(f.kept, seen)
	return files, nil
}

// first keeps the files that one pass reads.
func (f *Folder) first(files []file) []file {
	slices.SortFunc(files, func(a, b file) int {
		if f.failed[a.name] != f.failed[b.name] {
			if f.failed[a.name] {
				return 1
			}
			return -1
		}
		if order := a.info.ModTime().Compare(b.info.ModTime()); order != 0 {
			return order
		}
		return strings.Compare(a.name, b.name)
	})
	return files[:min(len(files), mostFiles)]
}

func forget(names, seen map[string]bool) {
	for name := range names {
		if !seen[name] {
			delete(names, name)
		}
	}
}

// spooled tells whether mod_json_cdr can have made a file: of a name that it
// gives, and no link or pipe.
func spooled(e fs.DirEntry) bool {
	id, ok := strings.CutSuffix(e.Name(), ".cdr.json")
	if !ok || !e.Type().IsRegular() {
		return false
	}
	id = strings.TrimPrefix(id, "a_")
	if id == "" || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return id[0] != '.'
}

var errNotStored = errors.New("not stored")

// importFile imports one file. done: it is out of the way.
func (f *Folder) importFile(ctx context.Context, root *os.Root, at file) (done bool, err error) {
	report, err := read(root, at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil // another server took it
	case errors.Is(err, errMalformed):
		return f.setAside(root, at, err)
	case err != nil:
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, storing)
	defer cancel()
	if err := f.opts.Sink.Take(ctx, []record.Report{report}); err != nil {
		f.failed[at.name] = true
		return false, fmt.Errorf("%w: %w", errNotStored, err)
	}
	f.mu.Lock()
	f.stats.Imported++
	f.mu.Unlock()
	if err := root.Remove(at.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.kept[at.name] = true
		return false, fmt.Errorf("imported, but not removed: %w", err)
	}
	return true, nil
}

// read reads the record in a file. The file may have been exchanged since the
// folder was listed; then it is none.
func read(root *os.Root, at file) (record.Report, error) {
	if at.info.Size() > MaxBytes {
		return record.Report{}, fmt.Errorf("%w: it has %d bytes", errMalformed, at.info.Size())
	}
	now, err := root.Lstat(at.name)
	if err != nil {
		return record.Report{}, err
	}
	if !now.Mode().IsRegular() {
		return record.Report{}, fmt.Errorf("%w: it is no plain file any more", errMalformed)
	}
	in, err := root.Open(at.name)
	if err != nil {
		return record.Report{}, err
	}
	defer func() { _ = in.Close() }()
	text, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return record.Report{}, err
	}
	return Parse(text)
}

// setAside renames a file that will never be readable. A young one may just be
// being written: mod_json_cdr writes under the final name.
func (f *Folder) setAside(root *os.Root, at file, why error) (done bool, err error) {
	age := f.opts.Now().Sub(at.info.ModTime())
	if age.Abs() < settled {
		return false, nil
	}
	if err := root.Rename(at.name, at.name+".bad"); err != nil {
		return false, fmt.Errorf("set aside: %w", err)
	}
	f.mu.Lock()
	f.stats.Bad++
	f.mu.Unlock()
	f.opts.Log.Warn().Err(why).Str("folder", f.opts.Path).Str("file", at.name+".bad").Msg("a file in the switch's folder is no call record; it was set aside")
	return true, nil
}
