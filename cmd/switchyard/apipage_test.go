package main

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"switchyard/internal/api"
	"switchyard/internal/config"
	"switchyard/routing"
)

// pageHours is what the page shows and the demo's tenant has not.
const pageHours = `
tenant: acme
schedules:
  - name: office
    timezone: America/New_York
    schedules: [{days: [monday, tuesday, wednesday, thursday, friday], startTime: "09:00", endTime: "17:00"}]
    openAction: {route: extension, target: "1001"}
    afterHoursAction: {route: extension, target: "1002"}
ivrMenus:
  - {name: main, greeting: {file: main.wav}, digits: {"1": {route: extension, target: "1001"}}, exits: {no-input: {route: extension, target: "1001"}}}
`

// Every command of docs/api.md is run, in its order, in one shell, by somebody
// whose server had a call or two.
func TestAPIPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	receiver := newCRM(t, demoSecret)
	receiver.acceptFromNowOn()
	s := defaultSettings()
	s.DataDir, s.Grace = t.TempDir(), "1s"
	s.ESL.Listen, s.HTTP.Listen = "127.0.0.1:0", "127.0.0.1:0"
	s.Webhooks.Allow = []string{"127.0.0.1/32:" + port(receiver.server.Listener)}
	srv := startServer(t, s)
	configure(t, srv, receiver.server.URL)
	if _, err := srv.holder.Apply(t.Context(), config.Request{Files: []routing.File{{Name: "hours.yaml", Data: []byte(pageHours)}}}); err != nil {
		t.Fatal(err)
	}
	placeCalls(t, srv)
	receiver.await("the events of both calls", func(_, accepted []posted) bool {
		return len(of(accepted, answeredCall)) == 3 && len(of(accepted, blockedCall)) == 1
	})

	var script strings.Builder
	blocks := 0
	for _, block := range codeBlock.FindAllStringSubmatch(string(text), -1) {
		switch block[1] {
		case "sh":
			script.WriteString(block[2])
			blocks++
		case "json":
			sameRefusal(t, srv, block[2])
		}
	}
	if blocks < 6 {
		t.Errorf("only %d blocks of commands were found", blocks)
	}
	out := shell(t, srv, s.DataDir, script.String())
	for _, want := range []string{
		`"event":"call.started","callId":"` + answeredCall, // pulled with curl
		"call.ended      " + answeredCall,                  // and with the command
		"=> routed: inbound call",                          // explained
		`"hasSecret":true`, `"secret":"whsec_`, `"event":"test"`, `"statusCode":200`, `"replayed":0`, "deliveries are in line again",
		`{"extension":"1001","registered":null,"onCall":null,"skipped":null}`,
		`"always":{"number":"1002","ringSeconds":20,"confirm":true,"enabled":true},"busy":null,"no-answer":{"number":"1003"`,
		`"always":null,"busy":null,"no-answer":{"number":"1003"`, `"doNotDisturb":true`, "Do not disturb is off for extension 1001.",
		`"isOpen": `, `{"isOpen":false,"reason":"override","by":"crm"}`, `{"date":"2027-03-14","clocks":1,"parts":1}`, "extension 1002  crm", "Schedule office, times of America/New_York",
		`{"name":"main","digits":{"1":{"route":"extension","target":"1001"}}}`,
		`"match":"+13055550168"`, "\ntrue\n", "prefix +1900 is blocked (both)", "anonymous is not blocked (inbound)",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the commands do not show %s", want)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
	srv.stop(t)
}

// shell runs commands in a folder of its own, with the command on its PATH.
func shell(t *testing.T, srv *running, data, script string) string {
	t.Helper()
	folder := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(folder, commandName)); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "sh", "-eu", "-c", script)
	c.Dir = folder
	c.Env = append(os.Environ(), "PATH="+folder+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"SWITCHYARD_SERVER=http://"+srv.httpListener.Addr().String(), "SWITCHYARD_DATADIR="+data)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// sameRefusal compares the error the page shows with a real one.
func sameRefusal(t *testing.T, srv *running, shown string) {
	t.Helper()
	f := serverFlags{Server: "http://" + srv.httpListener.Addr().String(), Data: srv.settings.DataDir}
	var refused *refusedRequest
	if err := f.get(t.Context(), "/api/calls", url.Values{"limit": {"5000"}}, nil); !errors.As(err, &refused) {
		t.Fatalf("%v", err)
	}
	var want api.Failure
	if err := json.Unmarshal([]byte(shown), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, refused.Failure, cmpopts.IgnoreUnexported(api.Failure{})); diff != "" {
		t.Errorf("the page shows another error:\n%s", diff)
	}
}
