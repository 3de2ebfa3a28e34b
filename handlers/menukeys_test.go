package handlers_test

import (
	"strings"
	"testing"
	"time"
)

const backToMenu = `
tenant: acme
extensions:
  - {extension: "1001", exits: {no-answer: {route: ivr, target: main}}}
dids: [{number: "+13055550100", inboundRoute: ivr, routeTarget: main}]
ivrMenus:
  - {name: main, greeting: {tone: "%(500,0,440)"}, digits: {"1": {route: extension, target: "1001"}, "2": {route: voicemail, target: "1001"}}}
`

// Keys behind a choice that led to a phone are no choice when the call comes
// back to the menu.
func TestKeysBehindAChoiceAreForgotten(t *testing.T) {
	began := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	before := began.Add(-time.Millisecond)
	c, s := &caller{now: began, keys: []press{{before, '1'}, {before, '2'}}}, &steps{}
	routerOf(directory(t, operator, backToMenu), c, s).Serve(t.Context(), c, inbound)
	var went []string
	for _, step := range s.all {
		went = append(went, string(step.Destination.Route)+" "+string(step.Outcome))
	}
	if got := strings.Join(went, ", "); got != "ivr chosen, extension no-answer, ivr no-input" {
		t.Error(got)
	}
}
