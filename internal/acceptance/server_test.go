//go:build acceptance

package acceptance

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"switchyard/internal/acceptance/rig"
	"switchyard/internal/pgtest"
)

// buildDir holds the server under test; TestMain makes and removes it.
var buildDir string

func TestMain(m *testing.M) { os.Exit(runIn(m)) }

// sideBySide is how many tests that may run at once do: they wait for phones,
// not for a processor.
const sideBySide = "16"

func runIn(m *testing.M) int {
	flag.Parse()
	if *speakTo != "" {
		return speak()
	}
	err := flag.Set("test.parallel", sideBySide)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if buildDir, err = os.MkdirTemp("", "switchyard-acceptance-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(buildDir)
	return pgtest.Run(m)
}

// binary builds the server once, for the first test that needs it.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "switchyard")
	if out, err := exec.Command("go", "build", "-o", path, "switchyard/cmd/switchyard").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return path, nil
})

// server is one running server with a data folder that outlives it.
type server struct {
	t        *testing.T
	binary   string
	settings string // file
	text     string // of it, but for the switches
	dataDir  string
	database string // a PostgreSQL's address; "": SQLite in dataDir
	eslAddr  string
	httpAddr string
	cmd      *exec.Cmd
	log      *lockedBuffer

	// Folders on the switch: prompts, a folder a tenant in each, and recordings.
	prompts, recordings string

	// The switch's inbound event socket, and mod_json_cdr.
	eslPort     int
	eslPassword string
	cdr         rig.CDR
}

// options are those of a switch that hands its calls to the server, tells it of
// every channel, and posts its records there.
func (s *server) options(carrier string) rig.Options {
	return rig.Options{Servers: s.eslAddr, Carrier: carrier, ESLPort: s.eslPort, ESLPassword: s.eslPassword, CDR: s.cdr}
}

// newServer prepares a server; start starts it. database is a PostgreSQL's
// address, or "" for SQLite.
func newServer(t *testing.T, webhookAddr, database string) *server {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := &server{
		t: t, binary: path, settings: filepath.Join(dir, "switchyard.yaml"), dataDir: filepath.Join(dir, "data"),
		database: database, eslAddr: freeAddr(t), httpAddr: freeAddr(t), log: &lockedBuffer{},
	}
	// A path on the switch is not as long as a test's name may be.
	media, err := os.MkdirTemp(buildDir, "media-")
	must(t, err)
	s.prompts, s.recordings = filepath.Join(media, "prompts"), filepath.Join(media, "recordings")
	s.eslPort, err = rig.FreePort()
	must(t, err)
	s.eslPassword = "event-socket-of-the-test"
	s.cdr = rig.CDR{URL: "http://" + s.httpAddr + "/switch/cdr", User: "switchyard", Password: "records-of-the-test", Folder: filepath.Join(dir, "json_cdr")}
	text := fmt.Sprintf("esl: {listen: %q}\nhttp: {listen: %q}\ndataDir: %q\ngrace: 2s\n", s.eslAddr, s.httpAddr, s.dataDir)
	text += fmt.Sprintf("cdr: {user: %q, password: %q, folders: [%q]}\n", s.cdr.User, s.cdr.Password, s.cdr.Folder)
	text += fmt.Sprintf("prompts: {folder: %q}\nrecordings: {folder: %q}\n", s.prompts, s.recordings)
	text += fmt.Sprintf("speech: {command: [%q, -speak-to, '{file}'], folder: %q, engine: flite, voice: kal}\n", os.Args[0], filepath.Join(media, "speech"))
	if database != "" {
		text += fmt.Sprintf("database: %q\n", database)
	}
	if webhookAddr != "" {
		host, port := splitAddr(webhookAddr)
		text += fmt.Sprintf("webhooks: {allow: [%q]}\n", host+"/32:"+port)
	}
	s.text = text
	s.watch(t, fmt.Sprintf("127.0.0.1:%d", s.eslPort))
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("the server's output:\n%s", s.log.tail(8000))
		}
	})
	return s
}

// servesWith makes it a server of the switch that another one is set up for.
func (s *server) servesWith(first *server) {
	s.text = strings.ReplaceAll(s.text, filepath.Dir(s.prompts), filepath.Dir(first.prompts))
	s.prompts, s.recordings = first.prompts, first.recordings
	s.eslPort, s.eslPassword = first.eslPort, first.eslPassword
}

// watch writes the settings so that the server watches the switch whose event
// socket is at addr, from its next start on.
func (s *server) watch(t *testing.T, addr string) {
	t.Helper()
	text := s.text + fmt.Sprintf("switches: [%q]\n", fmt.Sprintf("esl://:%s@%s", s.eslPassword, addr))
	must(t, os.WriteFile(s.settings, []byte(text), 0o600))
}

// start returns when the server says that it is ready.
func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command(s.binary, "serve", "--config", s.settings)
	s.cmd.Dir = s.t.TempDir()
	s.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SWITCHYARD_") })
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if res, err := http.Get("http://" + s.httpAddr + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.t.Fatalf("the server did not get ready:\n%s", s.log.tail(4000))
		}
	}
}

// stop asks the server to stop and waits for it.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("a clean stop ended with: %v", err)
	}
	s.cmd = nil
}

// kill ends the server as a crash does.
func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // gone already: what was wanted
	_ = s.cmd.Wait()         // "signal: killed"
	s.cmd = nil
}

// apply publishes configuration files through the server's own command.
func (s *server) apply(files ...string) {
	s.t.Helper()
	args := append([]string{"apply", "--server", "http://" + s.httpAddr, "--data-dir", s.dataDir, "--author", "test", "-m", "acceptance"}, files...)
	if out, err := exec.Command(s.binary, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("apply: %v\n%s", err, out)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := rig.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// lockedBuffer takes a process's output while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.b.String()
	return text[max(0, len(text)-n):]
}
