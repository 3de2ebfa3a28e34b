package delivery_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

func TestDeliveredAndSigned(t *testing.T) {
	r := newRig(t)
	crm := newReceiver(t, nil)
	r.hook("e1", routing.Webhook{URL: crm.URL + "/hook", Secret: "hmac-secret"})
	d, _ := r.start()
	r.event("c1", 1, "e1")
	d.Wake()
	got := await(t, crm.posts)
	if got.body != `{"n":1}` {
		t.Errorf("body %s", got.body)
	}
	at := got.header.Get("X-Webhook-Timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > soon {
		t.Errorf("timestamp %q", at)
	}
	mac := func(text string) []byte {
		h := hmac.New(sha256.New, []byte("hmac-secret"))
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	for name, want := range map[string]string{
		"Content-Type":      "application/json",
		"User-Agent":        "Switchyard/1.2.3",
		"X-Webhook-Id":      "msg_c1_1",
		"X-Webhook-Seq":     "1",
		"X-Webhook-Attempt": "1",
		// Only where it means something.
		"X-Webhook-Replayed": "", "X-Webhook-Out-Of-Order": "",
		"X-Webhook-Signature": hex.EncodeToString(mac(at + `.{"n":1}`)),
		"webhook-id":          "msg_c1_1",
		"webhook-timestamp":   at,
		"webhook-signature":   "v1," + base64.StdEncoding.EncodeToString(mac("msg_c1_1."+at+`.{"n":1}`)),
	} {
		if v := got.header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
	if res := await(t, r.settled); !res.Done || res.Code != 200 || res.Class != delivery.OK {
		t.Errorf("%+v", res)
	}
}

func TestStandardSecretIsDecoded(t *testing.T) {
	r := newRig(t)
	crm := newReceiver(t, nil)
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte("the key"))
	r.hook("e1", routing.Webhook{URL: crm.URL, Secret: secret})
	r.event("c1", 1, "e1")
	r.start()
	got := await(t, crm.posts)
	at := got.header.Get("webhook-timestamp")
	h := hmac.New(sha256.New, []byte("the key"))
	fmt.Fprintf(h, `msg_c1_1.%s.{"n":1}`, at)
	if want := "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)); got.header.Get("webhook-signature") != want {
		t.Error("the standard header is not signed with the decoded key")
	}
	h = hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, `%s.{"n":1}`, at)
	if got.header.Get("X-Webhook-Signature") != hex.EncodeToString(h.Sum(nil)) {
		t.Error("X-Webhook-Signature is not signed with the secret as written")
	}
}

func TestNoSecretNoSignature(t *testing.T) {
	r := newRig(t)
	crm := newReceiver(t, nil)
	r.hook("e1", routing.Webhook{URL: crm.URL})
	r.event("c1", 1, "e1")
	r.start()
	got := await(t, crm.posts)
	for name := range got.header {
		if strings.Contains(name, "Signature") {
			t.Errorf("%s was sent", name)
		}
	}
}

// failure delivers one event and gives what came of it.
func failure(t *testing.T, r *rig, hook routing.Webhook) delivery.Result {
	t.Helper()
	r.hook("e1", hook)
	r.event("c1", 1, "e1")
	_, stop := r.start()
	res := await(t, r.settled)
	stop()
	if res.Done || res.Dead || !res.NextAt.After(res.At) {
		t.Errorf("a failure is to be retried: %+v", res)
	}
	return res
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	hold := make(chan struct{})
	crm := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-hold })
	defer close(hold)
	res := failure(t, r, routing.Webhook{URL: crm.URL, TimeoutSeconds: 1})
	if res.Class != delivery.Timeout || res.Code != 0 || res.Took < time.Second {
		t.Errorf("%+v", res)
	}
}

// An attempt that outlived its lease would be made again while it runs, and
// its result would not count: for ever.
func TestAnAttemptEndsBeforeItsLease(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.options.Lease = time.Second
	hold := make(chan struct{})
	crm := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-hold })
	defer close(hold)
	res := failure(t, r, routing.Webhook{URL: crm.URL, TimeoutSeconds: 30})
	if res.Class != delivery.Timeout || res.Took >= time.Second {
		t.Errorf("%+v", res)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	r := newRig(t)
	elsewhere := newReceiver(t, nil)
	crm := newReceiver(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	res := failure(t, r, routing.Webhook{URL: crm.URL})
	if res.Class != delivery.HTTP || res.Code != 307 || len(elsewhere.posts) > 0 {
		t.Errorf("%+v, %d posts elsewhere", res, len(elsewhere.posts))
	}
}

func TestPrivateAddressIsBlocked(t *testing.T) {
	r := newRig(t)
	r.options.Allowed = nil
	crm := newReceiver(t, nil)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		r := newRig(t)
		r.options.Allowed = nil
		url := strings.Replace(crm.URL, "127.0.0.1", host, 1)
		res := failure(t, r, routing.Webhook{URL: url})
		if res.Class != delivery.Blocked || res.Code != 0 || len(res.Response) > 0 || len(crm.posts) > 0 {
			t.Errorf("%s: %+v", host, res)
		}
	}
}

func TestClasses(t *testing.T) {
	plain := newReceiver(t, nil)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	breaks := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	})
	floods := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Flood", strings.Repeat("x", 40<<10))
	})
	for name, tt := range map[string]struct {
		url  string
		want delivery.Class
	}{
		"nobody listens":     {closed.URL, delivery.Connect},
		"hangs up":           {breaks.URL, delivery.Connect},
		"untrusted":          {secure.URL, delivery.TLS},
		"speaks no TLS":      {strings.Replace(plain.URL, "http:", "https:", 1), delivery.TLS},
		"endless headers":    {floods.URL, delivery.HTTP},
		"no such name":       {"http://no-such-name.invalid/", delivery.DNS},
		"user in the URL":    {strings.Replace(plain.URL, "//", "//user:pass@", 1), delivery.Blocked},
		"not http":           {"ftp://127.0.0.1/", delivery.Blocked},
		"not a URL at all":   {"http://[::1", delivery.Blocked},
		"somewhere private":  {"http://192.168.255.254/", delivery.Blocked},
		"the cloud's secret": {"http://169.254.169.254/latest/meta-data", delivery.Blocked},
	} {
		t.Run(name, func(t *testing.T) {
			res := failure(t, newRig(t), routing.Webhook{URL: tt.url})
			if res.Class != tt.want || res.Error == "" {
				t.Errorf("class %q (%s), want %q", res.Class, res.Error, tt.want)
			}
			if strings.Contains(res.Error, "pass") {
				t.Errorf("the error tells the password: %s", res.Error)
			}
			if strings.Contains(res.Error, "->") || strings.Contains(res.Error, ":53") {
				t.Errorf("the error tells our network: %s", res.Error)
			}
		})
	}
}

func TestLongAnswer(t *testing.T) {
	r := newRig(t)
	crm := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		for range 64 {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 64<<10)); err != nil {
				return // it hung up on us, as it should
			}
		}
	})
	res := failure(t, r, routing.Webhook{URL: crm.URL})
	if len(res.Response) != 4<<10 || res.Code != 502 {
		t.Errorf("kept %d bytes of %d", len(res.Response), res.Code)
	}
}

func TestOrderOfACall(t *testing.T) {
	r := newRig(t)
	var open atomic.Int32
	crm := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		if open.Add(1) > 1 {
			t.Error("two events of one call at the same time")
		}
		open.Add(-1)
	})
	r.hook("e1", routing.Webhook{URL: crm.URL})
	const events = 8
	for n := range events {
		r.event("c1", n, "e1")
	}
	r.start()
	for n := range events {
		got := await(t, crm.posts)
		if got.body != fmt.Sprintf(`{"n":%d}`, n) || got.header.Get("X-Webhook-Seq") != strconv.Itoa(n+1) {
			t.Errorf("post %d is %s, seq %s", n, got.body, got.header.Get("X-Webhook-Seq"))
		}
	}
}

func TestADeadEndpointDelaysNobody(t *testing.T) {
	r := newRig(t)
	hold := make(chan struct{})
	var inFlight, most atomic.Int32
	dead := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		for n := inFlight.Add(1); ; {
			old := most.Load()
			if n <= old || most.CompareAndSwap(old, n) {
				break
			}
		}
		<-hold
		inFlight.Add(-1)
	})
	alive := newReceiver(t, nil)
	r.hook("dead", routing.Webhook{URL: dead.URL, TimeoutSeconds: 30})
	r.hook("alive", routing.Webhook{URL: alive.URL})
	for i := range 20 {
		r.event(fmt.Sprint("dead", i), 1, "dead")
	}
	d, _ := r.start()
	for range 4 {
		await(t, dead.posts)
	}
	for i := range 10 { // while the dead one holds all it may hold
		r.event(fmt.Sprint("alive", i), 1, "alive")
		d.Wake()
		await(t, alive.posts)
		if res := await(t, r.settled); !res.Done {
			t.Errorf("%+v", res)
		}
	}
	close(hold)
	for range 20 {
		await(t, r.settled)
	}
	if n := most.Load(); n != 4 {
		t.Errorf("%d at once at one endpoint, want 4", n)
	}
}

func TestDeletedWebhook(t *testing.T) {
	r := newRig(t)
	r.event("c1", 1, "gone")
	r.start()
	if res := await(t, r.settled); !res.Dead || res.Class != delivery.Gone {
		t.Errorf("%+v", res)
	}
}

func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	r := newRig(t)
	arrived, hold := make(chan struct{}), make(chan struct{})
	crm := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-hold
	})
	r.hook("e1", routing.Webhook{URL: crm.URL})
	r.event("c1", 1, "e1")
	_, stop := r.start()
	await(t, arrived)
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	close(hold)
	await(t, stopped)
	if res := await(t, r.settled); !res.Done {
		t.Errorf("%+v", res)
	}
}

func TestStopCutsOffWhatTakesTooLong(t *testing.T) {
	r := newRig(t)
	r.options.StopWithin = 10 * time.Millisecond
	hold := make(chan struct{})
	crm := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-hold })
	defer close(hold)
	r.hook("e1", routing.Webhook{URL: crm.URL, TimeoutSeconds: 30})
	r.event("c1", 1, "e1")
	_, stop := r.start()
	await(t, crm.posts)
	stop()
	if res := await(t, r.settled); res.Class != delivery.Stopped || res.Done || res.Dead {
		t.Errorf("%+v", res)
	}
	again, err := r.store.Claim(t.Context(), delivery.ClaimRequest{Now: time.Now(), Limit: 10, PerEndpoint: 10, PerTenant: 10, Lease: time.Minute})
	if err != nil || len(again) != 1 || again[0].Attempt != 2 {
		t.Errorf("another server cannot go on at once: %v %v", err, again)
	}
}

// away is a store that takes nothing for a while.
type away struct {
	delivery.Store
	left atomic.Int32
}

func (a *away) Claim(ctx context.Context, r delivery.ClaimRequest) ([]delivery.Delivery, error) {
	if a.left.Add(-1) >= 0 {
		return nil, errors.New("away")
	}
	return a.Store.Claim(ctx, r)
}

func (a *away) Settle(ctx context.Context, results []delivery.Result) ([]delivery.Health, error) {
	if a.left.Add(-1) >= -1 { // once more after claiming has worked
		return nil, errors.New("away")
	}
	return a.Store.Settle(ctx, results)
}

func TestStoreAwayAndBack(t *testing.T) {
	r := newRig(t)
	crm := newReceiver(t, nil)
	r.hook("e1", routing.Webhook{URL: crm.URL})
	r.event("c1", 1, "e1")
	s := &away{Store: watched{r.store, r.settled}}
	s.left.Store(2)
	r.options.Log = zerolog.Nop()
	_, stop := r.startOn(s)
	if res := await(t, r.settled); !res.Done {
		t.Errorf("%+v", res)
	}
	stop()
	if len(crm.posts) != 1 {
		t.Errorf("%d posts for one event", len(crm.posts))
	}
}

func TestOneLogLineAnAttempt(t *testing.T) {
	r := newRig(t)
	var lines bytes.Buffer
	r.options.Log = zerolog.New(zerolog.SyncWriter(&lines))
	crm := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	failure(t, r, routing.Webhook{URL: crm.URL})
	var line map[string]any
	if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
		t.Fatalf("%v in %q", err, lines.String())
	}
	for field, want := range map[string]any{
		"level": "warn", "message": "webhook failed", "event_id": "msg_c1_1", "call_id": "c1", "tenant": "t1",
		"endpoint": "e1", "attempt": 1.0, "code": 404.0, "class": "http",
	} {
		if line[field] != want {
			t.Errorf("%s: %v, want %v", field, line[field], want)
		}
	}
	if _, ok := line["took"]; !ok {
		t.Error("no duration")
	}
}

// stopping ends the dispatcher's context while it claims.
type stopping struct {
	delivery.Store
	stop     func()
	released chan []delivery.Delivery
}

func (s *stopping) Claim(ctx context.Context, r delivery.ClaimRequest) ([]delivery.Delivery, error) {
	s.stop()
	return s.Store.Claim(ctx, r)
}

func (s *stopping) Release(ctx context.Context, ds []delivery.Delivery) error {
	err := s.Store.Release(ctx, ds)
	s.released <- ds
	return err
}

func TestStopGivesBackWhatItHasNotBegun(t *testing.T) {
	r := newRig(t)
	crm := newReceiver(t, nil)
	r.hook("e1", routing.Webhook{URL: crm.URL})
	r.event("c1", 1, "e1")
	ctx, cancel := context.WithCancel(t.Context())
	s := &stopping{Store: r.store, stop: cancel, released: make(chan []delivery.Delivery, 1)}
	if err := delivery.New(s, r, r.options).Run(ctx); err != nil {
		t.Error(err)
	}
	if ds := await(t, s.released); len(ds) != 1 || len(crm.posts) != 0 {
		t.Errorf("%d given back, %d posts", len(ds), len(crm.posts))
	}
	again, err := r.store.Claim(t.Context(), delivery.ClaimRequest{Now: time.Now(), Limit: 10, PerEndpoint: 10, PerTenant: 10, Lease: time.Minute})
	if err != nil || len(again) != 1 || again[0].Attempt != 1 {
		t.Errorf("another server cannot go on at once: %v %v", err, again)
	}
}
