package loadtest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"switchyard/internal/acceptance/rig"
)

// Build compiles commands of this repository into dir, each under the last part
// of its path: "./cmd/switchyard" becomes dir/switchyard.
func Build(ctx context.Context, dir string, packages ...string) error {
	args := append([]string{"build", "-o", dir + string(filepath.Separator)}, packages...)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", strings.Join(packages, ", "), err, out)
	}
	return nil
}

// Options of a server under test.
type Options struct {
	Binary string
	// Dir is an existing folder for its settings, its data and its output.
	Dir string
	// ESLAddr is where it listens for the switch (host:port).
	ESLAddr string
	// Settings are lines of its settings file beside the addresses and the data
	// folder.
	Settings string
	// Files are the configuration that is applied, by file name.
	Files map[string]string
}

// Server is a Switchyard under test.
type Server struct {
	*Process
	httpAddr, dataDir string
}

// StartServer starts the server on a free HTTP port and applies its
// configuration. It returns when calls can come.
func StartServer(ctx context.Context, o Options) (*Server, error) {
	httpAddr, err := rig.FreeAddr()
	if err != nil {
		return nil, err
	}
	s := &Server{httpAddr: httpAddr, dataDir: filepath.Join(o.Dir, "data")}
	settings := filepath.Join(o.Dir, "settings.yaml")
	text := fmt.Sprintf("esl: {listen: %q}\nhttp: {listen: %q}\ndataDir: %q\n%s", o.ESLAddr, httpAddr, s.dataDir, o.Settings)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if s.Process, err = Launch(o.Dir, o.Binary, "serve", "--config", settings); err != nil {
		return nil, err
	}
	if err := s.ready(ctx, o); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) ready(ctx context.Context, o Options) error {
	if err := s.until(ctx, "the server does not get ready", s.saysReady); err != nil {
		return err
	}
	args := []string{"apply", "--server", "http://" + s.httpAddr, "--data-dir", s.dataDir}
	for name, text := range o.Files {
		file := filepath.Join(o.Dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
		args = append(args, file)
	}
	if out, err := exec.CommandContext(ctx, o.Binary, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("apply: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) saysReady() bool {
	res, err := http.Get("http://" + s.httpAddr + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close() // nothing of it is read
	return res.StatusCode == http.StatusOK
}

// Get asks the server's API with the operator's key ("/api/calls?tenantId=acme").
// The caller closes the answer's body; an answer that is not 200 is an error.
func (s *Server) Get(ctx context.Context, path string) (*http.Response, error) {
	key, err := os.ReadFile(filepath.Join(s.dataDir, "operator.key"))
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.httpAddr+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-API-Key", strings.TrimSpace(string(key)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, fmt.Errorf("GET %s: %s", path, res.Status)
	}
	return res, nil
}
