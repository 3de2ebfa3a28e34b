package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"switchyard/internal/delivery"
)

// settings are how one server runs: what `serve --config FILE` reads. Every
// key can be given by the environment instead, as SWITCHYARD_ and the key's
// path: SWITCHYARD_ESL_LISTEN.
type settings struct {
	ESL struct {
		Listen      string   `yaml:"listen"`      // where FreeSWITCH connects
		Allow       []string `yaml:"allow"`       // addresses or networks of the switches; default loopback
		MaxSessions int      `yaml:"maxSessions"` // calls at once
	} `yaml:"esl"`
	HTTP struct {
		Listen string `yaml:"listen"` // health, metrics, commands
	} `yaml:"http"`
	Database string `yaml:"database"` // postgres://…; empty: SQLite in DataDir
	DataDir  string `yaml:"dataDir"`
	// OperatorKey opens the HTTP endpoint; empty: made once and kept in DataDir.
	OperatorKey string `yaml:"operatorKey"`
	// SecretKey (32 bytes, base64) encrypts stored secrets; empty: made once
	// and kept in DataDir.
	SecretKey string `yaml:"secretKey"`
	Webhooks  struct {
		Allow []string `yaml:"allow"` // inside addresses webhooks may go to: network:port
	} `yaml:"webhooks"`
	Log struct {
		Level  string `yaml:"level"`  // debug, info, warn, error
		Format string `yaml:"format"` // json, console
	} `yaml:"log"`
	Grace string `yaml:"grace"` // how long a stop waits for calls to end by themselves
}

func defaultSettings() settings {
	var s settings
	s.ESL.Listen = "127.0.0.1:8084"
	s.ESL.MaxSessions = 5000
	s.HTTP.Listen = "127.0.0.1:8080"
	s.DataDir = "./var"
	s.Log.Level = "info"
	s.Log.Format = "json"
	s.Grace = "5s"
	return s
}

// readSettings reads the file, if one is named, and lays the environment over
// it. Errors name the file's line and column.
func readSettings(file string, env func(string) string) (settings, error) {
	s := defaultSettings()
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return s, usage{fmt.Errorf("read settings: %w", err)}
		}
		err = yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&s)
		switch {
		case errors.Is(err, io.EOF): // it says nothing, all of it may be commented out
			s = defaultSettings()
		case err != nil:
			return s, badSettings(file, err)
		}
	}
	for name, target := range map[string]*string{
		"ESL_LISTEN": &s.ESL.Listen, "HTTP_LISTEN": &s.HTTP.Listen, "DATABASE": &s.Database, "DATADIR": &s.DataDir,
		"OPERATORKEY": &s.OperatorKey, "SECRETKEY": &s.SecretKey, "LOG_LEVEL": &s.Log.Level, "LOG_FORMAT": &s.Log.Format, "GRACE": &s.Grace,
	} {
		if v := env("SWITCHYARD_" + name); v != "" {
			*target = v
		}
	}
	for name, target := range map[string]*[]string{"ESL_ALLOW": &s.ESL.Allow, "WEBHOOKS_ALLOW": &s.Webhooks.Allow} {
		if v := env("SWITCHYARD_" + name); v != "" {
			*target = splitList(v)
		}
	}
	if v := env("SWITCHYARD_ESL_MAXSESSIONS"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return s, usage{fmt.Errorf("SWITCHYARD_ESL_MAXSESSIONS: %q is no whole number", v)}
		}
		s.ESL.MaxSessions = n
	}
	return s, nil
}

func splitList(text string) []string {
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

func badSettings(file string, err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		return usage{fmt.Errorf("%s:%d:%d: %s", file, p.Line, p.Column, at.GetMessage())}
	}
	return usage{fmt.Errorf("%s: %w", file, err)}
}

func (s settings) maxSessions() (int, error) {
	if s.ESL.MaxSessions < 1 {
		return 0, usage{fmt.Errorf("esl.maxSessions: %d is less than 1", s.ESL.MaxSessions)}
	}
	return s.ESL.MaxSessions, nil
}

func (s settings) allowedPeers() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range s.ESL.Allow {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p)
			continue
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, usage{fmt.Errorf("esl.allow: %q is neither an address nor a network (10.0.0.0/8)", text)}
		}
		out = append(out, netip.PrefixFrom(a, a.BitLen()))
	}
	return out, nil
}

func (s settings) webhookTargets() ([]delivery.Target, error) {
	var out []delivery.Target
	for _, text := range s.Webhooks.Allow {
		t, err := delivery.ParseTarget(text)
		if err != nil {
			return nil, usage{fmt.Errorf("webhooks.allow: %w", err)}
		}
		out = append(out, t)
	}
	return out, nil
}

func (s settings) grace() (time.Duration, error) {
	d, err := time.ParseDuration(s.Grace)
	if err != nil || d < 0 {
		return 0, usage{fmt.Errorf("grace: %q is no duration (5s, 1m)", s.Grace)}
	}
	return d, nil
}

// operatorKey gives the key of the HTTP endpoint, making one on first use.
func (s settings) operatorKey() (string, error) {
	if s.OperatorKey != "" {
		return s.OperatorKey, nil
	}
	return keptSecret(filepath.Join(s.DataDir, "operator.key"), func() string {
		return "csk_live_" + hex.EncodeToString(randomBytes(24))
	})
}

// secretKey gives the key that encrypts stored secrets, making one on first use.
func (s settings) secretKey() ([]byte, error) {
	text := s.SecretKey
	if text == "" {
		var err error
		if text, err = keptSecret(filepath.Join(s.DataDir, "secret.key"), func() string {
			return base64.StdEncoding.EncodeToString(randomBytes(32))
		}); err != nil {
			return nil, err
		}
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != 32 {
		return nil, usage{errors.New("secretKey: it must be 32 bytes in base64; `openssl rand -base64 32` makes one")}
	}
	return key, nil
}

func keptSecret(path string, fresh func() string) (string, error) {
	if text, err := os.ReadFile(path); err == nil {
		return strings.TrimSpace(string(text)), nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	text := fresh()
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep %s: %w", path, err)
	}
	return text, nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the process instead
	return b
}

// usage marks an error the person at the command can fix: exit code 2.
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }
