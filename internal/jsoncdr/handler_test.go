package jsoncdr

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

const path = "/switch/cdr?uuid=00000000-0000-0000-0000-000000000000"

func post(h http.Handler, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.SetBasicAuth("switchyard", "right")
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func newTestHandler(s *sink) *Handler {
	return NewHandler(HandlerOptions{User: "switchyard", Password: "right", Sink: s, Log: zerolog.Nop()})
}

func TestPostedRecordIsStored(t *testing.T) {
	s := &sink{}
	h := newTestHandler(s)
	body := string(read1(t, "answered-b.json"))
	for range 2 { // the second as after an answer that was lost
		if w := post(h, "application/json", body); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	id := told(t, "answered-b").Leg.LegID
	if got := s.legs(); !slices.Equal(got, []string{id, id}) {
		t.Errorf("stored %q: the leg is the body's, not the address's", got)
	}
	if got := h.Stats(); got != (HandlerStats{Accepted: 2}) {
		t.Errorf("%+v", got)
	}
}

func TestContentTypes(t *testing.T) {
	plain, in64 := string(read1(t, "busy-a.json")), string(read1(t, "base64-a.txt"))
	for _, c := range []struct {
		contentType, body string
		want              int
	}{
		{"application/json", plain, 200},
		{"application/json; charset=utf-8", plain, 200},
		{"application/x-www-form-urlencoded", plain, 200}, // disable-100-continue
		{"application/x-www-form-base64-encoded", in64, 200},
		{"application/x-www-form-urlencoded", string(read1(t, "form-a.txt")), 400},
		{"text/plain", plain, 415},
		{"", plain, 415},
		{"application/json", plain[:len(plain)/2], 400},
		{"application/json", "", 400},
		{"application/json", `{"variables":{"x":"` + strings.Repeat("x", MaxBytes) + `"}}`, 413},
	} {
		s := &sink{}
		h := newTestHandler(s)
		if w := post(h, c.contentType, c.body); w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.contentType, w.Code, c.want)
		}
		if stored := len(s.taken) == 1; stored != (c.want == 200) || stored == (h.Stats().Malformed == 1) {
			t.Errorf("%s: stored %v, %+v", c.contentType, stored, h.Stats())
		}
	}
}

func TestStoreAwayIsNoSuccess(t *testing.T) {
	s := &sink{}
	s.refuse(errors.New("the store is away: password=secret"))
	h := newTestHandler(s)
	w := post(h, "application/json", leg("a"))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.refuse(nil)
	if w := post(h, "application/json", leg("a")); w.Code != http.StatusOK {
		t.Errorf("tried again: %d", w.Code)
	}
	if got := h.Stats(); got != (HandlerStats{Accepted: 1, Failed: 1}) {
		t.Errorf("%+v", got)
	}
}

func TestWrongCredentials(t *testing.T) {
	s := &sink{}
	h := newTestHandler(s)
	var answers []string
	for _, c := range [][2]string{{"switchyard", "wrong"}, {"other", "right"}, {"", ""}, {"switchyard", ""}, {"right", "switchyard"}} {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(leg("a")))
		r.SetBasicAuth(c[0], c[1])
		answers = append(answers, refusal(t, h, r))
	}
	none := httptest.NewRequest(http.MethodGet, path, nil)
	answers = append(answers, refusal(t, h, none))
	bearer := httptest.NewRequest(http.MethodPost, path, nil)
	bearer.Header.Set("Authorization", "Bearer right")
	answers = append(answers, refusal(t, h, bearer))
	if len(slices.Compact(answers)) != 1 {
		t.Errorf("answers differ by what was wrong: %q", answers)
	}
	if s.asked != 0 || h.Stats().Unauthorized != uint64(7) {
		t.Errorf("asked to store %d times, %+v", s.asked, h.Stats())
	}
}

func refusal(t *testing.T, h http.Handler, r *http.Request) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	return w.Body.String()
}

// A server without credentials must not be open to everybody who sends none.
func TestNoCredentialsSet(t *testing.T) {
	h := NewHandler(HandlerOptions{Sink: &sink{}, Log: zerolog.Nop()})
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(leg("a")))
	r.SetBasicAuth("", "")
	refusal(t, h, r)
}

func TestOnlyPost(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.SetBasicAuth("switchyard", "right")
	w := httptest.NewRecorder()
	newTestHandler(&sink{}).ServeHTTP(w, r)
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
