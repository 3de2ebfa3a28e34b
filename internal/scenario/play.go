package scenario

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/config"
	"switchyard/internal/esl"
	"switchyard/internal/esl/esltest"
	"switchyard/internal/record"
	"switchyard/routing"
)

// Play plays the scenario and gives what came of it, section by section. It
// takes as long as the call takes by the clock: run it in a testing/synctest
// bubble.
func (s *Scenario) Play(ctx context.Context) (map[string]string, error) {
	directory, err := compile(s.Configuration)
	if err != nil {
		return nil, err
	}
	if wait := time.Until(s.Call.At) - watched; wait > 0 {
		timer := time.NewTimer(wait)
		<-timer.C
	}
	kept := &memory{}
	pipeline := record.New(kept, record.Options{EventID: counter("msg_")})
	counted := &counts{before: uint64(s.Call.Turn)}
	result, err := play(ctx, s, directory, pipeline, counted)
	if err != nil {
		return nil, err
	}
	return s.sections(result, kept.calls(), counted.all), nil
}

func compile(files []routing.File) (*routing.Directory, error) {
	_, directory, problems := routing.CompileFiles(files)
	if directory == nil {
		var all []error
		for _, p := range problems {
			all = append(all, errors.New(p.String()))
		}
		return nil, fmt.Errorf("the scenario's configuration is refused:\n%w", errors.Join(all...))
	}
	return directory, nil
}

// confirmPrompt is played to who has to accept a call.
const confirmPrompt = "accept.wav"

// watched is how long the server has watched the switch when the call comes.
const watched = time.Second

// play runs a whole server against the stand-in for the length of one call.
func play(ctx context.Context, s *Scenario, directory *routing.Directory, pipeline *record.Pipeline, tally handlers.Tally) (*esltest.Result, error) {
	ctx, stop := context.WithCancel(ctx)
	listener := esltest.NewListener()
	standIn := &esltest.Switch{Name: "stand-in", Dial: listener.Dial, Phones: s.phones(), OnCall: s.OnCall}
	watch, err := newWatch(standIn, s.Unwatched)
	if err != nil {
		stop()
		return nil, err
	}
	prompt, err := dialplan.ParsePrompt(confirmPrompt)
	if err != nil {
		stop()
		return nil, err
	}
	router := &handlers.Router{
		Directory:     func() *routing.Directory { return directory },
		Recorder:      pipeline,
		Now:           time.Now,
		Log:           zerolog.Nop(),
		Phones:        watch.switches,
		Tally:         tally,
		Perm:          backwards,
		ConfirmPrompt: prompt,
	}
	var wg sync.WaitGroup
	var served, saved, heard error
	wg.Go(func() { saved = pipeline.Run(ctx) })
	wg.Go(func() { heard = watch.run(ctx) })
	wg.Go(func() {
		server := &esl.Server{
			Handle: func(ctx context.Context, c *esl.Session) { router.Serve(ctx, c, c.Call()) },
			NewID:  counter("m"),
		}
		served = server.Serve(ctx, listener, time.Minute)
	})
	<-time.After(watched)
	result, err := standIn.Place(ctx, s.placed())
	stop()
	wg.Wait()
	return result, errors.Join(err, served, saved, heard)
}

// counts is what one call counted.
type counts struct {
	before uint64   // what anything was counted to before
	all    []string // kind and key, in order
}

// Add implements handlers.Tally.
func (c *counts) Add(_ routing.TenantID, what handlers.TallyKind, key string) uint64 {
	c.all = append(c.all, string(what)+" "+key)
	return c.before
}

// backwards is the one random order scenarios have.
func backwards(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = n - 1 - i
	}
	return order
}

func counter(prefix string) func() string {
	var mu sync.Mutex
	n := 0
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return prefix + strconv.Itoa(n)
	}
}

// memory is a record.Saver for one call.
type memory struct {
	mu      sync.Mutex
	changes []record.Change
}

// SaveCalls keeps the changes.
func (m *memory) SaveCalls(_ context.Context, changes []record.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changes = append(m.changes, changes...)
	return nil
}

func (m *memory) calls() []record.Change {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changes
}

var _ interface {
	Endpoint(routing.TenantID, string) (routing.Webhook, bool)
} = (*config.Holder)(nil)
