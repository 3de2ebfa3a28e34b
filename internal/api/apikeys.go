package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/keys"
	"switchyard/routing"
)

// APIKey is a key as it is shown.
type APIKey struct {
	ID         string     `json:"id"`
	TenantID   string     `json:"tenantId" doc:"empty for a superadmin's"`
	Name       string     `json:"name"`
	Role       keys.Role  `json:"role" enum:"superadmin,admin,readonly"`
	Hint       string     `json:"hint" doc:"the last four characters of the key"`
	CreatedAt  time.Time  `json:"createdAt"`
	CreatedBy  string     `json:"createdBy"`
	LastUsedAt *time.Time `json:"lastUsedAt" doc:"to the minute; null: never"`
	RevokedAt  *time.Time `json:"revokedAt" doc:"null: it is valid"`
	Key        string     `json:"key,omitempty" doc:"the key itself; only in the answer that made it"`
}

func shownKey(k keys.Key, secret string) APIKey {
	return APIKey{
		ID: k.ID, TenantID: string(k.TenantID), Name: k.Name, Role: k.Role, Hint: k.Hint, CreatedAt: k.CreatedAt, CreatedBy: k.CreatedBy,
		LastUsedAt: orNull(k.LastUsedAt), RevokedAt: orNull(k.RevokedAt), Key: secret,
	}
}

// orNull is nil for what never was.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

type (
	keyAnswer  struct{ Body apiKeyBody }
	apiKeyBody struct {
		APIKey APIKey `json:"apiKey"`
	}
	keysAnswer  struct{ Body apiKeysBody }
	apiKeysBody struct {
		APIKeys []APIKey `json:"apiKeys"`
	}
	// KeyRef names a key.
	KeyRef struct {
		ForTenant
		ID string `path:"id" maxLength:"100"`
	}
	newKey struct {
		ForTenant
		Body struct {
			Name string    `json:"name" minLength:"1" maxLength:"200"`
			Role keys.Role `json:"role" enum:"superadmin,admin,readonly"`
		}
	}
	keyChange struct {
		KeyRef
		Body struct {
			Name *string    `json:"name,omitempty" minLength:"1" maxLength:"200"`
			Role *keys.Role `json:"role,omitempty" enum:"superadmin,admin,readonly"`
		}
	}
	// nothing is the answer without a body.
	nothing struct{}
)

func (s *Server) keyResources(a huma.API) {
	const path, tag = "/api/api-keys", "API keys"
	add(a, anyKey, huma.Operation{OperationID: "list-api-keys", Method: http.MethodGet, Path: path, Tags: []string{tag}, Summary: "All keys of the tenant, without the keys themselves"}, s.listKeys)
	add(a, anyKey, huma.Operation{OperationID: "create-api-key", Method: http.MethodPost, Path: path, DefaultStatus: http.StatusCreated, Tags: []string{tag}, Summary: "A new key; it is in this answer and never again"}, s.createKey)
	add(a, anyKey, huma.Operation{OperationID: "get-api-key", Method: http.MethodGet, Path: path + "/{id}", Tags: []string{tag}, Summary: "One key, without the key itself"}, s.getKey)
	add(a, anyKey, huma.Operation{OperationID: "change-api-key", Method: http.MethodPatch, Path: path + "/{id}", Tags: []string{tag}, Summary: "Another name or role"}, s.changeKey)
	add(a, anyKey, huma.Operation{OperationID: "revoke-api-key", Method: http.MethodDelete, Path: path + "/{id}", DefaultStatus: http.StatusNoContent, Tags: []string{tag}, Summary: "Close a key for good"}, s.revokeKey)
	add(a, anyKey, huma.Operation{OperationID: "regenerate-api-key", Method: http.MethodPost, Path: path + "/{id}/regenerate", Tags: []string{tag}, Summary: "A new key in place of the old one, which opens nothing from then on", Errors: []int{http.StatusConflict}}, s.regenerateKey)
}

// mayHave tells whether a key of the tenant may have a role.
func mayHave(tenant routing.TenantID, role keys.Role) error {
	switch {
	case tenant == "" && role != keys.Superadmin:
		return wrong("query.tenantId", "a key with the role %s belongs to a tenant: name it", role)
	case tenant != "" && role == keys.Superadmin:
		return wrong("body.role", "a superadmin's key belongs to no tenant")
	}
	return nil
}

func (s *Server) listKeys(ctx context.Context, _ *ForTenant) (*keysAnswer, error) {
	list, err := s.Desk.List(ctx, callerOf(ctx).tenant)
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	out := &keysAnswer{Body: apiKeysBody{APIKeys: make([]APIKey, len(list))}}
	for i, k := range list {
		out.Body.APIKeys[i] = shownKey(k, "")
	}
	return out, nil
}

func (s *Server) createKey(ctx context.Context, in *newKey) (*keyAnswer, error) {
	c := callerOf(ctx)
	if in.Body.Role == keys.Superadmin && c.key.Role != keys.Superadmin {
		return nil, refuse(http.StatusForbidden, "only a superadmin's key can make another one")
	}
	if err := mayHave(c.tenant, in.Body.Role); err != nil {
		return nil, err
	}
	name := safeName(in.Body.Name)
	if name == "" {
		return nil, wrong("body.name", "nothing of it can be shown")
	}
	k, secret, err := s.Desk.Create(ctx, c.tenant, name, in.Body.Role, c.name())
	if err != nil {
		return nil, s.unavailable(err, "the key could not be stored; there is none")
	}
	s.Log.Info().Str("key", k.ID).Str("tenant", string(k.TenantID)).Str("role", string(k.Role)).Str("by", c.name()).Msg("key created")
	return &keyAnswer{Body: apiKeyBody{shownKey(k, secret)}}, nil
}

func (s *Server) getKey(ctx context.Context, in *KeyRef) (*keyAnswer, error) {
	k, err := s.Desk.Key(ctx, callerOf(ctx).tenant, in.ID)
	if err != nil {
		return nil, s.keyRefused(err)
	}
	return &keyAnswer{Body: apiKeyBody{shownKey(k, "")}}, nil
}

func (s *Server) changeKey(ctx context.Context, in *keyChange) (*keyAnswer, error) {
	tenant := callerOf(ctx).tenant
	k, err := s.Desk.Change(ctx, tenant, in.ID, func(k *keys.Key) error {
		if in.Body.Name != nil {
			if k.Name = safeName(*in.Body.Name); k.Name == "" {
				return wrong("body.name", "nothing of it can be shown")
			}
		}
		if in.Body.Role != nil {
			k.Role = *in.Body.Role
		}
		return mayHave(tenant, k.Role)
	})
	if err != nil {
		return nil, s.keyRefused(err)
	}
	return &keyAnswer{Body: apiKeyBody{shownKey(k, "")}}, nil
}

func (s *Server) revokeKey(ctx context.Context, in *KeyRef) (*nothing, error) {
	c := callerOf(ctx)
	if err := s.Desk.Revoke(ctx, c.tenant, in.ID); err != nil {
		return nil, s.keyRefused(err)
	}
	s.Log.Info().Str("key", in.ID).Str("tenant", string(c.tenant)).Str("by", c.name()).Msg("key revoked")
	return nil, nil
}

func (s *Server) regenerateKey(ctx context.Context, in *KeyRef) (*keyAnswer, error) {
	c := callerOf(ctx)
	k, secret, err := s.Desk.Regenerate(ctx, c.tenant, in.ID)
	if err != nil {
		return nil, s.keyRefused(err)
	}
	s.Log.Info().Str("key", k.ID).Str("tenant", string(k.TenantID)).Str("by", c.name()).Msg("key regenerated")
	return &keyAnswer{Body: apiKeyBody{shownKey(k, secret)}}, nil
}

func (s *Server) keyRefused(err error) error {
	var own *Failure
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, keys.ErrUnknown):
		return noSuch("key")
	case errors.Is(err, keys.ErrRevoked):
		return refuse(http.StatusConflict, "%s", err)
	default:
		return s.unavailable(err, unread)
	}
}
