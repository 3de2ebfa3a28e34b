package config

import (
	"encoding/json"
	"fmt"
	"strconv"

	"switchyard/routing"
)

// These kinds hold what belongs to a scope as a whole and is no list: one
// object each, so that a file that names one leaves the others as they are.
// Overrides are a list, whose entries expire.
const (
	settingsKind  = "settings"
	callerIDKind  = "callerId"
	prefixesKind  = "blockedPrefixes"
	recordingKind = "recording"
	overridesKind = "overrides"
)

func isSetting(kind string) bool {
	switch kind {
	case settingsKind, callerIDKind, prefixesKind, recordingKind:
		return true
	}
	return false
}

type operatorSettings struct {
	DefaultCountry string `json:"defaultCountry,omitempty"`
}

type tenantSettings struct {
	DefaultDestination *routing.Destination `json:"defaultDestination,omitempty"`
}

// section is one list of a scope's configuration seen as objects.
type section struct {
	kind    string
	present bool // the files name it; an absent section is left as it is
	objects []Object
	err     error
}

// sectionOf spells the entries of a list as objects. set puts an id into an
// entry that has none; name and id read them.
func sectionOf[T any](kind string, list []T, name func(*T) string, id func(*T) *string, assign func(kind, name string) string) section {
	s := section{kind: kind, present: list != nil}
	if len(list) > 0 {
		s.objects = make([]Object, 0, len(list))
	}
	for i := range list {
		entry := list[i]
		n := name(&entry)
		if p := id(&entry); p != nil && *p == "" {
			*p = assign(kind, n)
		}
		body, err := json.Marshal(entry)
		if err != nil {
			s.err = fmt.Errorf("spell %s %q: %w", kind, n, err)
			return s
		}
		var oid string
		if p := id(&entry); p != nil {
			oid = *p
		} else {
			oid = assign(kind, n)
		}
		s.objects = append(s.objects, Object{Kind: kind, ID: oid, Name: n, Place: i, Body: body})
	}
	return s
}

func settingsSection(kind string, v any, present bool, assign func(kind, name string) string) section {
	s := section{kind: kind, present: present}
	body, err := json.Marshal(v)
	if err != nil {
		s.err = fmt.Errorf("spell %s: %w", kind, err)
		return s
	}
	s.objects = []Object{{Kind: kind, ID: assign(kind, kind), Name: kind, Body: body}}
	return s
}

func noID[T any](*T) *string { return nil }

func operatorSections(c *routing.OperatorConfig, assign func(kind, name string) string) []section {
	tenants := sectionOf("tenants", c.Tenants,
		func(g *routing.TenantGrant) string { return g.Name },
		func(g *routing.TenantGrant) *string { return (*string)(&g.ID) }, assign)
	return []section{
		sectionOf("trunks", c.Trunks, func(t *routing.Trunk) string { return t.Name }, noID[routing.Trunk], assign),
		tenants,
		settingsSection(settingsKind, operatorSettings{c.DefaultCountry}, c.DefaultCountry != "", assign),
		settingsSection(prefixesKind, c.BlockedPrefixes, c.BlockedPrefixes != nil, assign),
	}
}

// tenantSections spells what a tenant owns. was is its blocklist before, or nil.
func tenantSections(c *routing.TenantConfig, was *readBlocklist, assign func(kind, name string) string) []section {
	return []section{
		sectionOf("extensions", c.Extensions, func(e *routing.Extension) string { return e.Extension }, func(e *routing.Extension) *string { return &e.ID }, assign),
		sectionOf("dids", c.DIDs, func(d *routing.DID) string { return d.Number }, func(d *routing.DID) *string { return &d.ID }, assign),
		sectionOf("forwards", c.Forwards, func(f *routing.Forward) string { return f.Name }, func(f *routing.Forward) *string { return &f.ID }, assign),
		sectionOf("ringGroups", c.RingGroups, func(g *routing.RingGroup) string { return g.Name }, func(g *routing.RingGroup) *string { return &g.ID }, assign),
		sectionOf("ivrMenus", c.IVRMenus, func(m *routing.Menu) string { return m.Name }, func(m *routing.Menu) *string { return &m.ID }, assign),
		sectionOf("schedules", c.Schedules, func(s *routing.Schedule) string { return s.Name }, func(s *routing.Schedule) *string { return &s.ID }, assign),
		sectionOf(overridesKind, c.Overrides, func(o *routing.Override) string { return o.Schedule }, func(o *routing.Override) *string { return &o.ID }, assign),
		was.section(c.Blocklist, assign),
		sectionOf("allowlist", c.Allowlist, func(a *routing.AllowedNumber) string { return a.Name() }, func(a *routing.AllowedNumber) *string { return &a.ID }, assign),
		sectionOf("lists", c.Lists, func(l *routing.NumberList) string { return l.Name }, func(l *routing.NumberList) *string { return &l.ID }, assign),
		sectionOf("rules", c.Rules, func(r *routing.Rule) string { return r.Name }, func(r *routing.Rule) *string { return &r.ID }, assign),
		sectionOf("webhooks", c.Webhooks, func(w *routing.Webhook) string { return w.Name }, func(w *routing.Webhook) *string { return &w.ID }, assign),
		sectionOf("tests", c.Tests, func(t *routing.Test) string { return t.Name }, func(t *routing.Test) *string { return &t.ID }, assign),
		settingsSection(settingsKind, tenantSettings{c.DefaultDestination}, c.DefaultDestination != nil, assign),
		settingsSection(callerIDKind, c.CallerID, c.CallerID != "", assign),
		settingsSection(recordingKind, c.Recording, c.Recording != nil, assign),
	}
}

func blockedSection(list []routing.BlockedNumber, assign func(kind, name string) string) section {
	return sectionOf(blocklistKind, list, func(b *routing.BlockedNumber) string { return b.Name() }, func(b *routing.BlockedNumber) *string { return &b.ID }, assign)
}

// assemble makes the configuration from the objects of all scopes. Tenants
// whose grant is gone keep their objects in the store and are left out.
func assemble(objects []Object, revisions map[string]int) (routing.Config, error) {
	cfg := routing.Config{Revisions: map[routing.TenantID]int{}, OperatorRevision: revisions[OperatorScope]}
	var err error
	for _, o := range objects {
		if o.Scope == OperatorScope {
			if err = addOperator(&cfg.Operator, o); err != nil {
				return cfg, err
			}
		}
	}
	place := map[string]int{}
	for _, g := range cfg.Operator.Tenants {
		place[string(g.ID)] = len(cfg.Tenants)
		cfg.Tenants = append(cfg.Tenants, routing.TenantConfig{Tenant: g.Name})
		cfg.Revisions[g.ID] = revisions[string(g.ID)]
	}
	for _, o := range objects {
		i, known := place[o.Scope]
		if !known {
			continue
		}
		if err = addTenant(&cfg.Tenants[i], o); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}

func addOperator(c *routing.OperatorConfig, o Object) error {
	switch o.Kind {
	case "trunks":
		return add(&c.Trunks, o)
	case "tenants":
		return add(&c.Tenants, o)
	case settingsKind:
		var s operatorSettings
		if err := json.Unmarshal(o.Body, &s); err != nil {
			return unreadable(o, err)
		}
		c.DefaultCountry = s.DefaultCountry
		return nil
	case prefixesKind:
		return set(&c.BlockedPrefixes, o)
	}
	return unreadable(o, errUnknownKind)
}

func addTenant(c *routing.TenantConfig, o Object) error {
	switch o.Kind {
	case "extensions":
		return add(&c.Extensions, o)
	case "dids":
		return add(&c.DIDs, o)
	case "forwards":
		return add(&c.Forwards, o)
	case "ringGroups":
		return add(&c.RingGroups, o)
	case "ivrMenus":
		return add(&c.IVRMenus, o)
	case "schedules":
		return add(&c.Schedules, o)
	case overridesKind:
		return add(&c.Overrides, o)
	case blocklistKind:
		return addBlocked(&c.Blocklist, o)
	case "allowlist":
		return add(&c.Allowlist, o)
	case "lists":
		return add(&c.Lists, o)
	case "rules":
		return add(&c.Rules, o)
	case "webhooks":
		return add(&c.Webhooks, o)
	case "tests":
		return add(&c.Tests, o)
	case settingsKind:
		var s tenantSettings
		if err := json.Unmarshal(o.Body, &s); err != nil {
			return unreadable(o, err)
		}
		c.DefaultDestination = s.DefaultDestination
		return nil
	case callerIDKind:
		return set(&c.CallerID, o)
	case recordingKind:
		return set(&c.Recording, o)
	}
	return unreadable(o, errUnknownKind)
}

var errUnknownKind = fmt.Errorf("no such kind; was this database written by a newer version?")

func add[T any](list *[]T, o Object) error {
	var v T
	if err := json.Unmarshal(o.Body, &v); err != nil {
		return unreadable(o, err)
	}
	*list = append(*list, v)
	return nil
}

func set[T any](into *T, o Object) error {
	if err := json.Unmarshal(o.Body, into); err != nil {
		return unreadable(o, err)
	}
	return nil
}

func unreadable(o Object, err error) error {
	return fmt.Errorf("read stored %s %q of %s (place %s): %w", o.Kind, o.Name, o.Scope, strconv.Itoa(o.Place), err)
}
