package api

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/record"
)

const live = "5e4e4000-0000-4000-8000-000000000001"

// withCall gives an endpoint that knows of a call of acme's.
func withCall(t *testing.T, status handlers.Status) *endpoint {
	e := newEndpoint(t)
	// Late in the evening of a day that is over in UTC.
	e.records.calls = []record.Call{{ID: live, TenantID: acme, Switch: "sw1", Status: status, StartedAt: time.Date(2026, 11, 19, 20, 0, 0, 0, time.FixedZone("", -5*3600))}}
	return e
}

func TestARecordingIsPausedAndResumed(t *testing.T) {
	e := withCall(t, handlers.StatusActive)
	for body, paused := range map[string]bool{`{"action":"pause"}`: true, `{"action":"resume"}`: false} {
		e.switches.asked = nil
		for _, as := range []string{e.admin, operatorKey} {
			if got := given[RecordingState](e, e.as(as, "POST", "/api/calls/"+live+"/recording", body), 200); got.Paused != paused {
				t.Errorf("%s: %+v", body, got)
			}
		}
		one := "sw1 " + live + " /var/lib/voip-recordings/" + acme + "/2026/11/20/" + live + ".wav " + map[bool]string{true: "true", false: "false"}[paused]
		if diff := cmp.Diff([]string{one, one}, e.switches.asked); diff != "" {
			t.Error(diff)
		}
	}
	if log := e.log.String(); !strings.Contains(log, `"by":"crm","paused":true`) {
		t.Errorf("the log does not say who did what: %s", log)
	}
}

func TestRecordingsThatCannotBePaused(t *testing.T) {
	const pause = `{"action":"pause"}`
	for name, c := range map[string]struct {
		change func(*endpoint)
		code   int
		name   string
		says   string
	}{
		"it is over":          {func(e *endpoint) { e.records.calls[0].Status = handlers.StatusCompleted }, 409, "conflict", "the call is over"},
		"it is not recorded":  {func(e *endpoint) { e.switches.err = record.ErrNotRecording }, 409, "conflict", "not being recorded"},
		"another switch":      {func(e *endpoint) { e.switches.err = record.ErrNoSuchSwitch }, 409, "conflict", "the setting switches"},
		"no switches":         {func(e *endpoint) { e.server.Recordings = nil }, 409, "conflict", "not being recorded"},
		"nothing is recorded": {func(e *endpoint) { e.server.RecordingsFolder = dialplan.Folder{} }, 409, "conflict", "not being recorded"},
		"the switch is away":  {func(e *endpoint) { e.switches.err = &record.Unreachable{Err: errors.New("10.1.2.3:8021")} }, 503, "switch_unavailable", "does not answer"},
		"the store is away":   {func(e *endpoint) { e.records.err = errors.New("10.1.2.3:5432") }, 503, "store_unavailable", "try again"},
		"nobody has the call": {func(e *endpoint) { e.records.calls = nil }, 404, "not_found", "no such call"},
		"somebody else's":     {func(e *endpoint) { e.records.calls[0].TenantID = rival }, 404, "not_found", "no such call"},
	} {
		t.Run(name, func(t *testing.T) {
			e := withCall(t, handlers.StatusActive)
			c.change(e)
			f := e.refused(e.as(e.admin, "POST", "/api/calls/"+live+"/recording", pause), c.code, c.name)
			if !strings.Contains(f.Message, c.says) || strings.Contains(f.Error(), "10.1.2.3") {
				t.Errorf("%+v", f)
			}
		})
	}
	e := withCall(t, handlers.StatusActive)
	e.refused(e.as(e.admin, "POST", "/api/calls/"+live+"/recording", `{"action":"stop"}`), 422, "invalid")
	e.refused(e.as(e.admin, "POST", "/api/calls/"+live+"/recording", `{}`), 422, "invalid")
	if len(e.switches.asked) > 0 {
		t.Errorf("%q", e.switches.asked)
	}
}
