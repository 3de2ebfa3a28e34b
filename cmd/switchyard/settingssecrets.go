package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// cdrPassword gives the password of mod_json_cdr's posts, making one on first use.
func (s settings) cdrPassword() (string, error) {
	if s.CDR.Password != "" {
		return s.CDR.Password, nil
	}
	return keptSecret(filepath.Join(s.DataDir, "cdr.password"), func() string { return hex.EncodeToString(randomBytes(16)) })
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
