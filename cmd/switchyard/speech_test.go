package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchyard/internal/config"
	"switchyard/internal/speech"
	"switchyard/routing"
)

const spoken = `
tenant: acme
ivrMenus:
  - name: main
    greeting: {file: main.wav, text: Welcome to Acme., voice: f2}
    invalidPrompt: {tone: "%(200,100,440)"}
    language: de
    digits: {"1": {route: extension, target: "1001"}}
    exits: {no-input: {route: extension, target: "1001"}}
`

// second is a file with a second of silence.
func second() []byte {
	var b bytes.Buffer
	b.WriteString("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(16000))
	b.Write(make([]byte, 16000))
	return b.Bytes()
}

// Texts of menus are rendered when they are published, without any call.
func TestPublishedTextsAreRendered(t *testing.T) {
	t.Parallel()
	said := filepath.Join(t.TempDir(), "said") // what the command copies: it waits until somebody writes there
	if err := syscall.Mkfifo(said, 0o600); err != nil {
		t.Fatal(err)
	}
	s := defaultSettings()
	s.DataDir, s.Grace = t.TempDir(), "1s"
	s.ESL.Listen, s.HTTP.Listen = "127.0.0.1:0", "127.0.0.1:0"
	s.Speech.Command = []string{"cp", said, "{file}"}
	s.Speech.Folder, s.Speech.SwitchFolder = filepath.Join(t.TempDir(), "speech"), "/srv/speech"
	srv := startServer(t, s)
	configure(t, srv, "https://crm.example.com")
	if _, err := srv.holder.Apply(t.Context(), config.Request{Files: []routing.File{{Name: "menus.yaml", Data: []byte(spoken)}}}); err != nil {
		t.Fatal(err)
	}
	to, err := os.OpenFile(said, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Write(second()); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	file, err := srv.speech.Render(ctx, "Welcome to Acme.", "de", "f2")
	if err != nil || !strings.HasPrefix(file, "/srv/speech/") {
		t.Fatalf("%s, %v", file, err)
	}
	if info, err := os.Stat(filepath.Join(s.Speech.Folder, filepath.Base(file))); err != nil || info.Size() != 16044 {
		t.Errorf("%v, %v", info, err)
	}
	_, body := get(t, "http://"+srv.httpListener.Addr().String()+"/metrics")
	for _, want := range []string{`switchyard_speech_texts_total{result="rendered"} 1`, `switchyard_speech_seconds_count 1`} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics do not show %s", want)
		}
	}
	plan, _ := srv.holder.Directory().Plan("acme")
	texts := slices.Collect(spokenTexts(srv.holder.Directory()))
	if !slices.Equal(texts, []speech.Text{{Tenant: string(plan.Tenant().ID), Text: "Welcome to Acme.", Language: "de", Voice: "f2"}}) {
		t.Errorf("%+v", texts)
	}
	srv.stop(t)
}

func TestSpeechSettings(t *testing.T) {
	s := defaultSettings()
	if o, err := s.speech(); err != nil || len(o.Command) != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	if p, err := s.prompts(); err != nil || p.Folder.String() != "/var/lib/switchyard/prompts" || p.Engine.String() != "" || p.Speech != nil {
		t.Errorf("%+v, %v", p, err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	s.DataDir, s.Speech.SwitchFolder = "./var", "/srv/speech/"
	s.Speech.Command, s.Speech.Engine, s.Speech.Voice = []string{"espeak-ng", "-w", "{file}", "-v", "{language}+{voice}"}, "flite", "kal"
	o, err := s.speech()
	if err != nil || o.Folder != filepath.Join(here, "var", "speech") || o.SwitchFolder != "/srv/speech" || o.Voice != "kal" {
		t.Errorf("%+v, %v", o, err)
	}
	if p, err := s.prompts(); err != nil || p.Engine.String() != "flite" || p.Voice.String() != "kal" {
		t.Errorf("%+v, %v", p, err)
	}
	s.Speech.Folder, s.Speech.SwitchFolder = "/srv/own", ""
	if o, err = s.speech(); err != nil || o.Folder != "/srv/own" || o.SwitchFolder != "/srv/own" {
		t.Errorf("%+v, %v", o, err)
	}
}

// What a phone sets is kept under the phone's name.
func TestPhonesOverrides(t *testing.T) {
	t.Parallel()
	s := defaultSettings()
	s.DataDir, s.Grace = t.TempDir(), "1s"
	s.ESL.Listen, s.HTTP.Listen = "127.0.0.1:0", "127.0.0.1:0"
	srv := startServer(t, s)
	configure(t, srv, "https://crm.example.com")
	if _, err := srv.holder.Apply(t.Context(), config.Request{Files: []routing.File{{Name: "hours.yaml", Data: []byte(pageHours)}}}); err != nil {
		t.Fatal(err)
	}
	plan, _ := srv.holder.Directory().Plan("acme")
	tenant, until := plan.Tenant().ID, time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	kept := overrides{srv.holder}
	if err := kept.Override(t.Context(), tenant, "extension 1001", routing.Override{Schedule: "office", State: routing.OverrideOpen, Until: until}); err != nil {
		t.Fatal(err)
	}
	plan, _ = srv.holder.Directory().Plan("acme")
	if h, ok := plan.Hours("office", time.Now()); !ok || !h.Open || h.Override == nil || h.Override.By != "extension 1001" {
		t.Errorf("%+v", h)
	}
	if err := kept.ClearOverride(t.Context(), tenant, "extension 1001", "office"); err != nil {
		t.Fatal(err)
	}
	plan, _ = srv.holder.Directory().Plan("acme")
	if h, _ := plan.Hours("office", time.Now()); h.Override != nil {
		t.Errorf("%+v", h)
	}
	if err := kept.Override(t.Context(), tenant, "extension 1001", routing.Override{Schedule: "factory"}); err == nil {
		t.Error("a schedule that is not there was overridden")
	}
	srv.stop(t)
}
