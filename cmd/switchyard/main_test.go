package main

import (
	"os"
	"path/filepath"
	"testing"

	"switchyard/internal/pgtest"
)

// The test binary is the command itself when it is called by that name, so
// that scripts run the real main in a process of its own.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == commandName {
		main()
	}
	pgtest.Main(m)
}
