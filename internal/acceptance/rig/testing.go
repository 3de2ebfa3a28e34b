package rig

import (
	"context"
	"strings"
)

// T is the part of *testing.T that StartSwitch uses.
type T interface {
	Helper()
	Fatal(args ...any)
	Logf(format string, args ...any)
	Failed() bool
	Cleanup(func())
	TempDir() string
	Context() context.Context
}

// StartSwitch starts a FreeSWITCH that ends with the test. Without FreeSWITCH
// the test fails: an acceptance test that did not run has shown nothing. When
// the test fails, the end of the switch's log is in its output.
func StartSwitch(t T, opts Options) *Switch {
	t.Helper()
	if opts.Dir == "" {
		opts.Dir = t.TempDir()
	}
	s, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("FreeSWITCH's log ends:\n%s", strings.ToValidUTF8(s.LogTail(60), "?"))
		}
	})
	return s
}
