package recording

import (
	"os"
	"strings"
	"testing"
)

// The recordings of whole calls are worth something only while our server
// begins as they do: a scenario file, played with the server, says how it does.
func TestWholeCallsBeginAsOurServerDoes(t *testing.T) {
	text, err := os.ReadFile("../../../testdata/scenarios/extension-answered-callee-hangs-up.txtar")
	if err != nil {
		t.Fatal(err)
	}
	_, sent, found := strings.Cut(string(text), "-- sent --\n")
	if !found || !strings.HasPrefix(sent, strings.Join(greeting, "\n")+"\n") {
		t.Errorf("our server begins with\n%s\nand the recordings with\n%s\nRecord them anew: make capture", sent, strings.Join(greeting, "\n"))
	}
}
