package routing

import (
	"maps"
	"slices"
	"strings"
)

// ownEdge follows a call that is sent outside to one of the tenant's own
// numbers: it comes back as a new one, for the rule that takes every call, else
// by that number's route, else by the default destination.
func (t *tenantCompiler) ownEdge(number string, at path) []edge {
	if !slices.Contains(t.plan.numbers, number) {
		return nil
	}
	edges := []edge{{at: at, back: number}}
	if then := t.plan.takesAll(); !then.IsZero() {
		edges = append(edges, edge{to: then, at: at})
	}
	if to, ok := t.plan.routes[number]; ok {
		edges = append(edges, edge{to: to, at: at})
		if name, has := t.plan.hours[number]; has {
			edges = append(edges, edge{to: Destination{RouteSchedule, name}, at: at})
		}
	} else if !t.plan.fallback.IsZero() {
		edges = append(edges, edge{to: t.plan.fallback, at: at})
	}
	return edges
}

// takesAll gives where a rule sends every call, if no rule before it can take
// one.
func (p *Plan) takesAll() Destination {
	for i := range p.rules {
		r := &p.rules[i]
		switch {
		case !r.enabled || r.then.IsZero():
		case r.when.always:
			return r.then
		default:
			return Destination{}
		}
	}
	return Destination{}
}

// returning are the calls extensions make to the tenant's own numbers. They
// come back as new calls.
type returning struct {
	t         *tenantCompiler
	forwarded map[string][]edge // by extension
	beside    map[string][]edge // by extension: by follow-me
}

func (t *tenantCompiler) comingBack() returning {
	r := returning{t: t, forwarded: map[string][]edge{}, beside: map[string][]edge{}}
	for i, e := range t.config.Extensions {
		at := path{"extensions", i}
		lines := t.plan.lines[e.Extension]
		for _, kind := range slices.Sorted(maps.Keys(lines.forwards)) {
			r.forwarded[e.Extension] = append(r.forwarded[e.Extension], t.outsideEdge(lines.forwards[kind], at.with("forward", string(kind), "number"))...)
		}
		if len(lines.followMe) != len(e.FollowMe) {
			continue // some were refused: which is which is not known
		}
		for j, m := range lines.followMe {
			r.beside[e.Extension] = append(r.beside[e.Extension], t.outsideEdge(m, at.with("followMe", j, "number"))...)
		}
	}
	return r
}

func (t *tenantCompiler) outsideEdge(m Member, at path) []edge {
	if m.To.Route != RouteForward {
		return nil
	}
	return t.ownEdge(t.numberOf(m.To), at)
}

// of gives the ways a call to an extension can come back, over as many
// colleagues as a call may be forwarded through.
func (r returning) of(extension string) []edge {
	var edges []edge
	known, level := map[string]bool{extension: true}, []string{extension}
	for range r.t.plan.grant.MaxForwards + 1 {
		var next []string
		for _, at := range level {
			edges = append(append(edges, r.forwarded[at]...), r.beside[at]...)
			for _, to := range r.t.plan.colleagues(at) {
				if !known[to] {
					known[to] = true
					next = append(next, to)
				}
			}
		}
		level = next
	}
	return edges
}

// colleagues are the extensions an extension forwards to.
func (p *Plan) colleagues(extension string) []string {
	var numbers []string
	forwards := p.lines[extension].forwards
	for _, kind := range slices.Sorted(maps.Keys(forwards)) {
		if to := forwards[kind].To; to.Route == RouteExtension {
			numbers = append(numbers, to.Target)
		}
	}
	return numbers
}

// memberEdges gives the ways a call to a ring group can come back by its
// members. Whom a member forwards to rings for it and forwards no further.
func (t *tenantCompiler) memberEdges(g *ringGroup, back returning, at path) []edge {
	var edges []edge
	for j, m := range g.members {
		switch {
		case m.To.Route == RouteExtension && *g.MemberForwards:
			edges = append(edges, back.forwarded[m.To.Target]...)
		case len(g.members) == len(g.Members): // else some were refused
			edges = append(edges, t.outsideEdge(m, at.with(j, "number"))...)
		}
	}
	return edges
}

// alwaysCircles refuses extensions that forward always to each other: none of
// them would ever ring.
func (t *tenantCompiler) alwaysCircles() {
	done := map[string]bool{}
	for _, e := range t.config.Extensions {
		var chain []string
		number := e.Extension
		for number != "" && !done[number] {
			done[number] = true
			chain = append(chain, number)
			number = t.plan.alwaysTo(number)
		}
		if start := slices.Index(chain, number); start >= 0 {
			t.alwaysCircle(append(chain[start:], number))
		}
	}
}

// alwaysTo gives the extension an extension forwards to always, "" if none.
func (p *Plan) alwaysTo(extension string) string {
	if m, ok := p.ForwardOf(extension, ForwardAlways); ok && m.To.Route == RouteExtension {
		return m.To.Target
	}
	return ""
}

func (t *tenantCompiler) alwaysCircle(circle []string) {
	last := circle[len(circle)-2]
	i := slices.IndexFunc(t.config.Extensions, func(e Extension) bool { return e.Extension == last })
	t.add(path{"extensions", i, "forward", string(ForwardAlways), "number"},
		"always goes round in a circle: extension "+strings.Join(circle, " -> extension "), "let one of them ring, or forward somewhere else")
}
