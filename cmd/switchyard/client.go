package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
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

// answerWithin is how long a command waits for an answer.
const answerWithin = time.Minute

// post sends in as JSON and reads the answer into out. A refusal comes back as
// *refusedRequest.
func (f serverFlags) post(ctx context.Context, path string, in, out any) error {
	return f.call(ctx, http.MethodPost, path, nil, in, out)
}

// get reads what is at a path into out.
func (f serverFlags) get(ctx context.Context, path string, query url.Values, out any) error {
	return f.call(ctx, http.MethodGet, path, query, nil, out)
}

// call makes one request; in and out may be nil.
func (f serverFlags) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	resp, err := f.open(ctx, method, path, query, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerMost))
	if err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, out)
}

// open makes a request and gives the answer, whose body the caller closes.
func (f serverFlags) open(ctx context.Context, method, path string, query url.Values, in any) (*http.Response, error) {
	key, err := f.key()
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(f.Server, "/")+path, body)
	if err != nil {
		return nil, usage{fmt.Errorf("--server: %w", err)}
	}
	req.Header.Set("Authorization", "Bearer "+key)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, &noAnswer{err}
	}
	if resp.StatusCode/100 != 2 {
		defer resp.Body.Close()
		return nil, readRefusal(resp)
	}
	return resp, nil
}

// noAnswer means that there was no server to answer.
type noAnswer struct{ err error }

func (n *noAnswer) Error() string {
	return fmt.Sprintf("no answer from the server (is `switchyard serve` running? --server says where): %v", n.err)
}

func (n *noAnswer) Unwrap() error { return n.err }

// refusalMost is the largest refusal a command reads.
const refusalMost = 1 << 20

func readRefusal(resp *http.Response) error {
	refused := &refusedRequest{code: resp.StatusCode}
	text, err := io.ReadAll(io.LimitReader(resp.Body, refusalMost))
	if err != nil || json.Unmarshal(text, &refused.Failure) != nil || refused.Failure.Message == "" {
		refused.Failure.Message = fmt.Sprintf("the server answered %s", resp.Status)
	}
	return refused
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

func (r *refusedRequest) Error() string { return r.Failure.Error() }

// asUsage marks a refusal that the person at the command can fix.
func asUsage(err error) error {
	var refused *refusedRequest
	if errors.As(err, &refused) && (refused.code == http.StatusUnprocessableEntity || refused.code == http.StatusBadRequest) {
		return usage{err}
	}
	return err
}
