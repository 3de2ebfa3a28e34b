package soak

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchyard/internal/esl/esltest"
	"switchyard/internal/pgtest"
)

var seedFlag = flag.Uint64("seed", 0, "repeat the choices of a run (also SOAK_SEED); 0 takes a new one")

func TestMain(m *testing.M) {
	// These tests wait more than they work, so more of them run at once than
	// there are processors; the flag of that name still counts.
	if err := flag.Set("test.parallel", "5"); err != nil {
		panic(err)
	}
	flag.Parse()
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir) // the server's binary, under the system's folder for such things
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// seed is printed with every failure.
func seed(t *testing.T) uint64 {
	s := *seedFlag
	if text := os.Getenv("SOAK_SEED"); s == 0 && text != "" {
		var err error
		if s, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SOAK_SEED: %v", err)
		}
	}
	if s == 0 {
		s = rand.Uint64()>>32 + 1
	}
	t.Logf("to repeat this run's choices: SOAK_SEED=%d go test -run '^%s$' ./internal/soak", s, t.Name())
	return s
}

// length is SOAK_MINUTES, or what a check can afford.
func length(t *testing.T, short time.Duration) time.Duration {
	text := os.Getenv("SOAK_MINUTES")
	if text == "" {
		return short
	}
	minutes, err := strconv.ParseFloat(text, 64)
	if err != nil || minutes <= 0 {
		t.Fatalf("SOAK_MINUTES: %q is no number of minutes", text)
	}
	return time.Duration(minutes * float64(time.Minute))
}

// hundred endpoints, as they are in life.
var hundred = map[behaviour]int{healthy: 75, slow: 5, flapping: 5, throttling: 5, refusing: 5, hanging: 5}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	database := pgtest.StartMortal(t)
	storm(t, length(t, 20*time.Second), 6, database)
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storm(t, length(t, 12*time.Second), 4, nil)
}

// scene is one server with all around it.
type scene struct {
	world    *world
	sinks    *sinks
	server   *server
	traffic  *traffic
	db       *sql.DB
	database *pgtest.Mortal // nil: SQLite
	outages  []outage
	troubles []string // what went wrong with starting and stopping
}

// set starts everything and publishes the configuration.
func set(t *testing.T, seed uint64, tenants int, kinds map[behaviour]int, database *pgtest.Mortal) *scene {
	t.Helper()
	dir, conf, spool := t.TempDir(), t.TempDir(), t.TempDir()
	s := &scene{database: database, world: newWorld(rand.New(rand.NewPCG(seed, 1)), tenants, kinds)}
	s.sinks = openSinks(t, s.world)
	s.world.write(t, conf)
	address := ""
	if database != nil {
		address = database.URL()
	}
	events, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.server = newServer(t, dir, "SWITCHYARD_DATABASE="+address, "SWITCHYARD_CDR_FOLDERS="+spool,
		"SWITCHYARD_SWITCHES=esl://:"+switchPassword+"@"+events.Addr().String())
	cdrs := &esltest.CDR{URL: "http://" + s.server.http + "/switch/cdr", User: cdrUser, Password: cdrPassword, Retries: 1, Delay: time.Second, PlainValues: true, Folder: spool}
	s.traffic = newTraffic(s.world, rand.New(rand.NewPCG(seed, 2)), s.server.esl, cdrs)
	s.serveEvents(t, events)
	if err := s.server.start(); err != nil {
		t.Fatal(err)
	}
	if err := s.server.apply(t.Context(), conf); err != nil {
		t.Fatal(err)
	}
	s.db = openDatabase(t, address, dir)
	return s
}

// serveEvents runs the switch's own event socket until the test is over.
func (s *scene) serveEvents(t *testing.T, l net.Listener) {
	served := make(chan error, 1)
	go func() { served <- s.traffic.sw.ServeInbound(l, switchPassword) }()
	t.Cleanup(func() {
		l.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// storm is a run: calls, and something killed every few seconds.
func storm(t *testing.T, length time.Duration, rate float64, database *pgtest.Mortal) {
	seed := seed(t)
	s := set(t, seed, 20, hundred, database)
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	calling := make(chan struct{})
	go func() {
		defer close(calling)
		s.traffic.run(ctx, rate)
	}()
	s.rage(ctx, rand.New(rand.NewPCG(seed, 3)))
	<-calling
	if len(s.outages) < 2 {
		t.Errorf("only %d outages: this run says nothing", len(s.outages))
	}
	// An endpoint that failed all the time is looked at again after at most five
	// minutes; in a short run pauses do not get that long.
	s.settle(t, time.Minute+min(length, 7*time.Minute))
}

// rage kills until ctx ends; it leaves everything running.
func (s *scene) rage(ctx context.Context, rng *rand.Rand) {
	for {
		wait := time.Second + time.Duration(rng.IntN(2000))*ms
		what, away := rng.IntN(4), time.Duration(rng.IntN(400))*ms
		if !rest(ctx, wait) {
			return
		}
		if over, err := s.server.over(); over {
			s.troubles = append(s.troubles, fmt.Sprintf("the server ended by itself: %v", err))
		}
		switch {
		case s.database == nil || what > 1:
			s.outage("server", func() { s.server.kill(); rest(ctx, away); s.start() })
		case what == 1:
			s.outage("database", func() { s.halt(); rest(ctx, away); s.restart() })
		default:
			s.outage("both", func() { s.halt(); s.server.kill(); rest(ctx, away); s.restart(); s.start() })
		}
	}
}

func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *scene) outage(what string, happens func()) {
	from := time.Now()
	happens()
	s.outages = append(s.outages, outage{what, from, time.Now()})
}

func (s *scene) note(err error) {
	if err != nil {
		s.troubles = append(s.troubles, err.Error())
	}
}

func (s *scene) start()   { s.note(s.server.start()) }
func (s *scene) halt()    { s.note(s.database.Halt()) }
func (s *scene) restart() { s.note(s.database.Restart()) }

// settle waits, within bounds, until all promises are kept, and then asks the
// oracle.
func (s *scene) settle(t *testing.T, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	s.sinks.calm.Store(true)
	began := time.Now()
	calls, err := s.traffic.wait(ctx)
	if calls == nil {
		t.Fatal(err)
	}
	s.note(err)
	e := &evidence{world: s.world, calls: calls, outages: s.outages}
	for {
		e.posts = s.sinks.log()
		if e.truth, err = readTruth(t.Context(), s.db); err != nil {
			t.Fatalf("read the database: %v", err)
		}
		if len(e.pending()) == 0 || !rest(ctx, 300*ms) {
			break
		}
	}
	t.Logf("settled within %v of the last kill", time.Since(began).Round(ms))
	s.note(s.server.stop())
	e.posts = s.sinks.log()
	if e.truth, err = readTruth(t.Context(), s.db); err != nil {
		t.Fatalf("read the database: %v", err)
	}
	for _, p := range calls {
		if p.err != nil && !errors.Is(p.err, context.Canceled) {
			s.troubles = append(s.troubles, fmt.Sprintf("%s: %v", p, p.err))
		}
	}
	s.report(t, e)
}

func (s *scene) report(t *testing.T, e *evidence) {
	t.Helper()
	t.Logf("%s\nCDRs %+v", e.figures(), s.traffic.sw.CDR.Counts())
	if len(e.truth.events) == 0 || len(e.posts) == 0 {
		t.Error("no events: this run says nothing")
	}
	broken := append(append(e.violations(), s.troubles...), s.server.complaints(t)...)
	for i, v := range broken {
		if i == 20 {
			t.Errorf("… and %d more", len(broken)-i)
			break
		}
		t.Error(v)
	}
}
