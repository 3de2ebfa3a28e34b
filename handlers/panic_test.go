package handlers_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

// brokenBridge is a channel on which ringing somebody is a mistake of ours.
type brokenBridge struct{ ending }

func (b *brokenBridge) Execute(ctx context.Context, joined func(dialplan.Joined), actions ...dialplan.Action) (dialplan.Variables, error) {
	if actions[0].Application() == "bridge" {
		panic("a mistake")
	}
	return b.ending.Execute(ctx, joined, actions...)
}

// A mistake in one destination is its failure: the call goes on at its exit.
func TestAPanicOfADestinationTakesItsExit(t *testing.T) {
	const acme = `
tenant: acme
extensions:
  - {extension: "1001", exits: {failed: {route: voicemail, target: "1001"}}}
dids:
  - {number: "+13055550100", inboundRoute: extension, routeTarget: "1001"}
`
	d, told := directory(t, operator, acme), &notes{}
	router := &handlers.Router{Directory: func() *routing.Directory { return d }, Recorder: told, Now: time.Now, Log: zerolog.Nop()}
	router.Serve(t.Context(), &brokenBridge{ending{executed: dialplan.ErrHungUp}}, inbound)
	want := []string{
		"started routed", "step 1 extension 1001: ", "step 1 extension 1001: failed",
		"step 2 voicemail 1001: ", "step 2 voicemail 1001: caller-gone", "ended no_answer ORIGINATOR_CANCEL complete=false",
	}
	if diff := cmp.Diff(want, told.list); diff != "" {
		t.Error(diff)
	}
}
