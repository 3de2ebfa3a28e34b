package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"switchyard/internal/api"
)

// serverFlags say which running server a command talks to.
type serverFlags struct {
	Server string `help:"Address of the server's HTTP endpoint." default:"http://127.0.0.1:8080" env:"SWITCHYARD_SERVER"`
	Key    string `help:"Key for it; default: the operator's key in --data-dir, on the server's own machine." env:"SWITCHYARD_KEY"`
	Data   string `name:"data-dir" help:"The server's data folder." default:"./var" env:"SWITCHYARD_DATADIR"`
}

// answerMost is the largest answer a command reads.
const answerMost = 64 << 20

// post sends in as JSON and reads the answer into out. A refusal comes back as
// *refusedRequest.
func (f serverFlags) post(ctx context.Context, path string, in, out any) error {
	key, err := f.key()
	if err != nil {
		return err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(f.Server, "/")+path, bytes.NewReader(body))
	if err != nil {
		return usage{fmt.Errorf("--server: %w", err)}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no answer from the server (is `switchyard serve` running? --server says where): %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerMost))
	if err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		refused := &refusedRequest{code: resp.StatusCode}
		if json.Unmarshal(text, &refused.Failure) != nil || refused.Failure.Error == "" {
			refused.Failure.Error = fmt.Sprintf("the server answered %s", resp.Status)
		}
		return refused
	}
	return json.Unmarshal(text, out)
}

func (f serverFlags) key() (string, error) {
	if f.Key != "" {
		return f.Key, nil
	}
	text, err := os.ReadFile(filepath.Join(f.Data, "operator.key"))
	if errors.Is(err, os.ErrNotExist) {
		return "", usage{fmt.Errorf("no key: give --key or SWITCHYARD_KEY, or run this where the server's data folder is (--data-dir, now %s)", f.Data)}
	}
	return strings.TrimSpace(string(text)), err
}

// refusedRequest is the server's no.
type refusedRequest struct {
	code int
	api.Failure
}

func (r *refusedRequest) Error() string { return r.Failure.Error }
