package speech

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// headerBytes is the least a file with samples has in front of them.
const headerBytes = 44

// there tells that a text is rendered already, and marks its file as used. Files
// get their name when they are whole; one that a power cut emptied is none.
func (r *Renderer) there(name string) bool {
	info, err := os.Stat(r.path(name))
	if err != nil || !info.Mode().IsRegular() || info.Size() <= headerBytes {
		return false
	}
	if now := r.opts.Now(); now.Sub(info.ModTime()) > touchedEvery {
		if err := os.Chtimes(r.path(name), time.Time{}, now); err != nil {
			r.opts.Log.Debug().Err(err).Msg("a rendered text could not be marked as used")
		}
	}
	return true
}

// partPrefix begins the names of files that are being written. They end like the
// others: some commands go by that.
const partPrefix = "part-"

// maxFile is far more than the longest text takes.
const maxFile = 64 << 20

// keep gives a file that was written its name, if it is what it should be.
func (r *Renderer) keep(part, name string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open what the command wrote: %w", err)
	}
	err = errors.Join(checkWave(f), f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("look at what the command wrote: %w", err)
	}
	if err := r.bound(); err != nil { // the text can be heard all the same
		r.opts.Log.Warn().Err(err).Msg("the folder of rendered speech was not bounded")
	}
	return os.Rename(part, r.path(name))
}

var errNoWave = errors.New("it is no RIFF/WAVE file")

// checkWave tells whether a file is a RIFF/WAVE file with samples in it.
func checkWave(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return fmt.Errorf("it is no file of at most %d bytes", maxFile)
	}
	var head [12]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return errNoWave
	}
	at, format := int64(len(head)), false
	for {
		var chunk [8]byte
		if _, err := f.ReadAt(chunk[:], at); err != nil {
			return fmt.Errorf("%w with samples", errNoWave)
		}
		at += int64(len(chunk))
		// A command that writes to a pipe says more than there is.
		length := min(int64(binary.LittleEndian.Uint32(chunk[4:])), info.Size()-at)
		switch string(chunk[:4]) {
		case "fmt ":
			var has [16]byte
			_, err := f.ReadAt(has[:], at)
			format = err == nil && length >= 16 && binary.LittleEndian.Uint16(has[2:]) > 0 && binary.LittleEndian.Uint32(has[4:]) > 0
		case "data":
			if !format || length < 2 {
				return fmt.Errorf("%w with samples", errNoWave)
			}
			return nil
		}
		at += length + length%2
	}
}
