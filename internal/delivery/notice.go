package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"switchyard/routing"
)

// The events that delivery itself causes.
const (
	EndpointDisabled = "endpoint.disabled" // one of the tenant's webhooks is tried no more
	Test             = "test"              // somebody asked for it
)

// Notice is an event that belongs to no call. It is stored and delivered like
// any other.
type Notice struct {
	ID        string
	TenantID  routing.TenantID
	Type      string
	At        time.Time
	Body      []byte // the exact bytes to send and sign
	Endpoints []string
}

// envelope is the body of every webhook.
type envelope struct {
	Event     string `json:"event"`
	Timestamp string `json:"timestamp"`
	Data      any    `json:"data"`
}

type testData struct {
	Message string `json:"message"`
}

type disabledData struct {
	EndpointID   string `json:"endpointId"`
	Name         string `json:"name"`
	Reason       string `json:"reason"`
	FailingSince string `json:"failingSince"`
	Attempts     int    `json:"attempts"`
}

// NewTest makes a test event for one endpoint, whatever that subscribes to. id
// is the event's, msg_ and a UUID; a second event with the same id is not stored.
func NewTest(id string, tenant routing.TenantID, endpoint string, at time.Time) (Notice, error) {
	return notice(Notice{ID: id, TenantID: tenant, Type: Test, At: at, Endpoints: []string{endpoint}},
		testData{"This is a test. Nothing happened."})
}

// disabledNotice tells the tenant's other webhooks. Its id follows from what
// happened, so that telling it twice stores it once. It has no URL in it, which
// may hold a token.
func disabledNotice(h *Health, hooks []routing.Webhook) (Notice, error) {
	data := disabledData{EndpointID: h.EndpointID, Reason: h.DisabledWhy, FailingSince: stamp(h.FailingSince), Attempts: h.Attempts}
	var others []string
	for i := range hooks {
		switch {
		case hooks[i].ID == h.EndpointID:
			data.Name = hooks[i].Name
		case slices.Contains(hooks[i].Events, EndpointDisabled):
			others = append(others, hooks[i].ID)
		}
	}
	what := fmt.Sprintf("%s %s %d", EndpointDisabled, h.EndpointID, h.DisabledAt.UnixMicro())
	return notice(Notice{
		ID:       "msg_" + uuid.NewSHA1(uuid.NameSpaceOID, []byte(what)).String(),
		TenantID: h.TenantID, Type: EndpointDisabled, At: h.DisabledAt, Endpoints: others,
	}, data)
}

func notice(n Notice, data any) (Notice, error) {
	body, err := json.Marshal(envelope{n.Type, stamp(n.At), data})
	if err != nil {
		return Notice{}, fmt.Errorf("write the body of %s: %w", n.Type, err)
	}
	n.Body = body
	return n, nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// disabled tells that an endpoint was disabled: the operator by a log line, the
// tenant by an event.
func (d *Dispatcher) disabled(ctx context.Context, h *Health) {
	d.opts.Log.Warn().Str("tenant", string(h.TenantID)).Str("endpoint", h.EndpointID).Str("reason", h.DisabledWhy).
		Time("failing_since", h.FailingSince).Int("attempts", h.Attempts).Msg("webhook disabled")
	n, err := disabledNotice(h, d.opts.Webhooks(h.TenantID))
	if err == nil {
		err = d.insist(ctx, func(ctx context.Context) error { return d.opts.Announce(ctx, n) })
	}
	if err != nil {
		d.opts.Log.Error().Err(err).Str("tenant", string(h.TenantID)).Str("endpoint", h.EndpointID).
			Msg("the tenant was not told that a webhook is disabled")
	}
}
