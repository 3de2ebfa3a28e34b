package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

const documentText = `Calls, events, deliveries, webhooks and keys of a Switchyard server.

A key goes into the header "Authorization: Bearer csk_live_..." or "X-API-Key". It belongs to one tenant and sees nothing of the others; a superadmin's key names the tenant with ?tenantId=. A readonly key reads.

Every error has the body {error, code, detail}: a sentence for people, a word for programs, and what exactly is wrong where.`

// document is the OpenAPI document before the resources are in it. It has no
// page of its own: such pages load scripts from elsewhere.
func (s *Server) document() huma.Config {
	c := huma.DefaultConfig("Switchyard", s.Version)
	c.Info.Description = documentText
	c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", nil
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer"},
		"key":    {Type: "apiKey", In: "header", Name: "X-API-Key"},
	}
	return c
}

// bodyMost is the largest body of a request that is no configuration.
const bodyMost = 64 << 10

// add adds a resource that keys with enough rights may use.
func add[I, O any](a huma.API, need access, o huma.Operation, f func(context.Context, *I) (*O, error)) {
	o.Security = []map[string][]string{{"bearer": {}}, {"key": {}}}
	o.Metadata = map[string]any{accessKey: need, worksKey: o.Metadata[worksKey]}
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = bodyMost
	}
	o.Errors = append(o.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusServiceUnavailable)
	huma.Register(a, o, f)
}

// ForTenant is the parameter by which a superadmin's key names a tenant; the
// middleware reads it for all resources.
type ForTenant struct {
	TenantID string `query:"tenantId" maxLength:"200" doc:"The tenant, by id or name. Only a superadmin's key needs it."`
}
