package config

import "switchyard/routing"

// Webhooks gives a tenant's enabled webhooks; none of a tenant that is not there.
func (h *Holder) Webhooks(tenant routing.TenantID) []routing.Webhook {
	plan, ok := h.Directory().Plan(string(tenant))
	if !ok {
		return nil
	}
	return plan.Webhooks()
}
