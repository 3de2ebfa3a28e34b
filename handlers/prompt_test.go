package handlers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

const told = `
tenant: acme
extensions: [{extension: "1001"}]
dids: [{number: "+13055550100", inboundRoute: ivr, routeTarget: main}]
ivrMenus:
  - {name: main, greeting: {file: main.wav, text: "One for Ann."}, digits: {"1": {route: extension, target: "1001"}}, maxTimeouts: 10, maxTries: 20}
schedules:
  - name: office
    schedules: [{day: monday, startTime: "09:00", endTime: "17:00"}]
    openAction: {route: extension, target: "1001"}
    afterHoursAction: {route: voicemail, target: "1001"}
    overrideCode: {code: "*28", extensions: ["1001"]}
recording: {policy: always}
`

// renders is a handlers.Speech.
type renders func() (string, error)

func (r renders) Render(context.Context, string, string, string) (string, error) { return r() }

// What is not set up, or does not do what it should, is said in the step, once
// and within bounds, and the call goes on.
func TestWhatIsMissingIsSaid(t *testing.T) {
	failures := 0
	for name, tt := range map[string]struct {
		call  routing.Call
		keys  string
		setUp func(*handlers.Router)
		want  string // the note of the first step
	}{
		"no folder of prompts": {inbound, ".1", func(r *handlers.Router) { r.Prompts.Folder = dialplan.Folder{} },
			"prompt main.wav: there is no folder of prompts; the switch's speech engine does not speak; a tone was played instead"},
		"the same missing ten times": {inbound, "", func(*handlers.Router) {},
			"prompt main.wav is missing on the switch; the switch's speech engine does not speak; a tone was played instead"},
		"the rest of a file of 20 s": {inbound, "......................1", func(*handlers.Router) {}, ""},
		"no engine": {inbound, ".1", func(r *handlers.Router) { r.Prompts.Engine = dialplan.Voice{} },
			"prompt main.wav is missing on the switch; the text was not spoken: no speech engine is set up; a tone was played instead"},
		"a file no prompt can have": {inbound, ".1", func(r *handlers.Router) {
			r.Prompts.Speech = renders(func() (string, error) { return "${system touch /tmp/x}", nil })
		}, `prompt main.wav is missing on the switch; the text's file: ` + parseError("${system touch /tmp/x}") + `; the switch's speech engine does not speak; a tone was played instead`},
		"ever another failure": {inbound, "", func(r *handlers.Router) {
			r.Prompts.Speech = renders(func() (string, error) { failures++; return "", fmt.Errorf("failure %d", failures) })
		}, "prompt main.wav is missing on the switch; the text could not be made a file: failure 1; the switch's speech engine does not speak; a tone was played instead; " +
			"the text could not be made a file: failure 2; the text could not be made a file: failure 3; the text could not be made a file: failure 4; the text could not be made a file: failure 5"},
		"no overrides": {fromPhone("*281"), "", func(r *handlers.Router) { r.Overrides = nil },
			"the schedule is as it was: this server keeps no overrides"},
	} {
		began := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		c, s := &caller{now: began, files: map[string]time.Duration{}}, &steps{}
		if tt.want == "" {
			c.files["main.wav"] = 20100 * time.Millisecond
		}
		for i, key := range []byte(tt.keys) {
			if key != '.' {
				c.keys = append(c.keys, press{began.Add(time.Duration(i) * time.Second), key})
			}
		}
		r := routerOf(directory(t, operator, told), c, s)
		tt.setUp(r)
		r.Serve(t.Context(), c, tt.call)
		if diff := cmp.Diff(tt.want, s.all[0].Note); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if last := s.list[len(s.list)-1]; !strings.HasPrefix(last, "ended ") {
			t.Errorf("%s: %q", name, s.list)
		}
	}
}

func parseError(file string) string {
	_, err := dialplan.ParsePrompt(file)
	return fmt.Sprint(err)
}

// A call that cannot be recorded goes on without.
func TestWhyACallIsNotRecorded(t *testing.T) {
	odd := inbound
	odd.ID = "a b"
	for want, tt := range map[string]struct {
		call  routing.Call
		setUp func(*handlers.Router)
	}{
		"not recorded: there is no folder of recordings": {inbound, func(r *handlers.Router) { r.Recordings = dialplan.Folder{} }},
		"not recorded: " + channelError("a b"):           {odd, func(*handlers.Router) {}},
	} {
		c, s := &caller{keys: []press{{time.Time{}.Add(time.Second), '1'}}}, &steps{}
		r := routerOf(directory(t, operator, told), c, s)
		tt.setUp(r)
		r.Serve(t.Context(), c, tt.call)
		if len(s.all) < 2 || s.all[1].Note != want || s.all[1].Destination.Route != routing.RouteExtension {
			t.Errorf("%s: %+v", want, s.all)
		}
	}
}

func channelError(id string) string {
	_, err := dialplan.ParseChannelID(id)
	return fmt.Sprint(err)
}
