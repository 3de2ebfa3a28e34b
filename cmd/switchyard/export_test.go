package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// Whoever waits longer than two seconds is told how far it is; whoever does not
// is told nothing.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told bytes.Buffer
		p := &progress{to: &told, next: time.Now().Add(progressEvery)}
		chunk := make([]byte, 500_000)
		for range 3 {
			if _, err := p.Write(chunk); err != nil {
				t.Error(err)
			}
		}
		if told.Len() > 0 {
			t.Errorf("told %q at once", &told)
		}
		time.Sleep(progressEvery + time.Millisecond)
		for range 3 {
			if _, err := p.Write(chunk); err != nil {
				t.Error(err)
			}
		}
		p.end()
		if got := told.String(); got != "\r2.0 MB\r3.0 MB, complete\n" {
			t.Errorf("told %q", got)
		}
	})
}

// A file appears whole or not at all, and one that was there stays.
func TestAnExportIsWholeOrNotThere(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "calls.csv")
	if err := writeWhole(name, strings.NewReader("first")); err != nil {
		t.Fatal(err)
	}
	broken := io.MultiReader(strings.NewReader("half of it"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if err := writeWhole(name, broken); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	text, err := os.ReadFile(name)
	if err != nil || string(text) != "first" {
		t.Errorf("%q, %v", text, err)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
	if err := writeWhole(filepath.Join(folder, "nowhere", "calls.csv"), strings.NewReader("x")); !errors.As(err, &usage{}) {
		t.Errorf("%v", err)
	}
}
