package speech

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	mostFolder   = 2 << 30             // bytes that files take together; less used ones go first
	boundedEvery = time.Minute         // at most; a folder of many files is not read for each new one
	unusedFor    = 90 * 24 * time.Hour // then a file goes
	touchedEvery = time.Hour           // so exact is when a file was used last
)

// abandonedAfter is when nobody writes to a part any more, another server with
// the same folder neither.
const abandonedAfter = time.Hour

// prune removes files that were not used for long and what a killed server left.
func (r *Renderer) prune() error {
	files, err := r.rendered()
	if err != nil {
		return err
	}
	now := r.opts.Now()
	for _, f := range files {
		unused := now.Sub(f.ModTime())
		if unused < unusedFor && (!isPart(f) || unused <= abandonedAfter) {
			continue
		}
		if err := r.remove(f); err != nil {
			return err
		}
	}
	return nil
}

// bound makes room in the folder, if it was not looked at just now: files that
// were not used for longest go. What is being written counts and stays, so a
// new file is bounded before it has its name.
func (r *Renderer) bound() error {
	if !r.boundNow() {
		return nil
	}
	files, err := r.rendered()
	if err != nil {
		return err
	}
	var all int64
	for _, f := range files {
		all += f.Size()
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if all <= r.most {
			return nil
		}
		if isPart(f) {
			continue
		}
		if err := r.remove(f); err != nil {
			return err
		}
		all -= f.Size()
	}
	return nil
}

// boundNow tells whether it is time to measure the folder.
func (r *Renderer) boundNow() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.opts.Now()
	if now.Sub(r.bounded) < boundedEvery {
		return false
	}
	r.bounded = now
	return true
}

// rendered gives the files in the folder that are ours, parts included.
func (r *Renderer) rendered() (files []fs.FileInfo, err error) {
	entries, err := os.ReadDir(r.opts.Folder)
	if err != nil {
		return nil, fmt.Errorf("look through rendered speech: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !strings.HasSuffix(e.Name(), extension) {
			continue // not ours, or gone
		}
		files = append(files, info)
	}
	return files, nil
}

func (r *Renderer) remove(f fs.FileInfo) error {
	if err := os.Remove(r.path(f.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove rendered speech: %w", err)
	}
	return nil
}

func isPart(f fs.FileInfo) bool { return strings.HasPrefix(f.Name(), partPrefix) }
