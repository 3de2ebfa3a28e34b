// Package speech renders texts to sound files with a command of the operator's,
// such as espeak-ng, and keeps the files: a text is rendered once, however many
// callers hear it.
//
// Texts are a tenant's and hostile. The command is started without a shell, and
// a text goes to its standard input and nowhere else.
package speech

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Options of a Renderer. Command, Folder and SwitchFolder must be given.
type Options struct {
	// Command is a program and its words. In each word {file}, {language} and
	// {voice} are replaced; it reads the text and writes a RIFF/WAVE file.
	Command      []string
	Folder       string // where files are written
	SwitchFolder string // the same folder as the switch sees it
	Voice        string // of texts that name none
	Log          zerolog.Logger
	Now          func() time.Time // default: time.Now
	// Observe is told of each time the command was run. May be nil.
	Observe func(took time.Duration, err error)
}

const (
	commandWithin  = 10 * time.Second
	commandsAtOnce = 2
	failedFor      = 30 * time.Second // a text is not tried again so soon
)

// Renderer renders texts. Safe for concurrent use.
type Renderer struct {
	opts   Options
	slots  chan struct{} // one for each command that runs
	expire func(context.Context) (context.Context, context.CancelFunc)
	most   int64 // bytes in the folder

	running context.Context // until Close
	stop    context.CancelFunc
	jobs    sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	busy    map[string]*rendering // by file name
	failed  map[string]failure
	bounded time.Time // when the folder was measured last
}

// rendering is a text that is being rendered; err is there once done is closed.
type rendering struct {
	done chan struct{}
	err  error
}

type failure struct {
	err   error
	until time.Time
}

// ErrClosed means that the server stops.
var ErrClosed = errors.New("no more text is rendered: the server stops")

// Open makes the folder, if need be, and removes files that nobody has heard for
// long, and the oldest if there are too many.
func Open(o Options) (*Renderer, error) {
	if len(o.Command) == 0 || o.Folder == "" || o.SwitchFolder == "" {
		return nil, errors.New("rendering speech needs a command and its folder")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	// FreeSWITCH reads the files, often as another user.
	if err := os.MkdirAll(o.Folder, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of rendered speech: %w", err)
	}
	r := &Renderer{opts: o, expire: expire, most: mostFolder, slots: make(chan struct{}, commandsAtOnce), busy: map[string]*rendering{}, failed: map[string]failure{}}
	r.running, r.stop = context.WithCancel(context.Background())
	return r, errors.Join(r.prune(), r.bound())
}

// expire bounds a command.
func expire(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, commandWithin)
}

// Close ends the commands that run and waits for them.
func (r *Renderer) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.jobs.Wait()
}

// Render gives the file of a text, as the switch sees it. Language and voice may
// be empty. A text that is not there yet is rendered; whoever does not wait for
// it (ctx) leaves it to the next caller. A failure is remembered for a while, so
// that a broken command is not started for every call.
func (r *Renderer) Render(ctx context.Context, text, language, voice string) (file string, err error) {
	j, err := r.job(text, language, voice)
	if err != nil {
		return "", err
	}
	if r.there(j.name) {
		return r.onSwitch(j.name), nil
	}
	b, err := r.begin(j)
	if err != nil {
		return "", err
	}
	select {
	case <-b.done:
	case <-ctx.Done():
		return "", fmt.Errorf("wait for a text to be rendered: %w", ctx.Err())
	}
	if b.err != nil {
		return "", b.err
	}
	return r.onSwitch(j.name), nil
}

func (r *Renderer) onSwitch(name string) string {
	return strings.TrimRight(r.opts.SwitchFolder, "/") + "/" + name
}

// begin has a text rendered, once for all who want it now.
func (r *Renderer) begin(j job) (*rendering, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b := r.busy[j.name]; b != nil {
		return b, nil
	}
	if r.closed {
		return nil, ErrClosed
	}
	now := r.opts.Now()
	if f, ok := r.failed[j.name]; ok && now.Before(f.until) {
		return nil, f.err
	}
	b := &rendering{done: make(chan struct{})}
	r.busy[j.name] = b
	r.jobs.Go(func() {
		b.err = r.carryOut(j)
		r.finished(j.name, b.err)
		close(b.done)
	})
	return b, nil
}

// failedLately tells that a text is not tried again yet.
func (r *Renderer) failedLately(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, ok := r.failed[name]
	return ok && r.opts.Now().Before(f.until)
}

// finished forgets a rendering, but for its failure.
func (r *Renderer) finished(name string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, name)
	now := r.opts.Now()
	for old, f := range r.failed {
		if !now.Before(f.until) {
			delete(r.failed, old)
		}
	}
	if err != nil && r.running.Err() == nil {
		r.failed[name] = failure{err, now.Add(failedFor)}
	}
}

// carryOut renders a text when it is its turn.
func (r *Renderer) carryOut(j job) error {
	select {
	case r.slots <- struct{}{}:
	case <-r.running.Done():
		return ErrClosed
	}
	defer func() { <-r.slots }()
	if r.there(j.name) { // rendered between the look and the turn
		return nil
	}
	began := r.opts.Now()
	err := r.render(j)
	took := r.opts.Now().Sub(began)
	if r.running.Err() != nil {
		return ErrClosed
	}
	if r.opts.Observe != nil {
		r.opts.Observe(took, err)
	}
	if err != nil {
		r.opts.Log.Error().Err(err).Str("command", r.opts.Command[0]).Dur("took", took).Msg("a text could not be rendered; it is not tried again for a while")
		return &failedCommand{err}
	}
	return nil
}

// failedCommand says no more than that: records have it, which tenants read, and
// what the command said is the operator's.
type failedCommand struct{ why error }

// Error implements error.
func (*failedCommand) Error() string { return "the speech command did not work" }

// Unwrap gives why, for the log.
func (f *failedCommand) Unwrap() error { return f.why }

func (r *Renderer) path(name string) string { return filepath.Join(r.opts.Folder, name) }
