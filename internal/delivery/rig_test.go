package delivery_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon bounds every wait of a test; nothing that works takes that long.
const soon = 20 * time.Second

var loopback = []delivery.Target{{Network: netip.MustParsePrefix("127.0.0.0/8")}}

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

// rig is a store, a clock and the webhooks of tenants.
type rig struct {
	t       *testing.T
	store   *memory
	settled chan delivery.Result // of every result that was stored
	prepare func(*delivery.Dispatcher)

	mu      sync.Mutex
	hooks   map[string]routing.Webhook
	options delivery.Options
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{
		t: t, store: newMemory(), settled: make(chan delivery.Result, 20000), hooks: map[string]routing.Webhook{},
		prepare: func(*delivery.Dispatcher) {},
	}
	r.options = delivery.Options{
		Jitter: func() float64 { return 0.5 }, Version: "1.2.3", Poll: 50 * time.Millisecond, Allowed: loopback,
	}
	return r
}

func (r *rig) hook(id string, h routing.Webhook) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h.ID = id
	r.hooks[id] = h
}

// Endpoint is the live configuration.
func (r *rig) Endpoint(_ routing.TenantID, id string) (routing.Webhook, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, ok := r.hooks[id]
	return h, ok
}

// watched tells the test of every result that was stored.
type watched struct {
	delivery.Store
	settled chan<- delivery.Result
}

func (w watched) Settle(ctx context.Context, results []delivery.Result) ([]delivery.Health, error) {
	disabled, err := w.Store.Settle(ctx, results)
	if err == nil {
		for _, r := range results {
			w.settled <- r
		}
	}
	return disabled, err
}

// start runs a dispatcher; what it gives stops it and waits for its end.
func (r *rig) start() (*delivery.Dispatcher, func()) {
	r.t.Helper()
	return r.startOn(watched{r.store, r.settled})
}

func (r *rig) startOn(s delivery.Store) (*delivery.Dispatcher, func()) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	d := delivery.New(s, r, r.options)
	r.prepare(d)
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
	for _, e := range endpoints {
		r.eventOf("t1", call, n, e)
	}
}

func (r *rig) eventOf(tenant routing.TenantID, call string, n int, endpoint string) {
	r.store.add(delivery.Delivery{
		EventID: fmt.Sprintf("msg_%s_%d", call, n), EventType: fmt.Sprint("test.", n), TenantID: tenant,
		EndpointID: endpoint, CallID: routing.CallID(call), OccurredAt: time.Now(), Body: fmt.Appendf(nil, `{"n":%d}`, n),
	})
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
