package api

import (
	"context"
	"slices"

	"switchyard/routing"
)

func (s *Server) createWebhook(ctx context.Context, in *newWebhook) (*webhookAnswer, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return nil, err
	}
	b := in.Body
	w := routing.Webhook{Name: b.Name, URL: b.URL, Events: b.Events, Secret: b.Secret, Order: routing.WebhookOrder(b.Order), TimeoutSeconds: b.TimeoutSeconds, Enabled: b.Enabled}
	if err := s.changeTenant(ctx, tenant, "webhook "+b.Name+" created", func(c *routing.TenantConfig) error {
		c.Webhooks = append(c.Webhooks, w)
		return nil
	}); err != nil {
		return nil, err
	}
	if w, err = s.webhook(tenant, b.Name); err != nil {
		return nil, err
	}
	return s.webhookAnswer(ctx, tenant, w)
}

// updateWebhook changes one webhook and gives it as it is then.
func (s *Server) updateWebhook(ctx context.Context, in WebhookRef, what string, f func(*routing.Webhook) error) (routing.TenantID, routing.Webhook, error) {
	tenant, w, err := s.ownWebhook(ctx, &in)
	if err != nil {
		return "", w, err
	}
	err = s.changeTenant(ctx, tenant, "webhook "+w.Name+" "+what, func(c *routing.TenantConfig) error {
		i := webhookIn(c.Webhooks, w.ID)
		if i < 0 {
			return noSuch("webhook")
		}
		return f(&c.Webhooks[i])
	})
	if err != nil {
		return "", w, err
	}
	w, err = s.webhook(tenant, w.ID)
	return tenant, w, err
}

func (s *Server) changeWebhook(ctx context.Context, in *webhookChange) (*webhookAnswer, error) {
	p := in.Body
	if p.Name.Sent && p.Name.Value == "" || p.URL.Sent && p.URL.Value == "" {
		return nil, wrong("body", "a webhook needs its name and its url")
	}
	tenant, w, err := s.updateWebhook(ctx, in.WebhookRef, "changed", func(w *routing.Webhook) error {
		p.Name.put(&w.Name)
		p.URL.put(&w.URL)
		p.Events.put(&w.Events)
		p.TimeoutSeconds.put(&w.TimeoutSeconds)
		if p.Order.Sent {
			w.Order = routing.WebhookOrder(p.Order.Value)
		}
		p.Enabled.put(&w.Enabled)
		if p.Secret.Sent {
			w.Secret = p.Secret.Value
			forgetPrevious(w)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if p.URL.Sent { // what failed was another address
		if err := s.tryAgain(ctx, tenant, w); err != nil {
			return nil, err
		}
	}
	return s.webhookAnswer(ctx, tenant, w)
}

// tryAgain forgets that a webhook failed.
func (s *Server) tryAgain(ctx context.Context, tenant routing.TenantID, w routing.Webhook) error {
	if err := s.Deliveries.Enable(ctx, tenant, w.ID); err != nil {
		return s.unavailable(err, "the webhook could not be enabled; try again")
	}
	s.Wake(w.ID)
	return nil
}

func (s *Server) deleteWebhook(ctx context.Context, in *WebhookRef) (*nothing, error) {
	tenant, w, err := s.ownWebhook(ctx, in)
	if err != nil {
		return nil, err
	}
	return nil, s.changeTenant(ctx, tenant, "webhook "+w.Name+" deleted", func(c *routing.TenantConfig) error {
		c.Webhooks = slices.DeleteFunc(c.Webhooks, func(other routing.Webhook) bool { return other.ID == w.ID })
		return nil
	})
}

func (s *Server) enableWebhook(ctx context.Context, in *WebhookRef) (*webhookAnswer, error) {
	tenant, w, err := s.updateWebhook(ctx, *in, "enabled", func(w *routing.Webhook) error {
		if w.Enabled != nil && !*w.Enabled {
			w.Enabled = nil
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.tryAgain(ctx, tenant, w); err != nil {
		return nil, err
	}
	return s.webhookAnswer(ctx, tenant, w)
}
