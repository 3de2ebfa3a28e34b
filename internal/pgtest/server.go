package pgtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// superuser of the test's server; nobody else can reach its socket.
const superuser = "postgres"

// Bounds of starting and stopping, generous for a loaded machine.
const (
	startWithin = time.Minute
	stopWithin  = 20 * time.Second
)

var errNoPostgres = errors.New("no PostgreSQL server found in PATH or /usr/lib/postgresql; " +
	"these tests need its programs initdb and postgres (Debian: apt-get install postgresql)")

// server is a PostgreSQL that listens on a Unix socket in a folder of its own.
type server struct {
	dir, bin string
	as       *syscall.Credential
	settings []string // more of the configuration, as name=value
	cmd      *exec.Cmd
	done     chan struct{} // closed when the process has ended
}

// forgetful is for a server that never has to come back. Its log of changes is
// kept short, as it may be in memory.
var forgetful = []string{"synchronous_commit=off", "max_wal_size=128MB"}

// startServer starts one in a new folder under parent; "" is the system's for
// temporary files.
func startServer(parent string, settings ...string) (*server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, "pgtest")
	if err != nil {
		return nil, fmt.Errorf("make the server's folder: %w", err)
	}
	s := &server{dir: dir, bin: bin, as: as, settings: settings}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// findBinaries gives the folder of the newest server, PATH first.
func findBinaries() (string, error) {
	if p, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(p); err == nil && hasInitdb(filepath.Dir(real)) {
			return filepath.Dir(real), nil
		}
	}
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	version := func(dir string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		return n
	}
	sort.Slice(dirs, func(i, j int) bool { return version(dirs[i]) > version(dirs[j]) })
	for _, d := range dirs {
		if hasInitdb(d) {
			return d, nil
		}
	}
	return "", errNoPostgres
}

func hasInitdb(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "initdb"))
	return err == nil
}

// unprivileged gives the user to run as: PostgreSQL refuses to run as root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres or nobody: %w", err)
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user %s: %w", u.Username, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func (s *server) start() error {
	if s.as != nil {
		if err := os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return fmt.Errorf("hand over the server's folder: %w", err)
		}
	}
	initdb := exec.Command(filepath.Join(s.bin, "initdb"), "-D", filepath.Join(s.dir, "data"), "-U", superuser, "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = s.dir, attributes(s.as)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s.launch()
}

func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	// A test binary that is killed must not leave a server behind.
	return &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGQUIT}
}

// launch starts the server on what its folder has and waits until it says that
// it is ready. Nothing is synced to disk: what was written outlives the server,
// not the machine.
func (s *server) launch() error {
	args := []string{"-D", filepath.Join(s.dir, "data"), "-k", s.dir}
	for _, setting := range append([]string{"listen_addresses=", "fsync=off", "full_page_writes=off",
		"shared_buffers=32MB", "max_connections=100"}, s.settings...) {
		args = append(args, "-c", setting)
	}
	s.cmd = exec.Command(filepath.Join(s.bin, "postgres"), args...)
	s.cmd.Dir, s.cmd.SysProcAttr = s.dir, attributes(s.as)
	s.done = make(chan struct{})
	log, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	cmd, done := s.cmd, s.done
	started, ready := make(chan error), make(chan error, 1)
	go func() {
		// The kernel sends the parent-death signal when the starting thread
		// ends, so this one stays for as long as the server runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			follow(log, ready)
			_ = cmd.Wait() // an immediate shutdown has an exit code of its own, which is fine
			close(done)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	select {
	case err := <-ready:
		return err
	case <-time.After(startWithin):
		return errors.Join(fmt.Errorf("postgres was not ready within %s", startWithin), s.kill())
	}
}

// follow reads the server's log to its end and tells once whether it is ready.
func follow(log io.Reader, ready chan<- error) {
	var seen bytes.Buffer
	told := false
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if told {
			continue
		}
		fmt.Fprintln(&seen, lines.Text())
		if strings.Contains(lines.Text(), "database system is ready to accept connections") {
			ready <- nil
			told = true
		}
	}
	if !told {
		ready <- fmt.Errorf("postgres ended before it was ready:\n%s", seen.String())
	}
}

func (s *server) kill() error {
	if err := s.cmd.Process.Kill(); err != nil {
		return err
	}
	<-s.done
	return nil
}

// halt ends the server at once (pg_ctl stop -m immediate): connections are cut,
// and the next start recovers as after a crash.
func (s *server) halt() error {
	err := s.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-s.done:
	case <-time.After(stopWithin):
		err = errors.Join(err, fmt.Errorf("postgres did not stop within %s", stopWithin), s.kill())
	}
	return err
}

// stop ends the server, there is nothing to keep, and removes its folder.
func (s *server) stop() error {
	var err error
	select {
	case <-s.done: // it was halted
	default:
		err = s.halt()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
