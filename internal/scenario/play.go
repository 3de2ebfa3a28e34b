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
	p := &played{
		counts: &counts{before: uint64(s.Call.Turn)}, overrides: &overrides{fail: s.OverridesFail},
	}
	if err := p.play(ctx, s, directory, pipeline); err != nil {
		return nil, err
	}
	return sections(p, kept.calls()), nil
}

// played is what comes of a scenario beside its record.
type played struct {
	result    *esltest.Result
	counts    *counts
	overrides *overrides
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
func (p *played) play(ctx context.Context, s *Scenario, directory *routing.Directory, pipeline *record.Pipeline) error {
	listener := esltest.NewListener()
	standIn := s.standIn(directory)
	standIn.Dial = listener.Dial
	watch, err := newWatch(standIn, s.Unwatched)
	if err != nil {
		return err
	}
	router, err := s.router(standIn.Files)
	if err != nil {
		return err
	}
	router.Directory = func() *routing.Directory { return directory }
	router.Recorder, router.Phones, router.Tally, router.Overrides = pipeline, watch.switches, p.counts, p.overrides

	ctx, stop := context.WithCancel(ctx)
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
	p.result, err = standIn.Place(ctx, s.placed())
	stop()
	wg.Wait()
	return errors.Join(err, served, saved, heard)
}

// standIn is the switch as the file describes it.
func (s *Scenario) standIn(directory *routing.Directory) *esltest.Switch {
	standIn := &esltest.Switch{
		Name: "stand-in", Phones: s.phones(), OnCall: s.OnCall,
		Files: s.switchFiles(tenantOf(directory)), Engines: s.engines(),
	}
	if s.Unwritable {
		standIn.ReadOnly = []string{recordingFolder}
	}
	return standIn
}

// tenantOf is the id of the only tenant of a scenario.
func tenantOf(directory *routing.Directory) string {
	for _, t := range directory.Tenants() {
		return string(t.ID)
	}
	return ""
}

// router is one whose settings are the same in every scenario.
func (s *Scenario) router(files map[string]time.Duration) (*handlers.Router, error) {
	prompt, err := dialplan.ParsePrompt(confirmPrompt)
	if err != nil {
		return nil, err
	}
	recordings, err := dialplan.ParseFolder(recordingFolder)
	if err != nil {
		return nil, err
	}
	prompts, err := s.prompts(files)
	if err != nil {
		return nil, err
	}
	return &handlers.Router{
		Now: time.Now, Log: zerolog.Nop(), Perm: backwards,
		ConfirmPrompt: prompt, Prompts: prompts, Recordings: recordings,
	}, nil
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
