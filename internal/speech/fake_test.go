package speech

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

// The test binary is the command itself when it is told so.
func TestMain(m *testing.M) {
	if log := os.Getenv("FAKE_SPEECH_LOG"); log != "" && len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "fake-") {
		os.Exit(fake(log, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

// fakeRun is what a run of the command was given.
type fakeRun struct {
	Words  []string
	Input  string
	Secret string
}

// fake does what its first word says; the second one is the file.
func fake(log string, words []string) int {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return 9
	}
	line, err := json.Marshal(fakeRun{words, string(input), os.Getenv("SWITCHYARD_SECRETKEY") + os.Getenv("PGPASSWORD")})
	if err != nil {
		return 9
	}
	f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 9
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return 9
	}
	switch words[0] {
	case "fake-fail":
		os.Stderr.WriteString("no such\nvoice\x1b[2J\xff\n")
		return 3
	case "fake-hang": // with a child, that holds the pipe open as long as it lives
		hold, err := os.OpenFile(os.Getenv("FAKE_SPEECH_PIPE"), os.O_WRONLY, 0)
		if err != nil {
			return 9
		}
		child := exec.Command(os.Args[0], "fake-child", "")
		child.ExtraFiles = []*os.File{hold}
		if child.Start() != nil {
			return 9
		}
		forever()
	case "fake-child":
		forever()
	case "fake-leave": // a child that holds its output open, and is done
		child := exec.Command(os.Args[0], "fake-child", "")
		child.Stderr = os.Stderr
		if child.Start() != nil {
			return 9
		}
	case "fake-no": // fails for texts that say so, and for a language
		if strings.HasPrefix(string(input), "no") || slices.Contains(words, "xx") {
			return 3
		}
	case "fake-wait": // says that it runs, and goes on when it is told to
		gate := os.Getenv("FAKE_SPEECH_PIPE")
		if started, err := os.OpenFile(gate+".started", os.O_WRONLY, 0); err != nil {
			return 9
		} else if _, err := started.WriteString("x"); err != nil {
			return 9
		}
		wait, err := os.Open(gate)
		if err != nil {
			return 9
		}
		if _, err := wait.Read(make([]byte, 1)); err != nil {
			return 9
		}
	case "fake-write":
		return writeFile(words[1], []byte(os.Getenv("FAKE_SPEECH_OUTPUT")))
	case "fake-remove":
		if os.Remove(words[1]) != nil {
			return 9
		}
		return 0
	}
	return writeFile(words[1], wave(800))
}

func writeFile(path string, data []byte) int {
	if os.WriteFile(path, data, 0o600) != nil {
		return 9
	}
	return 0
}

func forever() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	<-asked
}

// wave is a file with so many bytes of samples.
func wave(n int) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(n))
	b.Write(make([]byte, n))
	return b.Bytes()
}

// rig is a renderer with the fake for a command.
type rig struct {
	*Renderer
	t     *testing.T
	runs  string // file with a line for each run of the command
	log   bytes.Buffer
	mu    sync.Mutex
	clock time.Time
	told  []error // what Observe was told
}

func newRig(t *testing.T, command ...string) *rig {
	t.Helper()
	g := &rig{t: t, runs: filepath.Join(t.TempDir(), "runs"), clock: time.Now()}
	t.Setenv("FAKE_SPEECH_LOG", g.runs)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // with the race detector a process waits a second before it ends
	var err error
	g.Renderer, err = Open(Options{
		Command: append([]string{os.Args[0]}, command...), Folder: filepath.Join(t.TempDir(), "speech"), SwitchFolder: "/srv/speech/", Voice: "kal",
		Log: zerolog.New(&g.log), Now: g.now,
		Observe: func(_ time.Duration, err error) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.told = append(g.told, err)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

func (g *rig) now() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.clock
}

func (g *rig) later(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.clock = g.clock.Add(d)
}

// ran gives what every run of the command was given.
func (g *rig) ran() (all []fakeRun) {
	g.t.Helper()
	text, err := os.ReadFile(g.runs)
	if err != nil && !os.IsNotExist(err) {
		g.t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var r fakeRun
		if err := json.Unmarshal(line, &r); err != nil {
			g.t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// files gives what is in the folder, parts included.
func (g *rig) files() (names []string) {
	g.t.Helper()
	entries, err := os.ReadDir(g.opts.Folder)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}

// pipe makes a named pipe for the fake and gives its path.
func (g *rig) pipe(suffix string) string {
	g.t.Helper()
	path := filepath.Join(filepath.Dir(g.runs), "pipe")
	g.t.Setenv("FAKE_SPEECH_PIPE", path)
	if err := syscall.Mkfifo(path+suffix, 0o600); err != nil {
		g.t.Fatal(err)
	}
	return path + suffix
}

// both makes a named pipe and gives both of its ends.
func (g *rig) both(suffix string) *os.File {
	g.t.Helper()
	f, err := os.OpenFile(g.pipe(suffix), os.O_RDWR, 0)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { f.Close() })
	return f
}
