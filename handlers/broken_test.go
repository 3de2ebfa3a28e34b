package handlers_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

const spoken = `
tenant: acme
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
dids:
  - {number: "+13055550100", inboundRoute: ivr, routeTarget: main}
ivrMenus:
  - name: main
    greeting: {file: gone.wav, text: "One for Ann. Two for sales."}
    invalidPrompt: {file: gone.wav}
    digits: {"12": {route: extension, target: "1001"}, "2": {route: ivr, target: sales}, "3": {route: schedule, target: office}}
    set: {callerIdPrefix: MENU, tags: [menu], language: de-DE}
  - name: sales
    greeting: {tone: "%(500,0,440)"}
    earlyMedia: true
    bargeIn: false
    digits: {"8": {route: back}}
schedules:
  - name: office
    schedules: [{day: monday, startTime: "09:00", endTime: "17:00"}]
    openAction: {route: extension, target: "1001"}
    afterHoursAction: {route: extension, target: "1002"}
    overrideCode: {code: "*28", extensions: ["1001"]}
recording:
  policy: always
  announcement: {file: gone.wav, text: "This call is recorded."}
`

// The channel breaks at every operation there is, in every way: nothing more is
// done on it, the outcome says why, and the call is over or left, once.
func TestTheChannelBreaksWhenever(t *testing.T) {
	d := directory(t, operator, spoken)
	calls := map[string]struct {
		call routing.Call
		keys string // one a second
	}{
		"wrong keys, then an extension": {inbound, "9.....12"},
		"sub-menu and back":             {inbound, "2....8..."},
		"schedule":                      {inbound, "3"},
		"silence":                       {inbound, ""},
		"feature code":                  {fromPhone("*281"), ""},
		"outbound, announced":           {fromPhone("+13055550199"), ""},
	}
	for name, tt := range calls {
		for err, want := range map[error]routing.Outcome{
			dialplan.ErrHungUp: routing.CallerGone, dialplan.ErrLost: routing.LeftSession, dialplan.ErrLeft: routing.LeftSession,
			context.Canceled: routing.LeftSession,
		} {
			whole, _ := broken(t, d, tt.call, tt.keys, nil, 0)
			if whole.uses < 4 {
				t.Fatalf("%s: only %d operations", name, whole.uses)
			}
			for at := 1; at <= whole.uses; at++ {
				c, told := broken(t, d, tt.call, tt.keys, err, at)
				if len(c.after) > 0 {
					t.Errorf("%s: %v at operation %d: and then %v", name, err, at, c.after)
				}
				if n := len(told.all); n > 0 && told.all[n-1].Outcome != want {
					t.Errorf("%s: %v at operation %d: %+v", name, err, at, told.all)
				}
				if want := endings[err]; !slices.Equal(c.ended, want) && at > 1 {
					t.Errorf("%s: %v at operation %d: %v, want %v", name, err, at, c.ended, want)
				}
				if last := told.list[len(told.list)-1]; (last == "left") != (errors.Is(err, dialplan.ErrLost) || errors.Is(err, context.Canceled)) && at > 1 {
					t.Errorf("%s: %v at operation %d: %q", name, err, at, told.list)
				}
			}
		}
	}
}

// endings are what is done with a channel that broke.
var endings = map[error][]string{
	dialplan.ErrHungUp: {"hangup", "finish"},
	dialplan.ErrLost:   nil,
	dialplan.ErrLeft:   {"release", "watch"},
	context.Canceled:   nil,
}

func fromPhone(dialled string) routing.Call {
	c := inbound
	c.CallerNumber, c.AuthUser, c.AuthDomain, c.Dialled = "1001", "1001", "acme.example", dialled
	return c
}

func broken(t *testing.T, d *routing.Directory, call routing.Call, keys string, err error, at int) (*caller, *steps) {
	t.Helper()
	began := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	c := &caller{now: began, broken: err, at: at, files: map[string]time.Duration{}}
	for i, key := range []byte(keys) {
		if key != '.' {
			c.keys = append(c.keys, press{began.Add(time.Duration(i)*time.Second + time.Millisecond), key})
		}
	}
	told := &steps{}
	routerOf(d, c, told).Serve(t.Context(), c, call)
	return c, told
}

func routerOf(d *routing.Directory, c *caller, r handlers.Recorder) *handlers.Router {
	folder, err := dialplan.ParseFolder("/prompts")
	if err != nil {
		panic(err)
	}
	engine, err := dialplan.ParseVoice("flite")
	if err != nil {
		panic(err)
	}
	return &handlers.Router{
		Directory: func() *routing.Directory { return d }, Recorder: r, Now: func() time.Time { return c.now }, Log: zerolog.Nop(),
		Prompts: handlers.Prompts{Folder: folder, Engine: engine}, Recordings: folder, Overrides: kept{},
	}
}

// kept is a handlers.Overrides that keeps all.
type kept struct{}

func (kept) Override(context.Context, routing.TenantID, string, routing.Override) error { return nil }
func (kept) ClearOverride(context.Context, routing.TenantID, string, string) error      { return nil }
