package delivery_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

// outcome delivers one event to a URL and gives what came of it.
func outcome(t *testing.T, r *rig, hook routing.Webhook) delivery.Result {
	t.Helper()
	r.hook("e1", hook)
	r.event("c1", 1, "e1")
	_, stop := r.start()
	res := await(t, r.settled)
	stop()
	return res
}

// raw is a server that speaks whatever it likes, one connection after another.
func raw(t *testing.T, speak func(net.Conn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			speak(c)
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}()
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		await(t, ended)
	})
	return "http://" + l.Addr().String() + "/"
}

// request reads a request's head and tells whether it came.
func request(c net.Conn) bool {
	_, err := http.ReadRequest(bufio.NewReader(c))
	return err == nil
}

// drip writes text again and again, a piece at a time, until the other side has
// enough.
func drip(c net.Conn, every time.Duration, text string) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for range ticker.C {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

func TestAnswersThatComeSlowly(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		speak func(net.Conn)
		done  bool
		class delivery.Class
		most  time.Duration
	}{
		"a body, a byte a second": {func(c net.Conn) {
			if request(c) {
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
				drip(c, time.Second, "x")
			}
		}, true, delivery.OK, 2 * time.Second},
		"a head, a byte a time": {func(c net.Conn) {
			if request(c) {
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\nX-Slow: ")
				drip(c, 100*time.Millisecond, "x")
			}
		}, false, delivery.Timeout, 4 * time.Second},
		"nothing at all": {func(c net.Conn) {
			_, _ = io.Copy(io.Discard, c) // until we hang up
		}, false, delivery.Timeout, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := outcome(t, newRig(t), routing.Webhook{URL: raw(t, tt.speak), TimeoutSeconds: 2})
			if res.Done != tt.done || res.Class != tt.class || res.Took > tt.most {
				t.Errorf("%+v", res)
			}
		})
	}
}

func TestAnswersThatAreNoneOrTooMuch(t *testing.T) {
	for name, tt := range map[string]struct {
		speak func(net.Conn)
		class delivery.Class
		code  int
	}{
		"headers without end": {func(c net.Conn) {
			if request(c) {
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\n")
				drip(c, time.Microsecond, "X-More: "+strings.Repeat("x", 1000)+"\r\n")
			}
		}, delivery.HTTP, 0},
		"early hints without end": {func(c net.Conn) {
			if request(c) {
				drip(c, time.Microsecond, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
			}
		}, delivery.HTTP, 0},
		"no HTTP": {func(c net.Conn) {
			if request(c) {
				fmt.Fprint(c, "220 mail.example.com ESMTP\r\n")
			}
		}, delivery.HTTP, 0},
		"before the request is read": {func(c net.Conn) {
			if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
				return
			}
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
			_, _ = io.Copy(io.Discard, c)
		}, delivery.OK, 200},
		"a body that breaks off": {func(c net.Conn) {
			if request(c) {
				fmt.Fprint(c, "HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf")
			}
		}, delivery.OK, 202},
		"chunks that are none": {func(c net.Conn) {
			if request(c) {
				fmt.Fprint(c, "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n")
			}
		}, delivery.HTTP, 500},
	} {
		t.Run(name, func(t *testing.T) {
			res := outcome(t, newRig(t), routing.Webhook{URL: raw(t, tt.speak)})
			if res.Class != tt.class || res.Code != tt.code || res.Done != (tt.class == delivery.OK) {
				t.Errorf("%+v", res)
			}
		})
	}
}

func TestOneGigabyte(t *testing.T) {
	r := newRig(t)
	var written atomic.Int64
	crm := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(1<<30))
		piece := bytes.Repeat([]byte("x"), 64<<10)
		for written.Load() < 1<<30 {
			n, err := w.Write(piece)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	res := outcome(t, r, routing.Webhook{URL: crm.URL})
	crm.Close()
	if !res.Done || len(res.Response) != 4<<10 || written.Load() > 32<<20 {
		t.Errorf("done: %v, kept %d bytes, %d were taken", res.Done, len(res.Response), written.Load())
	}
}

func TestAGzipBombIsNotInflated(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	for range 160 {
		if _, err := w.Write(make([]byte, 64<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	crm := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	res := outcome(t, newRig(t), routing.Webhook{URL: crm.URL})
	if !res.Done || !bytes.Equal(res.Response, bomb.Bytes()[:4<<10]) {
		t.Errorf("done: %v, kept % x…", res.Done, res.Response[:8])
	}
	if p := await(t, crm.posts); p.header.Get("Accept-Encoding") != "" {
		t.Errorf("asked for %s", p.header.Get("Accept-Encoding"))
	}
}

func TestAPageInPlaceOfAnAnswer(t *testing.T) {
	const page = "<html><body><h1>Please log in</h1></body></html>"
	for code, done := range map[int]bool{200: true, 403: false, 502: false} {
		crm := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(code)
			fmt.Fprint(w, page)
		})
		res := outcome(t, newRig(t), routing.Webhook{URL: crm.URL})
		if res.Done != done || res.Code != code || string(res.Response) != page {
			t.Errorf("%d: %+v", code, res)
		}
	}
}

func TestRedirectsAreFailures(t *testing.T) {
	inside := newReceiver(t, nil)
	for _, code := range []int{301, 302, 303, 307, 308} {
		crm := newReceiver(t, func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, inside.URL, code) })
		res := outcome(t, newRig(t), routing.Webhook{URL: crm.URL})
		if res.Done || res.Dead || res.Class != delivery.HTTP || res.Code != code || len(inside.posts) > 0 {
			t.Errorf("%+v, %d posts elsewhere", res, len(inside.posts))
		}
	}
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// certificate makes a key and a certificate for host, signed by a; nil: by
// itself.
func (a *authority) certificate(t *testing.T, host string, until time.Time) (tls.Certificate, *authority) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until, IsCA: a == nil, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses, c.DNSNames = []net.IP{ip}, nil
	}
	parent, by := c, key
	if a != nil {
		parent, by = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, &authority{c, key}
}

func TestCertificatesAndVersions(t *testing.T) {
	tomorrow := time.Now().Add(24 * time.Hour)
	_, ca := (*authority)(nil).certificate(t, "the authority", tomorrow)
	good, _ := ca.certificate(t, "127.0.0.1", tomorrow)
	expired, _ := ca.certificate(t, "127.0.0.1", time.Now().Add(-time.Hour))
	foreign, _ := ca.certificate(t, "crm.example.com", tomorrow)
	selfSigned, _ := (*authority)(nil).certificate(t, "127.0.0.1", tomorrow)
	trusted := x509.NewCertPool()
	trusted.AddCert(ca.cert)
	for name, tt := range map[string]struct {
		config *tls.Config
		class  delivery.Class
		says   string
	}{
		"good":        {&tls.Config{Certificates: []tls.Certificate{good}}, delivery.OK, ""},
		"TLS 1.2":     {&tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12}, delivery.OK, ""},
		"expired":     {&tls.Config{Certificates: []tls.Certificate{expired}}, delivery.TLS, "expired"},
		"wrong name":  {&tls.Config{Certificates: []tls.Certificate{foreign}}, delivery.TLS, "127.0.0.1"},
		"self-signed": {&tls.Config{Certificates: []tls.Certificate{selfSigned}}, delivery.TLS, "unknown authority"},
		"TLS 1.1": {&tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
			delivery.TLS, "version"},
	} {
		t.Run(name, func(t *testing.T) {
			var proto atomic.Int32
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { proto.Store(int32(req.ProtoMajor)) }))
			s.TLS = tt.config
			s.EnableHTTP2 = true
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.StartTLS()
			defer s.Close()
			r := newRig(t)
			r.prepare = func(d *delivery.Dispatcher) { d.Trust(trusted) }
			res := outcome(t, r, routing.Webhook{URL: s.URL})
			if res.Class != tt.class || !strings.Contains(res.Error, tt.says) {
				t.Errorf("class %q: %s", res.Class, res.Error)
			}
			if res.Done && proto.Load() != 2 {
				t.Errorf("HTTP/%d", proto.Load())
			}
		})
	}
}
