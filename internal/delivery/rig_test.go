package delivery_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchyard/handlers"
	"switchyard/internal/delivery"
	"switchyard/internal/record"
	"switchyard/internal/store"
	"switchyard/internal/store/sqlite"
	"switchyard/routing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon bounds every wait of a test; nothing that works takes that long.
const soon = 20 * time.Second

// post is a request a receiver got.
type post struct {
	header http.Header
	body   string
}

// receiver is a CRM on loopback.
type receiver struct {
	*httptest.Server
	posts chan post
}

// newReceiver answers with what answer says; nil: 200.
func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{posts: make(chan post, 100)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.posts <- post{req.Header, string(body)}
		if answer != nil {
			answer(w, req)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// rig is a store, a clock and the webhooks of one tenant.
type rig struct {
	t       *testing.T
	store   *store.Store
	settled chan delivery.Result
	ahead   atomic.Int64 // how far the clock is moved

	mu      sync.Mutex
	hooks   map[string]routing.Webhook
	options delivery.Options
}

func newRig(t *testing.T) *rig {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &rig{t: t, store: s, settled: make(chan delivery.Result, 100), hooks: map[string]routing.Webhook{}}
	r.options = delivery.Options{
		Now: r.now, Jitter: func() float64 { return 0.5 }, Version: "1.2.3", Poll: 50 * time.Millisecond,
		Allowed: []delivery.Target{{Network: netip.MustParsePrefix("127.0.0.0/8")}},
	}
	return r
}

func (r *rig) now() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }

func (r *rig) hook(id string, h routing.Webhook) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h.ID = id
	r.hooks[id] = h
}

// Endpoint is the live configuration.
func (r *rig) Endpoint(tenant routing.TenantID, id string) (routing.Webhook, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, ok := r.hooks[id]
	return h, ok && tenant == "t1"
}

// watched tells the test of every result that was stored.
type watched struct {
	delivery.Store
	settled chan<- delivery.Result
}

func (w watched) Settle(ctx context.Context, results []delivery.Result) error {
	err := w.Store.Settle(ctx, results)
	if err == nil {
		for _, r := range results {
			w.settled <- r
		}
	}
	return err
}

// start runs a dispatcher; what it gives stops it and waits for its end.
func (r *rig) start() (*delivery.Dispatcher, func()) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	d := delivery.New(watched{r.store, r.settled}, r, r.options)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	var once sync.Once
	stop := func() {
		once.Do(func() {
			cancel()
			if err := await(r.t, ended); err != nil {
				r.t.Error(err)
			}
		})
	}
	r.t.Cleanup(stop)
	return d, stop
}

// event stores an event of a call for the endpoints.
func (r *rig) event(call string, n int, endpoints ...string) {
	r.t.Helper()
	e := record.Event{
		ID: fmt.Sprintf("msg_%s_%d", call, n), TenantID: "t1", CallID: routing.CallID(call), Type: fmt.Sprint("test.", n),
		At: r.now(), Body: fmt.Appendf(nil, `{"n":%d}`, n), Endpoints: endpoints,
	}
	c := record.Call{ID: routing.CallID(call), TenantID: "t1", Status: handlers.StatusActive}
	if err := r.store.SaveCalls(context.Background(), []record.Change{{Call: c, Events: []record.Event{e}}}); err != nil {
		r.t.Fatal(err)
	}
}

func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(soon):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}
