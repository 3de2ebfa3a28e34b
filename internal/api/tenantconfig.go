package api

import (
	"context"
	"time"

	"switchyard/routing"
)

// ownConfiguration gives the tenant a request is about and its configuration.
func (s *Server) ownConfiguration(ctx context.Context) (routing.TenantID, routing.TenantConfig, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return "", routing.TenantConfig{}, err
	}
	cfg, _, err := s.Configuration.Tenant(string(tenant))
	if err != nil {
		return "", routing.TenantConfig{}, s.refused(err)
	}
	return tenant, cfg, nil
}

// changeTenant publishes a change of the tenant's configuration in the
// caller's name.
func (s *Server) changeTenant(ctx context.Context, tenant routing.TenantID, comment string, f func(*routing.TenantConfig) error) error {
	s.allow(ctx, time.Minute)
	out, err := s.Configuration.Change(ctx, string(tenant), callerOf(ctx).name(), safeName(comment), f)
	if err != nil {
		return s.refused(err)
	}
	s.Log.Info().Str("author", callerOf(ctx).name()).Str("comment", safeName(comment)).Int("changes", len(out.Changes)).
		Interface("revisions", out.Revisions).Msg("configuration changed")
	return nil
}
