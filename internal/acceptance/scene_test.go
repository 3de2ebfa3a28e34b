//go:build acceptance

package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/internal/acceptance/rig"
	"switchyard/internal/record"
	"switchyard/routing"
)

// feature is one thing that callers and phones can see of ringing people.
type feature struct {
	name string
	// tenant is the tenant's file but for its first line and its webhook. DID0 to
	// DID9 in it are its numbers, MOBILE is an outside number.
	tenant string
	grant  string   // more of what the operator grants, as YAML: `blockedPrefixes: ["+1900"]`
	trunks []string // more of trunk a and of trunk b, likewise
	lines  []string // where gateways a and b are: dead, silent; "": a carrier
	test   func(*scene, *testing.T)
}

// The lines on which there is no carrier.
const (
	dead   = "dead"   // nothing listens there
	silent = "silent" // something listens, and never says anything
)

// scene is where a feature is tested: a tenant with numbers, phones and two
// carriers of its own, so that features are tested side by side.
type scene struct {
	*world
	n      int
	domain string
	a, b   *phone.Phone // carriers
}

// stageScenes starts a switch and a server with a scene for each feature.
func stageScenes(t *testing.T, features []feature) (*world, []*scene) {
	t.Helper()
	return stageScenesSeen(t, features, func(sw string) string { return sw })
}

// stageScenesSeen is stageScenes with the server watching the switch by another
// way: seenAt gives it, for the address of the switch's event socket.
func stageScenesSeen(t *testing.T, features []feature, seenAt func(sw string) string) (*world, []*scene) {
	t.Helper()
	return stageScenesOn(t, features, seenAt, false)
}

// stageScenesOn is stageScenesSeen, if spare says so with a second server behind
// the first one: world.spare.
func stageScenesOn(t *testing.T, features []feature, seenAt func(sw string) string, spare bool) (*world, []*scene) {
	t.Helper()
	w := &world{phones: make(map[string]*phone.Phone), moreHooks: make(chan struct{})}
	crm := httptest.NewServer(http.HandlerFunc(w.takeHook))
	t.Cleanup(crm.Close)
	w.hookURL = crm.URL
	w.server = newServer(t, crm.URL, "")
	opts := w.server.options("")
	if spare {
		w.spare = newServer(t, crm.URL, "")
		w.spare.servesWith(w.server)
		opts.Servers += "|" + w.spare.eslAddr
	}
	opts.Gateways, opts.RTPPorts = map[string]string{}, 2000
	opts.Modules = []string{"mod_flite"} // where there is one
	var scenes []*scene
	operator := "defaultCountry: US\ntrunks:\n  - {name: in, country: US, profile: external}\n"
	grants, files := "tenants:\n", []string(nil)
	for i, f := range features {
		s := &scene{world: w, n: i, domain: fmt.Sprintf("s%02d.test", i)}
		opts.Domains = append(opts.Domains, s.domain)
		s.a = s.carrierAt(t, f, 0, opts.Gateways)
		s.b = s.carrierAt(t, f, 1, opts.Gateways)
		operator += s.trunkLine(f, 0) + s.trunkLine(f, 1)
		grants += s.grant(f)
		files = append(files, s.file(t, f, crm.URL))
		s.writePrompts(t, f)
		scenes = append(scenes, s)
	}
	// The switch is there first: the server would try again only after a while.
	w.sw = rig.StartSwitch(t, opts)
	w.server.watch(t, seenAt(w.sw.ESLAddr))
	if spare {
		w.spare.watch(t, seenAt(w.sw.ESLAddr))
	}
	files = append(files, write(t, "operator.yaml", operator+grants))
	w.server.start()
	w.server.apply(files...)
	if spare {
		w.spare.start()
		w.spare.apply(files...)
	}
	w.trunk = newPhone(t, phone.Config{User: outsider, Domain: "127.0.0.1", Server: w.sw.ExternalAddr})
	return w, scenes
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// play tests features side by side, and sees that nothing is left on the switch.
func play(t *testing.T, features []feature) {
	w, scenes := stageScenes(t, features)
	t.Run("calls", func(t *testing.T) {
		for i, f := range features {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				f.test(scenes[i], t)
			})
		}
	})
	w.idle(t)
}

func (s *scene) gateway(line int) string { return fmt.Sprintf("%c-%02d", 'a'+line, s.n) }

// carrierAt adds gateway a or b, and gives the carrier at its end if there is one.
func (s *scene) carrierAt(t *testing.T, f feature, line int, gateways map[string]string) *phone.Phone {
	t.Helper()
	kind := ""
	if line < len(f.lines) {
		kind = f.lines[line]
	}
	var carrier *phone.Phone
	switch kind {
	case dead:
		gateways[s.gateway(line)] = freeAddr(t)
	case silent:
		hole, err := net.ListenPacket("udp4", "127.0.0.1:0")
		must(t, err)
		t.Cleanup(func() { hole.Close() })
		gateways[s.gateway(line)] = hole.LocalAddr().String()
	default:
		carrier = newPhone(t, phone.Config{User: "carrier", Domain: "127.0.0.1"})
		carrier.OnCall(phone.Script{Ring: 100 * time.Millisecond, Tone: 700})
		gateways[s.gateway(line)] = carrier.Addr
	}
	return carrier
}

func (s *scene) trunkLine(f feature, line int) string {
	more := ""
	if line < len(f.trunks) && f.trunks[line] != "" {
		more = ", " + f.trunks[line]
	}
	return fmt.Sprintf("  - {name: %s, gateway: %[1]s, country: US%s}\n", s.gateway(line), more)
}

func (s *scene) grant(f feature) string {
	var numbers []string
	for i := range 10 {
		numbers = append(numbers, strconv.Quote(s.did(i)))
	}
	text := fmt.Sprintf("  - id: %s\n    name: %s\n    country: US\n    domains: [%s]\n    numbers: [%s]\n    trunks: [%s, %s]\n    countries: [US]\n",
		s.tenantID(), s.tenant(), s.domain, strings.Join(numbers, ", "), s.gateway(0), s.gateway(1))
	if f.grant != "" {
		text += "    " + f.grant + "\n"
	}
	return text
}

func (s *scene) tenantID() string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.n) }
func (s *scene) tenant() string   { return fmt.Sprintf("s%02d", s.n) }

// did is one of the tenant's ten numbers.
func (s *scene) did(i int) string { return fmt.Sprintf("+1305556%02d%d0", s.n, i) }

func (s *scene) file(t *testing.T, f feature, hookURL string) string {
	t.Helper()
	text := strings.ReplaceAll(f.tenant, "MOBILE", strconv.Quote(mobile))
	for i := range 10 {
		text = strings.ReplaceAll(text, fmt.Sprintf("DID%d", i), strconv.Quote(s.did(i)))
	}
	text = fmt.Sprintf("tenant: %s\n%s\nwebhooks:\n  - {name: crm, url: %q, secret: %q, events: [call.started, call.answered, call.forwarded, call.ended, recording.ready]}\n", s.tenant(), strings.Trim(text, "\n"), hookURL, hookSecret)
	return write(t, s.tenant()+".yaml", text)
}

// ringing is a phone that is answered after a moment.
var ringing = phone.Script{Ring: 150 * time.Millisecond, Tone: 700}

// never is a phone nobody answers.
var never = phone.Script{Ring: phone.Never}

// register gives an extension one more phone, and waits until the server knows.
func (s *scene) register(t *testing.T, extension string, script phone.Script) *phone.Phone {
	t.Helper()
	before := 0
	if now := s.seen(t, extension); now.Contacts != nil {
		before = *now.Contacts
	}
	p := newPhone(t, phone.Config{User: extension, Domain: s.domain, Password: "acme-" + extension, Server: s.sw.InternalAddr})
	p.OnCall(script)
	must(t, p.Register(soon(t)))
	s.seenUntil(t, extension, "registered", func(now seenPhone) bool { return now.Contacts != nil && *now.Contacts > before && !now.Stale })
	return p
}

// seenPhone is what the server says of an extension's phones.
type seenPhone struct {
	Contacts *int `json:"contacts"`
	Calls    *int `json:"calls"`
	Stale    bool `json:"stale"`
}

func (s *scene) seen(t *testing.T, extension string) seenPhone {
	t.Helper()
	var answer struct{ Extension seenPhone }
	s.server.get(t, "/api/extensions/"+extension+"?tenantId="+url.QueryEscape(s.tenant()), &answer)
	return answer.Extension
}

func (s *scene) seenUntil(t *testing.T, extension, what string, is func(seenPhone) bool) {
	t.Helper()
	ctx, tick := soon(t), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for {
		now := s.seen(t, extension)
		if is(now) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			text, _ := json.Marshal(now)
			t.Fatalf("extension %s is not %s: %s", extension, what, text)
		}
	}
}

// onCalls waits until the server has the extension on so many calls.
func (s *scene) onCalls(t *testing.T, extension string, calls int) {
	t.Helper()
	s.seenUntil(t, extension, fmt.Sprintf("on %d calls", calls), func(now seenPhone) bool { return now.Calls != nil && *now.Calls == calls })
}

// get asks the server's API as the operator.
func (s *server) get(t *testing.T, path string, answer any) {
	t.Helper()
	s.ask(t, http.MethodGet, path, nil, answer)
}

// ask sends the server's API a request of the operator's; body and answer may be
// nil.
func (s *server) ask(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(s.dataDir, "operator.key"))
	must(t, err)
	sent, err := json.Marshal(body)
	must(t, err)
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.httpAddr+path, bytes.NewReader(sent))
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(key)))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s\n%s", method, path, res.Status, text)
	}
	if answer != nil {
		must(t, json.Unmarshal(text, answer))
	}
}

// call places a call from outside to a number of the tenant.
func (s *scene) call(t *testing.T, did int) *phone.Call {
	t.Helper()
	return tidied(t, s.from(t, outsider, s.did(did)))
}

// tidied has a call that a failed test left behind hung up, so that it does not
// fail others.
func tidied(t *testing.T, call *phone.Call) *phone.Call {
	t.Cleanup(func() {
		if t.Failed() {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			_ = call.HangUp(ctx) // over already: what was wanted
		}
	})
	return call
}

// dials places a call from a phone.
func dials(t *testing.T, p *phone.Phone, number string) *phone.Call {
	t.Helper()
	call, err := p.Dial(number, phone.DialOptions{Tone: 440})
	must(t, err)
	return tidied(t, call)
}

// taken waits for the answer of the next call at a phone, and that caller and
// callee hear each other.
func taken(t *testing.T, caller *phone.Call, by *phone.Phone) *phone.Call {
	t.Helper()
	callee := next(t, by)
	talk(t, caller, callee)
	return callee
}

// takenAndOver is taken, and the callee hangs up.
func takenAndOver(t *testing.T, caller *phone.Call, by *phone.Phone) *phone.Call {
	t.Helper()
	callee := taken(t, caller, by)
	must(t, callee.HangUp(soon(t)))
	must(t, caller.WaitOver(soon(t)))
	return callee
}

// cancelled waits until a phone that rings is told to stop, and gives why.
func cancelled(t *testing.T, call *phone.Call) (reason string) {
	t.Helper()
	m, err := call.WaitRequest(soon(t), "CANCEL")
	must(t, err)
	return m.Header("Reason")
}

// elsewhere checks that a phone that rings is told that another one has the call.
func elsewhere(t *testing.T, call *phone.Call) {
	t.Helper()
	if reason, want := cancelled(t, call), `SIP;cause=200;text="Call completed elsewhere"`; reason != want {
		t.Errorf("the phone that lost was told %q, want %q", reason, want)
	}
}

// quiet checks that a phone or carrier was never called.
func quiet(t *testing.T, what string, p *phone.Phone) {
	t.Helper()
	if n := p.Invites(); n != 0 {
		t.Errorf("%s was called %d times", what, n)
	}
}

// told is a call's record with its steps.
type told struct {
	record.Row
	Steps []record.Step     `json:"steps"`
	Facts map[string]string `json:"facts"`
}

// toldOf waits for the record of a call that is over.
func (s *scene) toldOf(t *testing.T, call *phone.Call) told {
	t.Helper()
	var answer struct{ Call told }
	s.server.get(t, "/api/calls/"+url.PathEscape(s.record(t, call.ID).id), &answer)
	return answer.Call
}

// tried are the attempts of a record's step, each as "1001 busy", with what is
// left out being nobody knows, or "1002 -on-call" for one that was passed over.
func (r told) tried(t *testing.T, step int) []string {
	t.Helper()
	if step >= len(r.Steps) {
		t.Fatalf("the record has %d steps: %+v", len(r.Steps), r.Steps)
	}
	var all []string
	for _, a := range r.Steps[step].Attempts {
		text := a.Member + " " + string(a.Outcome)
		if a.Skipped != "" {
			text = a.Member + " -" + string(a.Skipped)
		}
		all = append(all, strings.TrimSpace(text))
	}
	return all
}

// path are the destinations of a call with their outcomes.
func (r told) path() []string {
	var all []string
	for _, s := range r.Steps {
		all = append(all, s.Destination.String()+" "+string(s.Outcome))
	}
	return all
}

// went checks the destinations a call went through, and its status.
func (r told) went(t *testing.T, status string, path ...string) {
	t.Helper()
	if string(r.Status) != status || !slices.Equal(r.path(), path) {
		t.Errorf("the call is %s and went %q, want %s and %q\n%+v", r.Status, r.path(), status, path, r.Steps)
	}
}

// forwardedAs checks what records and webhooks say of a forwarded call: the
// extension stays the destination, and call.forwarded came at these stages.
func (s *scene) forwardedAs(t *testing.T, r told, extension, to string, kind routing.ForwardType, stages ...string) {
	t.Helper()
	if r.Destination != extension || orEmpty(r.ForwardedTo) != to || orEmpty(r.ForwardType) != string(kind) || orEmpty(r.OriginalDestination) != extension {
		t.Errorf("record: destination %s, forwarded to %s, type %s, originally %s; want %s, %s, %s",
			r.Destination, orEmpty(r.ForwardedTo), orEmpty(r.ForwardType), orEmpty(r.OriginalDestination), extension, to, kind)
	}
	var got []string
	for _, h := range s.events(t, string(r.ID)) {
		switch h.Event {
		case "call.forwarded":
			got = append(got, fmt.Sprint(h.Data["status"]))
			if h.Data["caller"] != outsider || h.Data["originalDestination"] != extension || h.Data["forwardedTo"] != to || h.Data["forwardType"] != string(kind) {
				t.Errorf("call.forwarded: %v", h.Data)
			}
			if _, known := h.Data["duration"]; known != (h.Data["status"] == "completed") {
				t.Errorf("call.forwarded with or without a duration: %v", h.Data)
			}
		case "call.ended", "call.answered":
			if h.Data["forwardedTo"] != to {
				t.Errorf("%s: %v", h.Event, h.Data)
			}
		}
	}
	if !slices.Equal(got, stages) {
		t.Errorf("call.forwarded came at %q, want %q", got, stages)
	}
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// unanswered checks that the caller has no answer yet.
func unanswered(t *testing.T, call *phone.Call) {
	t.Helper()
	if call.Saw(200) {
		t.Error("the caller is connected already")
	}
}

// until waits for something that no event tells.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	untilIn(t, soon(t), what, is)
}

func untilIn(t *testing.T, ctx context.Context, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("not in time:", what)
		}
	}
}

// longer bounds a wait for what takes the switch long by itself.
func longer(t *testing.T) context.Context { return within(t, 30*time.Second) }

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
