package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

// Webhook is an endpoint of the tenant's CRM as it is shown: never its secret.
type Webhook struct {
	ID             string         `json:"id"`
	Name           string         `json:"name"`
	URL            string         `json:"url"`
	Events         []string       `json:"events" doc:"empty: call.started, call.answered, call.forwarded and call.ended"`
	HasSecret      bool           `json:"hasSecret"`
	OldSecretUntil string         `json:"previousSecretUntil,omitempty" doc:"until then the secret before this one signs too"`
	Order          string         `json:"order" enum:"call,none" doc:"call: the events of one call come one after the other; none: one that fails holds none back"`
	TimeoutSeconds int            `json:"timeoutSeconds"`
	Enabled        bool           `json:"enabled"`
	State          string         `json:"state" enum:"working,failing,paused,disabled,off" doc:"disabled: given up by the server, see disabledWhy; off: switched off by enabled"`
	Health         *WebhookHealth `json:"health" doc:"null: nothing failed lately"`
}

// WebhookHealth is what is known of a webhook that failed lately.
type WebhookHealth struct {
	FailingSince *time.Time `json:"failingSince"`
	Failures     int        `json:"failures" doc:"in a row"`
	PausedUntil  *time.Time `json:"pausedUntil" doc:"nothing is sent before"`
	LastOKAt     *time.Time `json:"lastOkAt"`
	DisabledAt   *time.Time `json:"disabledAt"`
	DisabledWhy  string     `json:"disabledWhy,omitempty"`
}

const defaultTimeout = 5 // seconds, as routing fills in

func (s *Server) shownWebhook(w routing.Webhook, health map[string]delivery.Health) Webhook {
	out := Webhook{
		ID: w.ID, Name: w.Name, URL: w.URL, Events: append([]string{}, w.Events...), HasSecret: w.Secret != "",
		OldSecretUntil: w.PreviousSecretUntil, Order: string(cmp.Or(w.Order, routing.OrderCall)),
		TimeoutSeconds: cmp.Or(w.TimeoutSeconds, defaultTimeout), Enabled: w.Enabled == nil || *w.Enabled, State: "working",
	}
	h, failed := health[w.ID]
	if failed {
		out.Health = &WebhookHealth{
			FailingSince: orNull(h.FailingSince), Failures: h.Failures, PausedUntil: orNull(h.PausedUntil), LastOKAt: orNull(h.LastOKAt),
			DisabledAt: orNull(h.DisabledAt), DisabledWhy: safeLines(h.DisabledWhy),
		}
	}
	switch {
	case !out.Enabled:
		out.State = "off"
	case !h.DisabledAt.IsZero():
		out.State = "disabled"
	case h.PausedUntil.After(s.Now()):
		out.State = "paused"
	case h.Failures > 0:
		out.State = "failing"
	}
	return out
}

type (
	webhooksAnswer struct{ Body webhooksBody }
	webhooksBody   struct {
		Webhooks []Webhook `json:"webhooks"`
	}
	webhookAnswer struct{ Body webhookBody }
	webhookBody   struct {
		Webhook Webhook `json:"webhook"`
	}
	// WebhookRef names a webhook.
	WebhookRef struct {
		ForTenant
		ID string `path:"id" maxLength:"100" doc:"id or name"`
	}
	newWebhook struct {
		ForTenant
		Body struct {
			Name           string   `json:"name" minLength:"1" maxLength:"200"`
			URL            string   `json:"url" minLength:"1" maxLength:"2000"`
			Events         []string `json:"events,omitempty" maxItems:"50" doc:"none: call.started, call.answered, call.forwarded and call.ended"`
			Secret         string   `json:"secret,omitempty" maxLength:"500" doc:"signs every delivery; never shown again"`
			Order          string   `json:"order,omitempty" doc:"call (default) or none"`
			TimeoutSeconds int      `json:"timeoutSeconds,omitempty" doc:"1 to 30, default 5"`
			Enabled        *bool    `json:"enabled,omitempty" doc:"default true"`
		}
	}
	webhookChange struct {
		WebhookRef
		Body webhookPatch
	}
	webhookPatch struct {
		Name           Patch[string]   `json:"name,omitempty" maxLength:"200"`
		URL            Patch[string]   `json:"url,omitempty" maxLength:"2000"`
		Events         Patch[[]string] `json:"events,omitempty" doc:"replaces the list; null: call.started, call.answered, call.forwarded and call.ended"`
		Secret         Patch[string]   `json:"secret,omitempty" maxLength:"500" doc:"null: deliveries are not signed any more"`
		Order          Patch[string]   `json:"order,omitempty"`
		TimeoutSeconds Patch[int]      `json:"timeoutSeconds,omitempty"`
		Enabled        Patch[*bool]    `json:"enabled,omitempty"`
	}
	rotation struct {
		WebhookRef
		Body *rotationBody // may be left out
	}
	rotationBody struct {
		Secret       string `json:"secret,omitempty" maxLength:"500" doc:"left out: one is made and shown in this answer alone"`
		OverlapHours *int   `json:"overlapHours,omitempty" minimum:"0" maximum:"720" doc:"how long the old one signs too; default 24"`
	}
	rotationAnswer struct{ Body rotatedBody }
	rotatedBody    struct {
		Webhook Webhook `json:"webhook"`
		Secret  string  `json:"secret,omitempty" doc:"the new one, if it was made here; never shown again"`
	}
	webhookDeliveries struct {
		WebhookRef
		DeliveryPage
		State delivery.State `query:"state" enum:"ready,sending,waiting,delivered,failed"`
	}
)

func (s *Server) webhookResources(a huma.API) {
	const path, one = "/api/webhooks", "/api/webhooks/{id}"
	tags, conflict := []string{"Webhooks"}, []int{http.StatusConflict}
	add(a, anyKey, huma.Operation{OperationID: "list-webhooks", Method: http.MethodGet, Path: path, Tags: tags, Summary: "All webhooks of the tenant and how they fare"}, s.listWebhooks)
	add(a, anyKey, huma.Operation{OperationID: "create-webhook", Method: http.MethodPost, Path: path, DefaultStatus: http.StatusCreated, Tags: tags, Errors: conflict, Summary: "A new webhook, as a new revision of the tenant's configuration"}, s.createWebhook)
	add(a, anyKey, huma.Operation{OperationID: "get-webhook", Method: http.MethodGet, Path: one, Tags: tags, Summary: "One webhook and how it fares"}, s.getWebhook)
	add(a, anyKey, huma.Operation{OperationID: "change-webhook", Method: http.MethodPatch, Path: one, Tags: tags, Errors: conflict, Summary: "Change a webhook", Description: "What is left out stays, null clears, a value replaces."}, s.changeWebhook)
	add(a, anyKey, huma.Operation{OperationID: "delete-webhook", Method: http.MethodDelete, Path: one, DefaultStatus: http.StatusNoContent, Tags: tags, Errors: conflict, Summary: "Delete a webhook; what it has in line is given up"}, s.deleteWebhook)
	add(a, anyKey, huma.Operation{OperationID: "test-webhook", Method: http.MethodPost, Path: one + "/test", Tags: tags, Errors: conflict, Summary: "Deliver a test event and tell what came of the first attempt"}, s.testWebhook)
	add(a, anyKey, huma.Operation{OperationID: "enable-webhook", Method: http.MethodPost, Path: one + "/enable", Tags: tags, Errors: conflict, Summary: "Try a webhook again that was disabled or switched off"}, s.enableWebhook)
	add(a, anyKey, huma.Operation{OperationID: "rotate-webhook-secret", Method: http.MethodPost, Path: one + "/rotate-secret", Tags: tags, Errors: conflict, Summary: "A new secret; the old one signs too for a while"}, s.rotateSecret)
	add(a, anyKey, huma.Operation{OperationID: "list-webhook-deliveries", Method: http.MethodGet, Path: one + "/deliveries", Tags: tags, Summary: "Deliveries to one webhook, the newest first"}, s.webhookDeliveries)
}

// webhook finds one of the tenant's webhooks.
func (s *Server) webhook(tenant routing.TenantID, idOrName string) (routing.Webhook, error) {
	cfg, _, err := s.Configuration.Tenant(string(tenant))
	if err != nil {
		return routing.Webhook{}, s.refused(err)
	}
	if i := webhookIn(cfg.Webhooks, idOrName); i >= 0 {
		return cfg.Webhooks[i], nil
	}
	return routing.Webhook{}, noSuch("webhook")
}

// ownWebhook finds the webhook a request names, of the tenant it is for.
func (s *Server) ownWebhook(ctx context.Context, in *WebhookRef) (routing.TenantID, routing.Webhook, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return "", routing.Webhook{}, err
	}
	w, err := s.webhook(tenant, in.ID)
	return tenant, w, err
}

// webhookIn gives the place of a webhook by id, else by name; -1 if it is not
// there.
func webhookIn(list []routing.Webhook, idOrName string) int {
	if i := slices.IndexFunc(list, func(w routing.Webhook) bool { return w.ID == idOrName }); i >= 0 {
		return i
	}
	return slices.IndexFunc(list, func(w routing.Webhook) bool { return w.Name == idOrName })
}

func (s *Server) listWebhooks(ctx context.Context, _ *ForTenant) (*webhooksAnswer, error) {
	tenant, cfg, err := s.ownConfiguration(ctx)
	if err != nil {
		return nil, err
	}
	health, err := s.Deliveries.Health(ctx, tenant)
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	out := &webhooksAnswer{Body: webhooksBody{Webhooks: make([]Webhook, len(cfg.Webhooks))}}
	for i, w := range cfg.Webhooks {
		out.Body.Webhooks[i] = s.shownWebhook(w, health)
	}
	return out, nil
}

func (s *Server) getWebhook(ctx context.Context, in *WebhookRef) (*webhookAnswer, error) {
	tenant, w, err := s.ownWebhook(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.webhookAnswer(ctx, tenant, w)
}

func (s *Server) webhookAnswer(ctx context.Context, tenant routing.TenantID, w routing.Webhook) (*webhookAnswer, error) {
	health, err := s.Deliveries.Health(ctx, tenant)
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	return &webhookAnswer{Body: webhookBody{s.shownWebhook(w, health)}}, nil
}

func (s *Server) webhookDeliveries(ctx context.Context, in *webhookDeliveries) (*deliveriesAnswer, error) {
	tenant, w, err := s.ownWebhook(ctx, &in.WebhookRef)
	if err != nil {
		return nil, err
	}
	return s.deliveryList(ctx, in.DeliveryPage, delivery.HistoryFilter{TenantID: tenant, EndpointID: w.ID, State: in.State})
}
