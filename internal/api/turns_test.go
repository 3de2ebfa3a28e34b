package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"switchyard/internal/config"
)

// begin makes a request beside the test.
func (e *endpoint) begin(ctx context.Context, key, path, body string) <-chan *httptest.ResponseRecorder {
	done := make(chan *httptest.ResponseRecorder, 1)
	r := httptest.NewRequestWithContext(ctx, "POST", path, strings.NewReader(body))
	r.Header.Set("X-API-Key", key)
	r.Header.Set("Content-Type", "application/json")
	go func() {
		w := httptest.NewRecorder()
		e.handler().ServeHTTP(w, r)
		done <- w
	}()
	return done
}

// holdChanges keeps every change of the configuration from ending until next is
// closed.
func (e *endpoint) holdChanges() (next chan struct{}) {
	next = make(chan struct{})
	e.cfg.instead = func(config.Request) (config.Applied, error) {
		<-next
		return config.Applied{}, nil
	}
	return next
}

// Two requests with configuration files work at once, some wait, and the others
// are told to come later, whatever they would do with the files.
func TestRequestsWithFilesWaitTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint(t)
		next := e.holdChanges()
		e.cfg.calls = 0
		var begun []<-chan *httptest.ResponseRecorder
		for range worksInAll - 1 {
			begun = append(begun, e.begin(t.Context(), operatorKey, "/api/config/apply", acmesFiles))
			synctest.Wait()
		}
		ctx, goAway := context.WithCancel(t.Context())
		gone := e.begin(ctx, operatorKey, "/api/config/apply", acmesFiles)
		synctest.Wait()
		if e.cfg.calls != turnsAtOnce {
			t.Errorf("%d work at once", e.cfg.calls)
		}
		for _, path := range []string{"apply", "diff", "check", "rollback", "drafts/hours/check", "drafts/hours/publish"} {
			e.refused(e.post("/api/config/"+path, acmesFiles), http.StatusTooManyRequests, "too_many_requests")
		}
		e.refused(e.as(operatorKey, "PUT", "/api/config/drafts/hours", acmesFiles), http.StatusTooManyRequests, "too_many_requests")
		e.refused(e.as(operatorKey, "GET", "/api/config/drafts/hours/diff", ""), http.StatusTooManyRequests, "too_many_requests")
		e.refused(e.post("/api/replay", acmesFiles), http.StatusTooManyRequests, "too_many_requests")
		goAway()
		<-gone
		close(next)
		for _, b := range begun {
			if w := <-b; w.Code != http.StatusOK {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
		if e.cfg.calls != worksInAll-1 {
			t.Errorf("%d were carried out: the client of one had gone", e.cfg.calls)
		}
	})
}

// A tenant that asks for more than its share takes it from nobody else.
func TestATenantDoesNotTakeAllTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint(t)
		next := e.holdChanges()
		var begun []<-chan *httptest.ResponseRecorder
		for range worksOfTenant {
			begun = append(begun, e.begin(t.Context(), e.admin, "/api/config/apply", acmesFiles))
		}
		synctest.Wait()
		e.refused(e.as(e.readonly, "POST", "/api/config/diff", acmesFiles), http.StatusTooManyRequests, "too_many_requests")
		begun = append(begun, e.begin(t.Context(), operatorKey, "/api/config/apply", acmesFiles))
		synctest.Wait()
		close(next)
		for _, b := range begun {
			if w := <-b; w.Code != http.StatusOK {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
	})
}

// How large a body may be goes by the key, whether it says its length or not.
func TestBodiesByKey(t *testing.T) {
	e := newEndpoint(t)
	for _, c := range []struct {
		name, key, path string
		most            int
		says            string
	}{
		{"a readonly key", e.readonly, "/api/config/diff", readonlyMost, "4 MiB"},
		{"a tenant's key", e.admin, "/api/config/check", tenantsMost, "16 MiB"},
		{"a tenant's replay", e.admin, "/api/replay", tenantsMost, "16 MiB"},
		{"a superadmin's key", operatorKey, "/api/config/check", configurationMost, "32 MiB"},
	} {
		for _, told := range []bool{true, false} {
			r := httptest.NewRequestWithContext(t.Context(), "POST", c.path, strings.NewReader(strings.Repeat(" ", c.most+1)))
			if !told {
				r.ContentLength, r.Body = -1, io.NopCloser(r.Body)
			}
			r.Header.Set("X-API-Key", c.key)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			e.handler().ServeHTTP(w, r)
			f := e.refused(w, http.StatusRequestEntityTooLarge, "too_large")
			if told && !strings.Contains(f.Message, c.says) {
				t.Errorf("%s: it says %q", c.name, f.Message)
			}
		}
	}
	body := filesBody(silver+strings.Repeat("# \n", readonlyMost/5), nil)
	given[config.FileDiff](e, e.as(e.readonly, "POST", "/api/config/diff", body), http.StatusOK)
}
