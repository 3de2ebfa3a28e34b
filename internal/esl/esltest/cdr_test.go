package esltest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A call whose server is away tries again after a pause, and gives up.
func TestLastResort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dials := 0
		sw := &Switch{SocketActions: 3, RetryPause: 2 * time.Second, LastResort: "NORMAL_TEMPORARY_FAILURE",
			Dial: func(context.Context) (net.Conn, error) { dials++; return nil, errors.New("refused") }}
		res, err := sw.Place(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		if dials != 3 || res.SIPStatus != 503 || !near(res.Duration, 4*time.Second) {
			t.Errorf("%d dials, SIP %d after %v", dials, res.SIPStatus, res.Duration)
		}
	})
}

// A call that was connected to somebody needs no pause, and ends as a
// conversation does.
func TestNoPauseAfterAConversation(t *testing.T) {
	sw := &Switch{SocketActions: 2, RetryPause: time.Minute, LastResort: "NORMAL_TEMPORARY_FAILURE",
		Phones: map[string][]Phone{"1001@a.test": {{Registered: true, HangupAfter: time.Second}}}}
	res := place(t, sw, alice, func(s *server) {
		s.begin()
		s.message("bridge", "user/1001@a.test", "")
		s.event("CHANNEL_BRIDGE")
		s.conn.Close()
	}, func(s *server) {
		s.do("connect")
		s.conn.Close()
	})
	if res.Connections != 2 || res.FinalCause != "NORMAL_CLEARING" || res.Duration > 3*time.Second {
		t.Errorf("%d connections, %s after %v", res.Connections, res.FinalCause, res.Duration)
	}
}

// taken is a CDR as a server got it.
type taken struct {
	user, password, uuid, kind string
	body                       []byte
}

// intake answers every first post of a record with code and takes the second.
func intake(t *testing.T, code int) (address string, got func() []taken) {
	var mu sync.Mutex
	var all []taken
	seen := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		uuid := r.URL.Query().Get("uuid")
		if !seen[uuid] {
			seen[uuid] = true
			w.WriteHeader(code)
			return
		}
		user, password, _ := r.BasicAuth()
		all = append(all, taken{user, password, uuid, r.Header.Get("Content-Type"), body})
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []taken { mu.Lock(); defer mu.Unlock(); return all }
}

// played plays an answered call whose callee hangs up, in real time because
// the records are really posted.
func played(t *testing.T, cdrs *CDR) *Result {
	sw := &Switch{CDR: cdrs, Phones: map[string][]Phone{"1001@a.test": {{Registered: true, HangupAfter: time.Second}}}}
	res := placeHere(t, sw, alice, func(s *server) {
		s.do("connect")
		s.do("myevents")
		s.exec("bridge", "user/1001@a.test")
		s.write("sendmsg\ncall-command: hangup\n\n")
	})
	if err := cdrs.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return res
}

func TestCDRPosts(t *testing.T) {
	address, got := intake(t, http.StatusBadGateway)
	cdrs := &CDR{User: "switchyard", Password: "s3cret", Retries: 1, Delay: time.Millisecond, URL: address, Folder: t.TempDir()}
	res := played(t, cdrs)
	all := got()
	if len(all) != 2 || all[0].uuid != res.Legs[0].UUID || all[1].uuid != res.UUID {
		t.Fatalf("posted: %+v", all)
	}
	for i, direction := range []string{"outbound", "inbound"} {
		var body struct {
			SwitchName string `json:"switchname"`
			Channel    struct{ Direction string }
			Variables  map[string]string
			Callflow   []struct {
				Profile map[string]any    `json:"caller_profile"`
				Times   map[string]string `json:"times"`
			}
		}
		if err := json.Unmarshal(all[i].body, &body); err != nil {
			t.Fatal(err)
		}
		if all[i].user != "switchyard" || all[i].password != "s3cret" || all[i].kind != "application/json" {
			t.Errorf("sent by %s:%s as %s", all[i].user, all[i].password, all[i].kind)
		}
		v := body.Variables
		if v["uuid"] != all[i].uuid || v["direction"] != direction || v["hangup_cause"] != "NORMAL_CLEARING" || v["billsec"] == "0" || v["end_uepoch"] == "" {
			t.Errorf("%s: %v", direction, v)
		}
		if sip, err := url.PathUnescape(v["sip_call_id"]); err != nil || sip != all[i].uuid+"@127.0.0.1" || v["sip_call_id"] == sip {
			t.Errorf("values are not URL-encoded: %s", v["sip_call_id"])
		}
		if f := body.Callflow; len(f) != 1 || f[0].Times["hangup_time"] != v["end_uepoch"] || f[0].Profile["uuid"] != all[i].uuid {
			t.Errorf("callflow: %+v", f)
		}
	}
	if c := cdrs.Counts(); c != (CDRCounts{Posted: 2, Refused: 2}) {
		t.Errorf("counted %+v", c)
	}
}

func TestCDRSpool(t *testing.T) {
	address, _ := intake(t, http.StatusBadGateway)
	folder := t.TempDir()
	cdrs := &CDR{URL: address, Folder: folder, OnlyA: true, Form: true, PlainValues: true}
	res := played(t, cdrs)
	text, err := os.ReadFile(filepath.Join(folder, "a_"+res.UUID+".cdr.json"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := url.PathUnescape(string(text))
	if err != nil || !json.Valid([]byte(plain)) || json.Valid(text) {
		t.Errorf("left in the folder: %v\n%.200s", err, text)
	}
	if c := cdrs.Counts(); c != (CDRCounts{Refused: 1, Spooled: 1}) {
		t.Errorf("counted %+v", c)
	}
}

// The records have the form of those that FreeSWITCH was seen to post.
func TestCDRConforms(t *testing.T) {
	address, got := intake(t, http.StatusServiceUnavailable)
	cdrs := &CDR{URL: address, Retries: 1, Delay: time.Millisecond, PlainValues: true}
	played(t, cdrs)
	for i, name := range []string{"answered-b", "answered-a"} {
		real, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "captures", "json_cdr", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		want, have := paths(t, real), paths(t, got()[i].body)
		for path := range have {
			if !want[path] && !strings.HasPrefix(path, ".variables.") {
				t.Errorf("%s: the stand-in has %s, FreeSWITCH has not", name, path)
			}
		}
		for path := range want {
			// What the dialplan had in its file is not known here.
			if !have[path] && !strings.HasPrefix(path, ".variables.") && !strings.Contains(path, ".extension") {
				t.Errorf("%s: FreeSWITCH has %s, the stand-in has not", name, path)
			}
		}
	}
}

// paths lists where a JSON text has values; all elements of a list are one.
func paths(t *testing.T, text []byte) map[string]bool {
	var root any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		all[path] = true
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(path+"."+name, inner)
			}
		case []any:
			for _, inner := range v {
				walk(path, inner)
			}
		}
	}
	walk("", root)
	return all
}
