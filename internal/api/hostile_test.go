package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// listening serves an endpoint over TCP with the limits serve sets, shorter.
func listening(t *testing.T, e *endpoint, deadline time.Duration) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(e.server.Handler())
	srv.Config.MaxHeaderBytes = 32 << 10
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = deadline, deadline
	srv.Start()
	t.Cleanup(srv.Close)
	return srv
}

func (e *endpoint) request(t *testing.T, srv *httptest.Server, path string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", e.admin)
	resp, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// A wait outlives the connection's usual deadlines; the wait itself does not
// outlive the client.
func TestAWaitIsNotCutByTheServersDeadlines(t *testing.T) {
	e := newEndpoint(t)
	srv := listening(t, e, 300*time.Millisecond)
	began := time.Now()
	resp, body := e.request(t, srv, "/api/events?wait=1")
	if took := time.Since(began); resp.StatusCode != 200 || !strings.Contains(body, `"events":[]`) || took < time.Second {
		t.Errorf("%d %s after %s", resp.StatusCode, body, took)
	}
}

// raw sends bytes over TCP and gives the status line of the answer, "" if
// there is none.
func raw(t *testing.T, srv *httptest.Server, send func(net.Conn)) string {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	send(c)
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimSpace(line)
}

func TestHostileRequests(t *testing.T) {
	e := newEndpoint(t)
	t.Cleanup(func() {
		if len(e.published.scopes[acme]) != 1 {
			t.Error("something was published")
		}
	})
	srv := listening(t, e, 10*time.Second)
	head := "POST /api/webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-API-Key: " + e.admin + "\r\n"
	for name, c := range map[string]struct {
		request string
		want    string // in the status line; "" for a connection that is closed
	}{
		"a flood of headers":      {"GET /api/calls HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Flood: "+strings.Repeat("a", 200)+"\r\n", 300) + "\r\n", "431"},
		"a key of 30 kB":          {"GET /api/calls HTTP/1.1\r\nHost: x\r\nX-API-Key: " + strings.Repeat("a", 30000) + "\r\n\r\n", "401"},
		"a body that never comes": {head + "Content-Length: 60\r\n\r\n{\"name\":", "408"},
		"chunks without an end":   {head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"nam\r\n", "408"},
		"a body too large":        {head + fmt.Sprintf("Content-Length: %d\r\n\r\n", bodyMost+1) + strings.Repeat("a", bodyMost+1), "413"},
		"no JSON":                 {head + "Content-Length: 4\r\n\r\nname", "400"},
		"deep nesting":            {head + fmt.Sprintf("Content-Length: %d\r\n\r\n", 40000) + strings.Repeat("[", 40000), "400"},
		"another content type":    {strings.Replace(head, "application/json", "application/xml", 1) + "Content-Length: 2\r\n\r\n{}", "415"},
		"a path in a path":        {"GET /api/calls/%2e%2e%2f%2e%2e%2fhealthz HTTP/1.1\r\nHost: x\r\nX-API-Key: " + e.admin + "\r\n\r\n", "404"},
		"bytes in a query":        {"GET /api/calls?number=%00%ff%0a HTTP/1.1\r\nHost: x\r\nX-API-Key: " + e.admin + "\r\n\r\n", "200"},
		"a query that is broken":  {"GET /api/calls?limit=%zz HTTP/1.1\r\nHost: x\r\nX-API-Key: " + e.admin + "\r\n\r\n", "400"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // two of them wait until the server's patience ends
			got := raw(t, srv, func(conn net.Conn) {
				if _, err := io.WriteString(conn, c.request); err != nil {
					t.Log("the server stopped reading:", err)
				}
			})
			if !strings.Contains(got, " "+c.want+" ") {
				t.Errorf("answered %q, want %s", got, c.want)
			}
		})
	}
}

func TestTheDocument(t *testing.T) {
	e := newEndpoint(t)
	e.server.Version = "1.2.3"
	var doc struct {
		OpenAPI string `json:"openapi"`
		Info    struct{ Version string }
		Paths   map[string]any `json:"paths"`
	}
	w := e.do("GET", "/openapi.json", "", nil)
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || !strings.HasPrefix(doc.OpenAPI, "3.1") || doc.Info.Version != "1.2.3" || len(doc.Paths) < 15 {
		t.Errorf("%v: %+v", err, doc)
	}
	for _, secret := range []string{"$schema", "unpkg", "http://", "ErrorModel"} {
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("the document has %q", secret)
		}
	}
	if w := e.do("GET", "/openapi.yaml", "", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "openapi: 3.1") {
		t.Errorf("%d", w.Code)
	}
	e.refused(e.do("GET", "/docs", "", nil), 404, "not_found")
}

// A handler that a profile needs is open to superadmins alone.
func TestProfiles(t *testing.T) {
	e := newEndpoint(t)
	e.refused(e.do("GET", "/debug/pprof/", "", nil), 401, "unauthorized")
	e.refused(e.as(e.admin, "GET", "/debug/pprof/", ""), 403, "forbidden")
	if w := e.as(operatorKey, "GET", "/debug/pprof/", ""); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
}
