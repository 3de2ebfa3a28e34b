package config

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"switchyard/routing"
)

// ErrNotYours means that files say something of what belongs to the operator,
// and whoever sends them is a tenant.
var ErrNotYours = errors.New("trunks, tenants and numbers belong to the operator: a file of yours has `tenant:` at its top")

// proposalOf reads a request into a proposal. An error says that it is not for
// this tenant to make, or made from another revision.
func (h *Holder) proposalOf(ctx context.Context, r Request) (proposal, error) {
	parsed, problems := routing.ParseFiles(r.Files)
	return h.proposalFrom(ctx, r, parsed, problems)
}

// proposalFrom is proposalOf with what the files say, and the problems in them.
func (h *Holder) proposalFrom(ctx context.Context, r Request, parsed routing.Config, problems []routing.Problem) (proposal, error) {
	base := h.current.Load()
	if err := h.ownFiles(r, parsed); err != nil {
		return proposal{}, err
	}
	parsed.Tenants = slices.Clone(parsed.Tenants) // the caller may need it again as it was
	problems = slices.Concat(problems, h.keepSecrets(parsed))
	publications, more, err := h.publications(base.state, parsed, r)
	if err != nil {
		return proposal{}, err
	}
	p := proposal{
		base: base, publications: publications, parsed: parsed, problems: append(problems, more...),
		dryRun: r.DryRun, skipTests: r.SkipTests, tenant: r.Tenant,
	}
	if r.SkipTests {
		for i := range p.publications {
			p.publications[i].Comment = strings.TrimSpace(p.publications[i].Comment + " (tests skipped)")
		}
	}
	p.problems = append(p.problems, h.strangeBases(r, parsed, p.publications)...)
	err = h.onBase(ctx, base.state, r, parsed, p.publications)
	if none := (*NoBaseError)(nil); errors.As(err, &none) && routing.Refused(p.problems) {
		err = nil // they are refused for what is wrong in them: the revision, it may be
	}
	return p, err
}

// ownFiles refuses files of others where a request is a tenant's. Whether there
// is such a tenant at all is not told.
func (h *Holder) ownFiles(r Request, parsed routing.Config) error {
	if r.Tenant == "" {
		return nil
	}
	if parsed.OperatorFiles() {
		return ErrNotYours
	}
	for _, t := range parsed.Tenants {
		if t.Tenant != string(r.Tenant) && t.Tenant != h.nameOf(string(r.Tenant)) {
			return fmt.Errorf("%w: %q", ErrNoTenant, t.Tenant)
		}
	}
	return nil
}

// onlyOwn leaves out what is said of others than the tenant a request is of.
func (h *Holder) onlyOwn(tenant routing.TenantID, problems []routing.Problem) []routing.Problem {
	if tenant == "" {
		return problems
	}
	return slices.DeleteFunc(slices.Clone(problems), func(p routing.Problem) bool {
		owner, _, _ := strings.Cut(p.Path, ".")
		return p.File == "" && owner != h.nameOf(string(tenant)) && owner != string(tenant)
	})
}

// keepSecrets puts the published secrets where files say that they stay.
func (h *Holder) keepSecrets(parsed routing.Config) []routing.Problem {
	var problems []routing.Problem
	for i := range parsed.Tenants {
		t := &parsed.Tenants[i]
		if !slices.ContainsFunc(t.Webhooks, keepsSecret) {
			continue
		}
		t.Webhooks = slices.Clone(t.Webhooks)
		var hooks []routing.Webhook
		if scope, _, err := h.scopeOf(t.Tenant); err == nil {
			for _, c := range h.publishedTenant(scope, t.Tenant) {
				hooks = c.Webhooks
			}
		}
		for j := range t.Webhooks {
			w := &t.Webhooks[j]
			was := publishedHook(hooks, w)
			for _, s := range []struct {
				key       string
				text, old *string
			}{{"secret", &w.Secret, &was.Secret}, {"previousSecret", &w.PreviousSecret, &was.PreviousSecret}} {
				if *s.text != routing.SecretKept {
					continue
				}
				if *s.text = *s.old; *s.old == "" {
					problems = append(problems, parsed.ProblemAt(t.Tenant, "there is no secret that could stay unchanged", "write the secret itself, or leave it out for none", "webhooks", j, s.key))
				}
			}
		}
	}
	return problems
}

// publishedHook finds what a webhook was, by its id, else by its name.
func publishedHook(hooks []routing.Webhook, w *routing.Webhook) *routing.Webhook {
	i := slices.IndexFunc(hooks, func(h routing.Webhook) bool { return w.ID != "" && h.ID == w.ID })
	if i < 0 {
		i = slices.IndexFunc(hooks, func(h routing.Webhook) bool { return h.Name == w.Name })
	}
	if i < 0 {
		return &routing.Webhook{}
	}
	return &hooks[i]
}

// unkept refuses the word for a secret that stays as a secret.
func unkept(publications []Publication) []routing.Problem {
	var problems []routing.Problem
	for _, p := range publications {
		for _, o := range p.Objects {
			var w routing.Webhook
			if o.Kind == "webhooks" && set(&w, o) == nil && keepsSecret(w) {
				problems = append(problems, routing.Problem{Path: "webhooks", Message: fmt.Sprintf("%s cannot be the secret of webhook %q", routing.SecretKept, o.Name)})
			}
		}
	}
	return problems
}

func keepsSecret(w routing.Webhook) bool {
	return w.Secret == routing.SecretKept || w.PreviousSecret == routing.SecretKept
}
