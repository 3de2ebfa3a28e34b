package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/keys"
	"switchyard/routing"
)

// access is what a resource asks of a key.
type access int

const (
	anyKey     access = iota // and no readonly key for anything but GET
	reading                  // whatever the method is, it changes nothing
	superadmin               // whoever runs the server
)

const accessKey = "access"

type callerKey struct{}

// caller is who makes a request.
type caller struct {
	key    keys.Key
	tenant routing.TenantID // the one asked about; "" for a superadmin who names none
}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// name is the author of what the caller changes.
func (c caller) name() string { return c.key.Name }

// author is the same with the name of the person beside it that a program says
// it acts for. The key's comes first: nobody else can have it.
func (c caller) author(person string) string {
	if person = safeName(person); person == "" || person == c.name() {
		return c.name()
	}
	return c.name() + " (" + person + ")"
}

// oneTenant is for resources that are always about one tenant.
func oneTenant(ctx context.Context) (routing.TenantID, error) {
	if t := callerOf(ctx).tenant; t != "" {
		return t, nil
	}
	return "", wrong("query.tenantId", "a superadmin's key belongs to no tenant: name one, by id or name")
}

// authenticate lets requests through to the resources their key opens.
func (s *Server) authenticate(a huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		need, _ := ctx.Operation().Metadata[accessKey].(access)
		c, f := s.caller(ctx.Context(), keyIn(ctx.Header), ctx.Method(), need)
		if f == nil {
			f = readableQuery(ctx)
		}
		if f == nil {
			f = s.chooseTenant(&c, ctx.Query("tenantId"))
		}
		if f != nil {
			s.refuseOver(a, ctx, f)
			return
		}
		next(huma.WithValue(ctx, callerKey{}, c))
	}
}

// readableQuery refuses a query of which parts would be passed over.
func readableQuery(ctx huma.Context) *Failure {
	address := ctx.URL()
	if _, err := url.ParseQuery(address.RawQuery); err != nil {
		return refuse(http.StatusBadRequest, "the query cannot be read: a character is escaped wrongly")
	}
	return nil
}

func (s *Server) refuseOver(a huma.API, ctx huma.Context, f *Failure) {
	if f.status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
	}
	ctx.SetHeader("Content-Type", "application/json")
	ctx.SetStatus(f.status)
	if err := a.Marshal(ctx.BodyWriter(), "application/json", f); err != nil {
		s.Log.Debug().Err(err).Msg("the client went before its answer")
	}
}

// keyIn reads the key of a request; Authorization goes first.
func keyIn(header func(string) string) string {
	if bearer, ok := strings.CutPrefix(header("Authorization"), "Bearer "); ok {
		return bearer
	}
	return header("X-API-Key")
}

// caller finds out who has the key and whether it is enough.
func (s *Server) caller(ctx context.Context, key, method string, need access) (caller, *Failure) {
	k, err := s.Gate.Check(ctx, key)
	if err == nil && k.TenantID != "" {
		if _, granted := s.Configuration.Directory().Grant(string(k.TenantID)); !granted {
			err = keys.ErrInvalid // the tenant is gone
		}
	}
	switch {
	case errors.Is(err, keys.ErrInvalid):
		return caller{}, refuse(http.StatusUnauthorized, "a valid key is needed")
	case err != nil:
		if !errors.Is(err, context.Canceled) { // by a client that has gone
			s.Log.Error().Err(err).Msg("http: keys could not be looked up")
		}
		return caller{}, refuse(http.StatusServiceUnavailable, "the key cannot be looked up just now; try again")
	case k.Role == keys.Readonly && need != reading && method != http.MethodGet && method != http.MethodHead:
		return caller{}, refuse(http.StatusForbidden, "a readonly key cannot do this")
	case need == superadmin && k.Role != keys.Superadmin:
		return caller{}, refuse(http.StatusForbidden, "only a superadmin's key can do this")
	}
	return caller{key: k, tenant: k.TenantID}, nil
}

// chooseTenant reads ?tenantId=. Whoever has a tenant's key finds no other.
func (s *Server) chooseTenant(c *caller, nameOrID string) *Failure {
	if nameOrID == "" {
		return nil
	}
	grant, ok := s.Configuration.Directory().Grant(nameOrID)
	if !ok || c.tenant != "" && grant.ID != c.tenant {
		return noSuch("tenant")
	}
	c.tenant = grant.ID
	return nil
}

// operatorsOnly lets a superadmin's request through, for what is no resource.
func (s *Server) operatorsOnly(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, f := s.caller(r.Context(), keyIn(r.Header.Get), r.Method, superadmin); f != nil {
			s.fail(w, f)
			return
		}
		next(w, r)
	})
}
