package delivery_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

// inside are addresses that no webhook may reach, in every way to write them.
// Names that are no literal address are resolved as a system does that reads
// them as one.
var inside = []string{
	"127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1",
	"0177.0.0.1", "017700000001", "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "inside.example.com",
	"0", "0.0.0.0", "0.1.2.3", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]",
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a00:1]", "[64:ff9b:1::7f00:1]",
	"[2002:7f00:1::]", "[2002:a00:1::1]", "[2001::7f00:1]",
	"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.255.254",
	"169.254.169.254", "[fd00:ec2::254]", "169.254.0.1", "2852039166", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
	"[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fdff:ffff::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[100::1]",
	"224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
}

// names answers questions for addresses on loopback.
type names struct {
	mu    sync.Mutex
	addrs map[string][]netip.Addr // the next answers of a name, the last one stays
	asked map[string]int
}

func (n *names) next(name string) netip.Addr {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked[name]++
	all := n.addrs[name]
	if len(all) == 0 {
		return netip.MustParseAddr("127.0.0.1")
	}
	if len(all) > 1 {
		n.addrs[name] = all[1:]
	}
	return all[0]
}

// resolver asks n by DNS over a real socket.
func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	n.asked = map[string]int{}
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 512)
		for {
			size, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			if _, err := server.WriteTo(n.answer(buf[:size]), from); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		await(t, ended)
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// answer writes the answer to one question: an A record, or none for other
// types.
func (n *names) answer(question []byte) []byte {
	const header, typeA = 12, 1
	end := header
	var labels []string
	for question[end] != 0 {
		size := int(question[end])
		labels = append(labels, string(question[end+1:end+1+size]))
		end += 1 + size
	}
	end++ // the root
	isA := binary.BigEndian.Uint16(question[end:]) == typeA
	out := append([]byte(nil), question[:end+4]...)
	out[2], out[3] = 0x84, 0 // an answer, by who knows
	for i := 6; i < header; i++ {
		out[i] = 0
	}
	if !isA {
		return out
	}
	out[7] = 1                                                        // one answer
	out = append(out, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4) // the same name, class IN, for no time
	return append(out, n.next(strings.ToLower(strings.Join(labels, ".")+".")).AsSlice()...)
}

func TestInsideAddressesInEverySpelling(t *testing.T) {
	if len(inside) < 40 {
		t.Fatalf("only %d", len(inside))
	}
	for _, scheme := range []string{"https", "http"} {
		t.Run(scheme, func(t *testing.T) {
			r := newRig(t)
			r.options = r.options.Resolving((&names{}).resolver(t))
			r.options.Allowed, r.options.PlainHTTP = nil, true
			for _, host := range inside {
				r.hook(host, routing.Webhook{URL: scheme + "://" + host + "/latest/meta-data"})
				r.eventOf(routing.TenantID(host), "c1", 1, host)
			}
			_, stop := r.start()
			for range inside {
				res := await(t, r.settled)
				// Some spellings are no names to Go's own resolver.
				refused := res.Class == delivery.Blocked || res.Class == delivery.DNS && strings.Trim(res.EndpointID, "0123456789.") == ""
				if !refused || res.Code != 0 || len(res.Response) != 0 {
					t.Errorf("%s: class %q: %s", res.EndpointID, res.Class, res.Error)
				}
				if res.Class == delivery.Blocked && res.Error != "the address is not allowed for webhooks" {
					t.Errorf("%s: the error tells where it leads: %s", res.EndpointID, res.Error)
				}
			}
			stop()
		})
	}
}

func TestANameThatFlipsIsCheckedWhenItIsDialled(t *testing.T) {
	crm := newReceiver(t, nil)
	crm.Config.SetKeepAlivesEnabled(false) // every post dials
	port := crm.Listener.Addr().(*net.TCPAddr).Port
	allowed, secret := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")
	// The receiver listens on the first only; that nothing reached the second is
	// told by the class.
	dns := &names{addrs: map[string][]netip.Addr{"flips.example.com.": {allowed, secret}}}
	r := newRig(t)
	r.options = r.options.Resolving(dns.resolver(t))
	r.options.Allowed = []delivery.Target{{Network: netip.PrefixFrom(allowed, 32), Port: uint16(port)}}
	r.hook("e1", routing.Webhook{URL: fmt.Sprintf("http://flips.example.com:%d/", port)})
	d, _ := r.start()
	r.event("c1", 1, "e1")
	d.Wake("e1")
	if res := await(t, r.settled); !res.Done {
		t.Fatalf("the first: %+v", res)
	}
	r.event("c2", 1, "e1")
	d.Wake("e1")
	if res := await(t, r.settled); res.Class != delivery.Blocked || res.NextAt.IsZero() {
		t.Errorf("the second: %+v", res)
	}
	if len(crm.posts) != 1 {
		t.Errorf("%d posts", len(crm.posts))
	}
	dns.mu.Lock()
	defer dns.mu.Unlock()
	if n := dns.asked["flips.example.com."]; n < 2 {
		t.Errorf("asked %d times, so nothing flipped", n)
	}
}

func TestURLsThatAreNotForWebhooks(t *testing.T) {
	crm := newReceiver(t, nil)
	host := strings.TrimPrefix(crm.URL, "http://")
	for _, url := range []string{
		"http://user@" + host + "/", "http://user:pass@" + host + "/", "http://:@" + host + "/", "https://user:pass@crm.example.com/",
		"ftp://" + host + "/", "file:///etc/passwd", "gopher://" + host + "/_x", "javascript:alert(1)", "unix:///run/x.sock", "ws://" + host + "/",
		"//" + host + "/", host, "", "http://", "http:///path", "http://[::1", "http:// " + host,
	} {
		res := outcome(t, newRig(t), routing.Webhook{URL: url})
		if res.Done || res.Class != delivery.Blocked || strings.Contains(res.Error, "pass") {
			t.Errorf("%q: class %q: %s", url, res.Class, res.Error)
		}
	}
	if len(crm.posts) > 0 {
		t.Errorf("%d posts", len(crm.posts))
	}
}

func TestPlainHTTPNeedsTheOperator(t *testing.T) {
	public := newRig(t)
	public.options.Allowed = nil
	res := outcome(t, public, routing.Webhook{URL: "http://93.184.216.34/"})
	if res.Class != delivery.Blocked || !strings.Contains(res.Error, "plain http") {
		t.Errorf("%+v", res)
	}
	crm := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	if res := outcome(t, newRig(t), routing.Webhook{URL: crm.URL}); !res.Done {
		t.Errorf("an address that the operator named: %+v", res)
	}
}
