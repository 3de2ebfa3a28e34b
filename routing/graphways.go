package routing

import (
	"fmt"
	"slices"
	"strings"
)

// follow draws the ways of all nodes that are new.
func (g *grapher) follow() {
	for len(g.queue) > 0 {
		d := g.queue[0]
		g.queue = g.queue[1:]
		g.ways(d, g.ids[d])
	}
}

func (g *grapher) ways(d Destination, id string) {
	switch d.Route {
	case RouteExtension:
		g.extension(d, id)
		g.exits(d, id)
	case RouteForward:
		if numbers, own := g.numbered[g.p.outsideNumber(d)]; own {
			g.edge(id, numbers, "comes back", GraphGoes)
		}
		g.exits(d, id)
	case RouteRingGroup:
		g.members(g.p.ringGroups[d.Target], id)
		g.exits(d, id)
	case RouteIVR:
		g.keys(g.p.menus[d.Target], id)
		g.exits(d, id)
	case RouteSchedule:
		g.hours(g.p.schedules[d.Target], d, id)
	case RouteVoicemail, RouteHangup, RouteOverride, RouteBack, RouteTop, RouteRepeat:
	}
}

// outsideNumber gives the number a forward leads to, in E.164.
func (p *Plan) outsideNumber(d Destination) string {
	if f, ok := p.forwards[d.Target]; ok {
		return f.number.E164()
	}
	return d.Target
}

func (g *grapher) extension(d Destination, id string) {
	lines := g.p.lines[d.Target]
	for _, kind := range forwardTypesKnown {
		if f, ok := lines.forwards[kind]; ok {
			g.lead(id, f.To, "forward "+string(kind), GraphGoes)
		}
	}
	for _, m := range lines.followMe {
		g.lead(id, m.To, ringsAfter("rings beside", m.DelaySeconds), GraphRings)
	}
}

func (g *grapher) members(group *ringGroup, id string) {
	for i, m := range group.members {
		label := "rings"
		if group.Strategy == Sequence {
			label = fmt.Sprintf("rings %d.", i+1)
		}
		g.lead(id, m.To, ringsAfter(label, m.DelaySeconds), GraphRings)
	}
}

func ringsAfter(label string, delay int) string {
	if delay == 0 {
		return label
	}
	return fmt.Sprintf("%s after %d s", label, delay)
}

// exits draws where a call goes on when it ends somewhere unanswered, by the code
// calls go by. What ends the call is not drawn.
func (g *grapher) exits(d Destination, id string) {
	ways := graphWays{}
	var otherwise []string
	for _, out := range g.outcomes(d) {
		switch to, by := g.p.exit(Stop{Destination: d}, out); by {
		case byExit:
			ways.add(to, string(out))
		case byDefault:
			otherwise = append(otherwise, string(out))
		case byEnd, byForward:
		}
	}
	ways.draw(g, id, "")
	if len(otherwise) > 0 {
		g.otherwise(id, strings.Join(otherwise, ", "))
	}
}

// outcomes are those a destination can have that lead somewhere.
func (g *grapher) outcomes(d Destination) []Outcome {
	known := exitOutcomes[d.Route]
	switch d.Route {
	case RouteExtension:
		return without(known, CallLimited, g.p.extensions[d.Target].CallLimit == 0)
	case RouteRingGroup:
		group := g.p.ringGroups[d.Target]
		return without(without(known, CallLimited, group.CallLimit == 0), ExitKey, group.ExitKey == "")
	case RouteForward, RouteIVR, RouteVoicemail, RouteHangup, RouteSchedule, RouteOverride, RouteBack, RouteTop, RouteRepeat:
	}
	return known
}

// keys draws where the keys of a menu lead, and what can be dialled in it: few
// numbers each by itself.
func (g *grapher) keys(m *menu, id string) {
	ways := graphWays{}
	for _, keys := range m.entries {
		if to := m.Digits[keys]; to.Target != "" {
			ways.add(to, keys)
		}
	}
	ways.draw(g, id, "key ")
	numbers := slices.Collect(m.direct.all())
	if len(numbers) > maxGraphNumbers {
		g.edge(id, g.add(GraphDial, "numbers inside", shownSome(numbers, maxGraphNumbers)), "dials", GraphGoes)
		return
	}
	for _, number := range numbers {
		if to, ok := g.p.dialledInside(number); ok {
			g.lead(id, to, "dials "+number, GraphGoes)
		}
	}
}

// hours draws where a schedule leads.
func (g *grapher) hours(s *schedule, d Destination, id string) {
	ways := graphWays{}
	if s.OpenAction != nil {
		ways.add(*s.OpenAction, "open")
	}
	for _, w := range s.Schedules {
		if w.Destination != nil && enabled(w.Enabled) {
			ways.add(*w.Destination, "open "+w.text())
		}
	}
	if s.AfterHoursAction != nil {
		ways.add(*s.AfterHoursAction, "closed")
	}
	for _, h := range s.Schedule.Holidays {
		if h.Destination != nil {
			ways.add(*h.Destination, "holiday "+h.Name)
		}
	}
	if s.override != nil && s.override.Destination != nil {
		ways.add(*s.override.Destination, "override until "+s.override.Until)
	}
	ways.draw(g, id, "")
	if _, by := g.p.exit(Stop{Destination: d}, Closed); by == byDefault && s.AfterHoursAction == nil {
		g.otherwise(id, "closed")
	}
}

// graphWays collects by what calls go from one node, what leads to the same place
// together.
type graphWays struct {
	order []Destination
	by    map[Destination][]string
}

func (w *graphWays) add(to Destination, by string) {
	if w.by == nil {
		w.by = map[Destination][]string{}
	}
	if w.by[to] == nil {
		w.order = append(w.order, to)
	}
	w.by[to] = append(w.by[to], by)
}

func (w *graphWays) draw(g *grapher, from, before string) {
	for _, to := range w.order {
		g.lead(from, to, before+strings.Join(w.by[to], ", "), GraphGoes)
	}
}
