package routing

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// File is one configuration file as read.
type File struct {
	Name string // shown in problems
	Data []byte
}

// Config is the whole configuration of a platform: what the operator owns and
// what each tenant owns. It may come from files or be put together by the
// program; only the former has positions to show in problems.
type Config struct {
	Operator OperatorConfig
	Tenants  []TenantConfig
	// Revisions are shown in decisions; a tenant that is not in it has 0.
	Revisions map[TenantID]int
	// OperatorRevision is the revision of Operator, 0 if it was never published.
	OperatorRevision int
	// Now is when it is checked, to warn of what is over; zero: nothing is.
	Now time.Time

	unread    bool             // some of the files has mistakes, and is not all here
	positions map[string]*node // by TenantConfig.Tenant; operatorScope: the operator's
}

// operatorScope is no tenant's name or id.
const operatorScope = ""

// CompileFiles reads files and compiles what they say, giving the problems of
// both steps in the order of the files. The Directory is nil if any problem is
// more than a warning.
func CompileFiles(files []File) (Config, *Directory, []Problem) {
	cfg, problems := ParseFiles(files)
	directory, more := Compile(cfg)
	problems = append(problems, more...)
	SortProblems(problems)
	if Refused(problems) {
		directory = nil
	}
	return cfg, directory, problems
}

// ParseFiles reads configuration files. A file with the key `tenant` at its top
// belongs to that tenant, any other to the operator; the files of one owner are
// joined. A section that is in a file but empty is an empty slice, one that is
// in no file is nil.
//
// It finds every mistake that can be seen in the text: bad YAML, unknown keys,
// wrong types. The Config is what could be read in spite of them; Compile finds
// the rest without repeating any.
func ParseFiles(files []File) (Config, []Problem) {
	r := reader{cfg: Config{Revisions: map[TenantID]int{}, positions: map[string]*node{}}}
	var tenants []*part
	for _, file := range files {
		file.Data = bytes.TrimPrefix(file.Data, []byte("\ufeff")) // a mark some editors write
		d := &decoder{file: &file.Name, lines: lineIndex(file.Data)}
		r.decoders = append(r.decoders, d)
		switch root := d.parse(file.Data); {
		case root == nil:
		case hasKey(root, "tenant"):
			tenants = append(tenants, readTenant(d, root))
		default:
			r.addOperator(d, root)
		}
	}
	for _, t := range tenants {
		r.addTenant(t)
	}
	problems := r.problems()
	r.cfg.unread = len(problems) > 0
	return r.cfg, problems
}

// reader joins what the files say.
type reader struct {
	cfg      Config
	decoders []*decoder
}

// part is what one file says of a tenant.
type part struct {
	*decoder
	config TenantConfig
	tree   *node
}

func readTenant(d *decoder, root mapping) *part {
	p := &part{decoder: d}
	p.tree = decodeRoot(d, root, &p.config)
	d.baseRevision(&p.config.Revision, p.tree)
	return p
}

func (r *reader) problems() []Problem {
	var all []Problem
	for _, d := range r.decoders {
		all = append(all, d.problems...)
	}
	SortProblems(all)
	return all
}

func (r *reader) addOperator(d *decoder, root mapping) {
	var part OperatorConfig
	tree := decodeRoot(d, root, &part)
	d.baseRevision(&part.Revision, tree)
	known, again := r.cfg.positions[operatorScope]
	if !again {
		r.cfg.Operator, r.cfg.positions[operatorScope] = part, tree
		return
	}
	whole := &r.cfg.Operator
	d.sameRevision(&whole.Revision, part.Revision, known, tree)
	if part.DefaultCountry != "" && whole.DefaultCountry != "" {
		d.twice(known, tree, "defaultCountry")
	}
	if whole.DefaultCountry == "" {
		whole.DefaultCountry = part.DefaultCountry
	}
	whole.BlockedPrefixes = join(whole.BlockedPrefixes, part.BlockedPrefixes)
	whole.Trunks = join(whole.Trunks, part.Trunks)
	whole.Tenants = join(whole.Tenants, part.Tenants)
	known.merge(tree)
}

func (r *reader) addTenant(p *part) {
	if p.config.Tenant == operatorScope {
		if !p.tree.find(path{"tenant"}).bad {
			p.add(p.tree.keys["tenant"], "tenant", "no name or id of a tenant", "")
		}
		return
	}
	scope := r.canonicalName(p.config.Tenant)
	p.config.Tenant = scope
	known, again := r.cfg.positions[scope]
	if !again {
		r.cfg.Tenants = append(r.cfg.Tenants, p.config)
		r.cfg.positions[scope] = p.tree
		return
	}
	i := slices.IndexFunc(r.cfg.Tenants, func(t TenantConfig) bool { return t.Tenant == scope })
	p.sameRevision(&r.cfg.Tenants[i].Revision, p.config.Revision, known, p.tree)
	if p.config.DefaultDestination != nil && r.cfg.Tenants[i].DefaultDestination != nil {
		p.twice(known, p.tree, "defaultDestination")
	}
	if p.config.CallerID != "" && r.cfg.Tenants[i].CallerID != "" {
		p.twice(known, p.tree, "callerId")
	}
	if p.config.Recording != nil && r.cfg.Tenants[i].Recording != nil {
		p.twice(known, p.tree, "recording")
	}
	r.cfg.Tenants[i].Join(p.config)
	known.merge(p.tree)
}

// canonicalName gives the name of a tenant written by its id, so that files
// that use one and files that use the other are joined.
func (r *reader) canonicalName(ref string) string {
	for _, grant := range r.cfg.Operator.Tenants {
		if string(grant.ID) == ref && grant.Name != "" {
			return grant.Name
		}
	}
	return ref
}

// Join adds what another file says of the same tenant.
func (whole *TenantConfig) Join(part TenantConfig) {
	whole.Extensions = join(whole.Extensions, part.Extensions)
	whole.DIDs = join(whole.DIDs, part.DIDs)
	whole.Forwards = join(whole.Forwards, part.Forwards)
	whole.RingGroups = join(whole.RingGroups, part.RingGroups)
	whole.IVRMenus = join(whole.IVRMenus, part.IVRMenus)
	whole.Schedules = join(whole.Schedules, part.Schedules)
	whole.Overrides = join(whole.Overrides, part.Overrides)
	whole.Allowlist = join(whole.Allowlist, part.Allowlist)
	whole.Blocklist = join(whole.Blocklist, part.Blocklist)
	whole.Lists = join(whole.Lists, part.Lists)
	whole.Rules = join(whole.Rules, part.Rules)
	whole.Webhooks = join(whole.Webhooks, part.Webhooks)
	whole.Tests = join(whole.Tests, part.Tests)
	if whole.DefaultDestination == nil {
		whole.DefaultDestination = part.DefaultDestination
	}
	if whole.CallerID == "" {
		whole.CallerID = part.CallerID
	}
	if whole.Recording == nil {
		whole.Recording = part.Recording
	}
}

// join keeps the difference between an empty section and none.
func join[T any](a, b []T) []T {
	if a == nil {
		return b
	}
	return append(a, b...)
}

func (d *decoder) twice(known, again *node, key string) {
	first := known.keys[key]
	if first == nil {
		return
	}
	d.add(again.keys[key], key, fmt.Sprintf("already set in %s:%d", *first.file, first.line), "")
}
