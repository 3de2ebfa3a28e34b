package rig

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// cachedPrompts gives the folder with the prompts that list names, made once
// a machine and list.
func cachedPrompts(ctx context.Context, list string) (string, error) {
	text, err := os.ReadFile(list)
	if err != nil {
		return "", fmt.Errorf("read the list of prompts: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "switchyard-prompts", fmt.Sprintf("%x", sha256.Sum256(text))[:16])
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("look for made prompts: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", fmt.Errorf("make prompts: %w", err)
	}
	half, err := os.MkdirTemp(filepath.Dir(dir), "half-")
	if err != nil {
		return "", fmt.Errorf("make prompts: %w", err)
	}
	defer func() { _ = os.RemoveAll(half) }()
	if err := MakePrompts(ctx, list, half); err != nil {
		return "", err
	}
	if err := os.Rename(half, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make prompts: %w", err)
	}
	return dir, nil
}

// MakePrompts writes the prompts of the file list into dir: spoken by
// espeak-ng, or, where that is not installed, a tone as long as the words.
// A line of the list is a file name, a tab, and what is said.
func MakePrompts(ctx context.Context, list, dir string) error {
	f, err := os.Open(list)
	if err != nil {
		return fmt.Errorf("make prompts: %w", err)
	}
	defer func() { _ = f.Close() }()
	_, noVoice := exec.LookPath("espeak-ng")
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") || lines.Text() == "" {
			continue
		}
		name, words, ok := strings.Cut(lines.Text(), "\t")
		if !ok || !filepath.IsLocal(name) {
			return fmt.Errorf("make prompts: %s: bad line %q", list, lines.Text())
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("make prompts: %w", err)
		}
		if noVoice != nil {
			err = os.WriteFile(path, ToneWAV(440, time.Duration(60*len(words))*time.Millisecond), 0o644)
		} else {
			err = speak(ctx, words, path)
		}
		if err != nil {
			return fmt.Errorf("make prompt %s: %w", name, err)
		}
	}
	return lines.Err()
}

// speak writes words as a WAV file, at a telephone's 8 kHz where sox is
// installed; FreeSWITCH plays other rates too.
func speak(ctx context.Context, words, path string) error {
	if out, err := exec.CommandContext(ctx, "espeak-ng", "-v", "en", "-s", "190", "-w", path, words).CombinedOutput(); err != nil {
		return fmt.Errorf("espeak-ng: %w: %s", err, out)
	}
	if _, err := exec.LookPath("sox"); err != nil {
		return nil
	}
	low := path + ".8k.wav"
	if out, err := exec.CommandContext(ctx, "sox", path, "-r", "8000", "-c", "1", low).CombinedOutput(); err != nil {
		return fmt.Errorf("sox: %w: %s", err, out)
	}
	return os.Rename(low, path)
}

// ToneWAV is a WAV file, 16 bit mono 8 kHz, of a tone of whole milliseconds.
func ToneWAV(hz float64, length time.Duration) []byte {
	samples := 8 * int(length.Milliseconds())
	b := make([]byte, 0, 44+2*samples)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+2*samples))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1) // PCM
	b = binary.LittleEndian.AppendUint16(b, 1) // mono
	b = binary.LittleEndian.AppendUint32(b, 8000)
	b = binary.LittleEndian.AppendUint32(b, 16000)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*samples))
	for i := range samples {
		v := 8000 * math.Sin(2*math.Pi*hz*float64(i)/8000)
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(v)))
	}
	return b
}
