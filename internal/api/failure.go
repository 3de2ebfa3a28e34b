package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/config"
	"switchyard/routing"
)

// Failure is the body of every error.
type Failure struct {
	Message  string            `json:"error" doc:"what is wrong, for people"`
	Code     string            `json:"code" doc:"the same for programs"`
	Detail   string            `json:"detail,omitempty" doc:"what exactly, and where"`
	Problems []routing.Problem `json:"problems,omitempty" doc:"of a configuration that was refused, and of a request that is not valid"`

	// Stale and Draft are what others did meanwhile.
	Stale []config.StaleScope `json:"stale,omitempty" doc:"of a change that was made from an earlier revision: what was published since"`
	Draft *DraftEntry         `json:"draft,omitempty" doc:"of a draft that somebody else saved meanwhile: as it is now"`

	status int
}

// Error implements error.
func (f *Failure) Error() string {
	if f.Detail != "" {
		return f.Message + ": " + f.Detail
	}
	return f.Message
}

// GetStatus implements huma.StatusError.
func (f *Failure) GetStatus() int { return f.status }

// codes are what programs go by where nothing says it better.
var codes = map[int]string{
	http.StatusBadRequest:            "bad_request",
	http.StatusUnauthorized:          "unauthorized",
	http.StatusForbidden:             "forbidden",
	http.StatusNotFound:              "not_found",
	http.StatusRequestTimeout:        "timeout",
	http.StatusConflict:              "conflict",
	http.StatusTooManyRequests:       "too_many_requests",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusUnsupportedMediaType:  "unsupported_media_type",
	http.StatusUnprocessableEntity:   "invalid",
	http.StatusServiceUnavailable:    "store_unavailable",
}

func code(status int) string {
	if c, ok := codes[status]; ok {
		return c
	}
	return "error"
}

func refuse(status int, format string, args ...any) *Failure {
	return &Failure{Message: fmt.Sprintf(format, args...), Code: code(status), status: status}
}

func noSuch(what string) *Failure { return refuse(http.StatusNotFound, "there is no such %s", what) }

// wrong says what is wrong with one value of a request.
func wrong(where, format string, args ...any) *Failure {
	f := refuse(http.StatusUnprocessableEntity, "the request is not valid")
	f.Problems = []routing.Problem{{Path: where, Message: fmt.Sprintf(format, args...)}}
	f.Detail = f.Problems[0].String()
	return f
}

// huma has one error shape for the whole process, and this is ours.
var _ = func() struct{} { huma.NewError = newFailure; return struct{}{} }()

// newFailure spells an error that huma found. Values stay out of it: they may
// be secrets.
func newFailure(status int, message string, errs ...error) huma.StatusError {
	var large *http.MaxBytesError
	if errors.As(errors.Join(errs...), &large) {
		return tooLarge(large.Limit)
	}
	f := refuse(status, "%s", message)
	switch {
	case status >= http.StatusInternalServerError:
		f.Code, f.Message = "internal", "something went wrong here"
		return f
	case status == http.StatusUnprocessableEntity:
		f.Message = "the request is not valid"
	}
	var texts []string
	for _, err := range errs {
		p := routing.Problem{Message: "not valid"}
		var detail *huma.ErrorDetail
		if errors.As(err, &detail) {
			p.Path, p.Message = legible(detail.Location), legible(detail.Message)
		}
		f.Problems = append(f.Problems, p)
		texts = append(texts, p.String())
	}
	f.Detail = strings.Join(texts, "; ")
	return f
}

// mostShown bounds what an error shows of a request.
const mostShown = 300

func legible(text string) string {
	text = safeLines(text)
	if len(text) > mostShown {
		text = strings.ToValidUTF8(text[:mostShown], "") + "…"
	}
	return text
}

// refused spells why a configuration was not changed.
func (s *Server) refused(err error) error {
	var problems config.Problems
	var own *Failure
	switch {
	case errors.As(err, &own):
		return own
	case refusedRevision(err) != nil:
		return refusedRevision(err)
	case refusedDraft(err) != nil:
		return refusedDraft(err)
	case errors.As(err, &problems):
		f := refuse(http.StatusUnprocessableEntity, "the configuration was refused; nothing was changed")
		f.Code, f.Detail, f.Problems = "invalid_configuration", problems.Error(), problems
		return f
	case errors.Is(err, config.ErrStale):
		return refuse(http.StatusConflict, "%s", err)
	case errors.Is(err, config.ErrNoTenant):
		return noSuch("tenant")
	case errors.Is(err, config.ErrNotLoaded):
		s.Log.Error().Err(err).Msg("a configuration was stored and not loaded")
		f := refuse(http.StatusServiceUnavailable, "%s", config.ErrNotLoaded)
		f.Code = "not_loaded"
		return f
	default:
		return s.unavailable(err, "the configuration could not be stored; nothing was changed")
	}
}

// unavailable tells the log what the store said, and the client only that it
// did not do it.
func (s *Server) unavailable(err error, text string) error {
	if !errors.Is(err, context.Canceled) {
		s.Log.Error().Err(err).Msg("http: the store did not do it")
	}
	return refuse(http.StatusServiceUnavailable, "%s", text)
}

const unread = "the store does not answer just now; try again"

func (s *Server) fail(w http.ResponseWriter, f *Failure) { s.answer(w, f.status, f) }

func (s *Server) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.Log.Debug().Err(err).Msg("the client went before its answer")
	}
}
