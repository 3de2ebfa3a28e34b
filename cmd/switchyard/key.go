package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"switchyard/internal/api"
)

type keyCommand struct {
	Create     keyCreate     `cmd:"" help:"Make a key and show it, this once."`
	List       keyList       `cmd:"" help:"List keys, without the keys themselves."`
	Revoke     keyRevoke     `cmd:"" help:"Close a key for good."`
	Regenerate keyRegenerate `cmd:"" help:"Give a key a new secret; the old one opens nothing from then on."`
}

// Help is shown by key --help.
func (keyCommand) Help() string {
	return "Keys open the HTTP endpoint for a CRM or a person. A key belongs to one tenant (--tenant), or, as a superadmin's, to none and opens all.\n\n  switchyard key create crm --tenant acme --role admin"
}

// keyFlags are those of all key commands.
type keyFlags struct {
	Tenant string `help:"The tenant, by name or id; without one: superadmins' keys, or your own key's tenant."`
	JSON   bool   `help:"Print JSON."`
	serverFlags
}

func (f keyFlags) query() url.Values {
	q := query{url.Values{}}
	q.put("tenantId", f.Tenant)
	return q.Values
}

type oneKey struct {
	APIKey api.APIKey `json:"apiKey"`
}

type keyCreate struct {
	Name string `arg:"" help:"What the key is for."`
	Role string `help:"admin reads and writes, readonly reads; superadmin opens all tenants." enum:"superadmin,admin,readonly" default:"admin"`
	keyFlags
}

// Help is shown by key create --help.
func (keyCreate) Help() string {
	return "The key is shown once; only a hash of it is kept.\n\n  switchyard key create crm --tenant acme\n  switchyard key create wallboard --tenant acme --role readonly"
}

// Run makes a key.
func (c keyCreate) Run(ctx context.Context, term terminal) error {
	var out oneKey
	if err := c.call(ctx, "POST", "/api/api-keys", c.query(), map[string]string{"name": c.Name, "role": c.Role}, &out); err != nil {
		return asUsage(err)
	}
	return c.shown(term, out)
}

// shown prints the key alone on standard output, so that a script can take it.
func (f keyFlags) shown(term terminal, out oneKey) error {
	if f.JSON {
		return printJSON(term.out, out)
	}
	fmt.Fprintln(term.out, out.APIKey.Key)
	fmt.Fprintf(term.err, "This is the %s key %s (%s). It is not shown again.\n", out.APIKey.Role, out.APIKey.Name, out.APIKey.ID)
	return nil
}

// hinted says where a key may be that was not found: without a tenant the
// operator's key looks at superadmins' keys alone.
func (f keyFlags) hinted(err error) error {
	var refused *refusedRequest
	if errors.As(err, &refused) && refused.code == http.StatusNotFound && f.Tenant == "" {
		return fmt.Errorf("%w; if it is a tenant's, name the tenant with --tenant", err)
	}
	return asUsage(err)
}

type keyList struct{ keyFlags }

// Run lists keys.
func (c keyList) Run(ctx context.Context, term terminal) error {
	var out struct {
		APIKeys []api.APIKey `json:"apiKeys"`
	}
	if err := c.get(ctx, "/api/api-keys", c.query(), &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	if len(out.APIKeys) == 0 {
		fmt.Fprintln(term.out, "No keys.")
		return nil
	}
	t := newTable(term.out, "ID", "NAME", "ROLE", "ENDS IN", "CREATED (UTC)", "BY", "LAST USED (UTC)", "REVOKED (UTC)")
	for _, k := range out.APIKeys {
		t.line(k.ID, k.Name, string(k.Role), k.Hint, shortTime(&k.CreatedAt), k.CreatedBy, shortTime(k.LastUsedAt), shortTime(k.RevokedAt))
	}
	return t.Flush()
}

type keyRevoke struct {
	ID string `arg:"" help:"Id of the key, as list shows it."`
	keyFlags
}

// Run closes a key.
func (c keyRevoke) Run(ctx context.Context, term terminal) error {
	if err := c.call(ctx, "DELETE", "/api/api-keys/"+url.PathEscape(c.ID), c.query(), nil, nil); err != nil {
		return c.hinted(err)
	}
	fmt.Fprintf(term.out, "Key %s opens nothing any more.\n", c.ID)
	return nil
}

type keyRegenerate struct {
	ID string `arg:"" help:"Id of the key, as list shows it."`
	keyFlags
}

// Run gives a key a new secret.
func (c keyRegenerate) Run(ctx context.Context, term terminal) error {
	var out oneKey
	if err := c.call(ctx, "POST", "/api/api-keys/"+url.PathEscape(c.ID)+"/regenerate", c.query(), nil, &out); err != nil {
		return c.hinted(err)
	}
	return c.shown(term, out)
}
