package speech

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// render runs the command for a text and keeps what it wrote.
func (r *Renderer) render(j job) error {
	f, err := os.CreateTemp(r.opts.Folder, partPrefix+"*"+extension)
	if err != nil {
		return fmt.Errorf("make a file for a text: %w", err)
	}
	part := f.Name()
	defer func() { _ = os.Remove(part) }() // gone already if it was kept
	if err := f.Close(); err != nil {
		return err
	}
	words := slices.Clone(j.words)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "{file}", part)
	}
	ctx, cancel := r.expire(r.running)
	defer cancel()
	if err := run(ctx, words, j.text); err != nil {
		return err
	}
	return r.keep(part, j.name)
}

// run runs a command with a text as its input, and ends it and everything it
// started when the time is up.
func run(ctx context.Context, words []string, text string) error {
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Stdin = strings.NewReader(text + "\n")
	said := &tail{}
	c.Stderr = said
	c.Env = environment(os.Environ())
	c.WaitDelay = time.Second // for whoever keeps its output open
	inGroup(c)
	err := c.Run()
	endGroup(c)
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil // it succeeded, whoever it left behind held its output open
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return fmt.Errorf("%s took longer than %v", words[0], commandWithin)
	case said.String() != "":
		return fmt.Errorf("%s: %w: %s", words[0], err, said)
	default:
		return fmt.Errorf("%s: %w", words[0], err)
	}
}

// environment leaves out what is secret of ours: settings and the database's
// password.
func environment(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(v string) bool {
		return strings.HasPrefix(v, "SWITCHYARD_") || strings.HasPrefix(v, "PG")
	})
}

// tail keeps the last of what a command says, for the log.
type tail struct{ text []byte }

const tailBytes = 300

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if len(t.text) > tailBytes {
		t.text = bytes.Clone(t.text[len(t.text)-tailBytes:])
	}
	return len(p), nil
}

// String gives it in one line of printable characters.
func (t *tail) String() string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(string(t.text), "?")), " ")
}
