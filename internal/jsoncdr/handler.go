package jsoncdr

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/record"
)

// Sink takes reports. It may be given one twice. An error means that none of
// them is stored.
type Sink interface {
	Take(ctx context.Context, reports []record.Report) error
}

// storing bounds one call of the sink. It is less than the timeout that the
// shipped json_cdr.conf.xml sets, so that FreeSWITCH gets an answer.
const storing = 4 * time.Second

// Handler takes the POST requests of mod_json_cdr. It answers 200 only when
// the sink has stored the record. Safe for concurrent use.
type Handler struct {
	user, password [sha256.Size]byte
	open           bool // credentials are set
	sink           Sink
	log            zerolog.Logger

	accepted, unauthorized, malformed, failed atomic.Uint64
}

// HandlerOptions of a Handler. Sink and Log must be given. Without a user or a
// password every request is refused.
type HandlerOptions struct {
	User, Password string
	Sink           Sink
	Log            zerolog.Logger
}

// NewHandler makes a handler.
func NewHandler(o HandlerOptions) *Handler {
	return &Handler{
		user: sha256.Sum256([]byte(o.User)), password: sha256.Sum256([]byte(o.Password)),
		open: o.User != "" && o.Password != "",
		sink: o.Sink,
		// A switch that is set up wrongly is wrong for every call.
		log: o.Log.Sample(&zerolog.BurstSampler{Burst: 5, Period: time.Minute}),
	}
}

// HandlerStats counts requests since the start.
type HandlerStats struct {
	Accepted     uint64 // stored, also those that were stored before
	Unauthorized uint64
	Malformed    uint64 // no record in it, or too large
	Failed       uint64 // not stored; the switch tries again
}

// Stats gives the counts.
func (h *Handler) Stats() HandlerStats {
	return HandlerStats{
		Accepted: h.accepted.Load(), Unauthorized: h.unauthorized.Load(),
		Malformed: h.malformed.Load(), Failed: h.failed.Load(),
	}
}

// ServeHTTP implements http.Handler. What the address says of the call is not
// read: the record says it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.known(r) {
		h.unauthorized.Add(1)
		h.log.Warn().Str("peer", r.RemoteAddr).Msg("a call record was refused: wrong user or password")
		w.Header().Set("WWW-Authenticate", `Basic realm="switchyard"`)
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "records are posted", http.StatusMethodNotAllowed)
		return
	}
	report, code, err := h.read(w, r)
	if err != nil {
		h.malformed.Add(1)
		h.log.Warn().Err(err).Str("peer", r.RemoteAddr).Msg("a call record was refused: it could not be read")
		http.Error(w, http.StatusText(code), code)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), storing)
	defer cancel()
	if err := h.sink.Take(ctx, []record.Report{report}); err != nil {
		h.failed.Add(1)
		h.log.Error().Err(err).Str("call", string(report.Leg.CallID)).Str("leg", report.Leg.LegID).
			Msg("a call record was not stored; the switch keeps it")
		http.Error(w, "not stored, try again", http.StatusServiceUnavailable)
		return
	}
	h.accepted.Add(1)
	w.WriteHeader(http.StatusOK)
}

// known checks user and password in a time that does not depend on them.
func (h *Handler) known(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	u, p := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	same := subtle.ConstantTimeCompare(u[:], h.user[:]) & subtle.ConstantTimeCompare(p[:], h.password[:])
	return ok && h.open && same == 1
}

// read takes the record out of the request; code is the answer beside an error.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (_ record.Report, code int, _ error) {
	if !sendable(r.Header.Get("Content-Type")) {
		return record.Report{}, http.StatusUnsupportedMediaType, errors.New("its content type is none of mod_json_cdr's")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBytes))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return record.Report{}, http.StatusRequestEntityTooLarge, err
		}
		return record.Report{}, http.StatusBadRequest, err
	}
	report, err := Parse(body)
	return report, http.StatusBadRequest, err
}

func sendable(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch kind {
	case "application/json", "application/x-www-form-urlencoded", "application/x-www-form-base64-encoded":
		return true
	default:
		return false
	}
}
