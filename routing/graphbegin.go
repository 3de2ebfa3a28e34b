package routing

import (
	"maps"
	"slices"
	"strconv"
)

// grapher draws a plan from where calls begin over all that follows.
type grapher struct {
	p        *Plan
	graph    Graph
	ids      map[Destination]string // of nodes there are
	queue    []Destination          // nodes whose ways are still to be drawn
	numbered map[string]string      // nodes of the tenant's own numbers, by number
	fallback string                 // the default destination's node, "" before it is drawn
}

func (g *grapher) add(kind GraphKind, lines ...string) string {
	id := "n" + strconv.Itoa(len(g.graph.Nodes))
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	g.graph.Nodes = append(g.graph.Nodes, GraphNode{ID: id, Kind: kind, Lines: lines})
	return id
}

func (g *grapher) edge(from, to, label string, by GraphWay) {
	g.graph.Edges = append(g.graph.Edges, GraphEdge{From: from, To: to, Label: label, Way: by})
}

// lead draws a way to a destination.
func (g *grapher) lead(from string, to Destination, label string, by GraphWay) {
	g.edge(from, g.node(to), label, by)
}

// begin draws what every call goes through: the blocklist, the rules in order,
// the numbers that were called.
func (g *grapher) begin() {
	last := g.add(GraphCalls, "calls")
	for _, to := range g.p.callers.blocked.destinations() {
		g.lead(last, to, "blocked", GraphGoes)
	}
	next := ""
	for i := range g.p.rules {
		r := &g.p.rules[i]
		id := g.rule(r)
		g.edge(last, id, next, GraphGoes)
		if !r.then.IsZero() {
			by := GraphGoes
			if !r.enabled {
				by = GraphOtherwise
			}
			g.lead(id, r.then, r.name, by)
		}
		last, next = id, "else"
	}
	g.numbers(last, next)
}

const (
	maxGraphCondition = 60 // characters
	maxGraphNumbers   = 5
)

func (g *grapher) rule(r *rule) string {
	state := ""
	switch {
	case !r.enabled:
		state = "turned off"
	case r.then.IsZero():
		state = "only sets, and goes on"
	}
	condition := oneLine(r.text)
	if short := shorten(condition, maxGraphCondition); short != condition {
		condition = short + "…"
	}
	return g.add(GraphRule, "rule "+r.name, condition, state)
}

// graphRoute is how a number is routed.
type graphRoute struct {
	to       Destination
	schedule string
}

// numbers draws the tenant's numbers, those that are routed alike as one.
func (g *grapher) numbers(from, label string) {
	alike := map[graphRoute][]string{}
	var order []graphRoute
	for _, number := range slices.Sorted(slices.Values(g.p.numbers)) {
		route := graphRoute{g.p.routes[number], g.p.hours[number]}
		if alike[route] == nil {
			order = append(order, route)
		}
		alike[route] = append(alike[route], number)
	}
	for _, route := range order {
		id := g.add(GraphNumbers, shownSome(alike[route], maxGraphNumbers))
		g.edge(from, id, label, GraphGoes)
		for _, number := range alike[route] {
			g.numbered[number] = id
		}
		switch {
		case route.schedule != "":
			g.lead(id, Destination{RouteSchedule, route.schedule}, "schedule", GraphGoes)
			g.lead(id, route.to, "while "+route.schedule+" is open", GraphGoes)
		case !route.to.IsZero():
			g.lead(id, route.to, "", GraphGoes)
		default:
			g.otherwise(id, "no route")
		}
	}
}

// otherwise draws a way to the default destination, if there is one.
func (g *grapher) otherwise(from, label string) {
	if g.p.fallback.IsZero() {
		return
	}
	if g.fallback == "" {
		g.fallback = g.add(GraphDefault, "default destination")
		g.lead(g.fallback, g.p.fallback, "", GraphGoes)
	}
	g.edge(from, g.fallback, label, GraphOtherwise)
}

// destinations are those its entries send calls to, sorted.
func (e *entries) destinations() []Destination {
	found := map[Destination]bool{}
	note := func(one entry) {
		if one.terms != nil && !one.terms.then.IsZero() {
			found[one.terms.then] = true
		}
	}
	for _, one := range e.numbers {
		note(one)
	}
	for _, one := range e.prefixes.by {
		note(one)
	}
	for _, one := range e.patterns {
		note(one.entry)
	}
	note(e.anonymous)
	return sortedDestinations(found)
}

// rest draws what nothing leads to: what is dialled inside, or not used.
func (g *grapher) rest() {
	for _, name := range g.p.MenuNames() {
		g.node(Destination{RouteIVR, name})
	}
	for _, name := range g.p.ScheduleNames() {
		g.node(Destination{RouteSchedule, name})
	}
	for _, name := range g.p.RingGroupNames() {
		g.node(Destination{RouteRingGroup, name})
	}
	for _, e := range g.p.Extensions() {
		lines := g.p.lines[e.Extension]
		if len(e.Exits)+len(lines.forwards)+len(lines.followMe) > 0 {
			g.node(Destination{RouteExtension, e.Extension})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.p.forwards)) {
		g.node(Destination{RouteForward, g.p.forwards[name].name})
	}
	g.follow()
}
