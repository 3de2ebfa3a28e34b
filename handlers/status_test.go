package handlers

import (
	"testing"

	"switchyard/dialplan"
	"switchyard/routing"
)

func TestStatusOfACallerWhoHungUp(t *testing.T) {
	at := func(route routing.Route, out routing.Outcome, attempts ...Attempt) Step {
		return Step{Destination: routing.Destination{Route: route, Target: "x"}, Outcome: out, Attempts: attempts}
	}
	menu := at(routing.RouteIVR, routing.CallerGone)
	chosen := at(routing.RouteIVR, routing.Chosen)
	for name, tt := range map[string]struct {
		steps []Step
		want  Status
	}{
		"before anything":                  {nil, StatusCancelled},
		"in a menu":                        {[]Step{menu}, StatusAbandoned},
		"in a menu behind a schedule":      {[]Step{at(routing.RouteSchedule, routing.Open), menu}, StatusAbandoned},
		"in a sub-menu":                    {[]Step{chosen, menu}, StatusAbandoned},
		"while a menu's choice rings":      {[]Step{chosen, at(routing.RouteExtension, routing.CallerGone)}, StatusCancelled},
		"while it begins to ring":          {[]Step{chosen, at(routing.RouteExtension, "")}, StatusCancelled},
		"in a menu behind who rang":        {[]Step{at(routing.RouteExtension, routing.NoAnswer), menu}, StatusCancelled},
		"in a menu behind who was away":    {[]Step{at(routing.RouteExtension, routing.Unregistered), menu}, StatusAbandoned},
		"in a menu behind do-not-disturb":  {[]Step{at(routing.RouteExtension, routing.Busy, Attempt{Member: "x", Skipped: routing.SkipDoNotDisturb}), menu}, StatusAbandoned},
		"in a menu behind a group":         {[]Step{at(routing.RouteRingGroup, routing.NoAnswer, Attempt{Member: "x", Skipped: routing.SkipOnCall}, Attempt{Member: "y"}), menu}, StatusCancelled},
		"in a menu behind an empty group":  {[]Step{at(routing.RouteRingGroup, routing.NobodyAvailable), menu}, StatusAbandoned},
		"in a menu behind a mailbox":       {[]Step{at(routing.RouteVoicemail, routing.Ended), menu}, StatusCancelled},
		"in a menu behind a busy outsider": {[]Step{at(routing.RouteForward, routing.Busy), menu}, StatusCancelled},
		"behind a schedule alone":          {[]Step{at(routing.RouteSchedule, routing.Closed)}, StatusCancelled},
		"while it rings":                   {[]Step{at(routing.RouteExtension, routing.CallerGone)}, StatusCancelled},
	} {
		if got := CallerGoneStatus(tt.steps); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestFarewellOfMenusAndHours(t *testing.T) {
	for out, want := range map[routing.Outcome]struct {
		status Status
		cause  dialplan.HangupCause
	}{
		routing.NoInput:      {StatusNoAnswer, dialplan.NormalClearing},
		routing.Invalid:      {StatusNoAnswer, dialplan.NormalClearing},
		routing.TooManyTries: {StatusNoAnswer, dialplan.NormalClearing},
		routing.Open:         {StatusNoRoute, dialplan.ServiceUnavail},
		routing.Closed:       {StatusNoRoute, dialplan.ServiceUnavail},
		routing.Chosen:       {StatusFailed, dialplan.TemporaryFailure},
	} {
		if status, cause := farewell(Result{Outcome: out}); status != want.status || cause != want.cause {
			t.Errorf("%s: %s, %s", out, status, cause)
		}
	}
}
