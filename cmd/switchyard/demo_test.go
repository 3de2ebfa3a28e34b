package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The demo plays every call as announced and is over within 15 seconds.
func TestDemo(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	began := time.Now()
	code := run([]string{"demo"}, terminal{&out, &errs, func(string) string { return "" }})
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s", took)
	}
	if code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, &errs, &out)
	}
	if want := fmt.Sprintf("All %d calls went as announced", len(demoCalls())); !strings.Contains(out.String(), want) {
		t.Errorf("it does not end with %q:\n%s", want, &out)
	}
	if errs.Len() > 0 {
		t.Errorf("it complains: %s", &errs)
	}
}
