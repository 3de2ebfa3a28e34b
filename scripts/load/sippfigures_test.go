package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCountsAreOfTheLastLine(t *testing.T) {
	file := write(t, "StartTime;SuccessfulCall(C);FailedCall(C);\na;1;0;\nb;48;2;\n")
	ok, failed, err := counts(file)
	if err != nil || ok != 48 || failed != 2 {
		t.Errorf("counts %d, %d, %v; want 48, 2", ok, failed, err)
	}
	if _, _, err := counts(write(t, "StartTime;Other;\na;1;\n")); err == nil {
		t.Error("statistics without the columns were accepted")
	}
}

func TestDelaysComeSorted(t *testing.T) {
	got, err := readDelays(write(t, "Date_ms;response_time_ms;rtd_no\n1;28.5;1\n2;4;1\n3;76;1\n"))
	if err != nil || len(got) != 3 || got[0] != 4 || got[2] != 76 {
		t.Errorf("delays %v, %v", got, err)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "figures.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
