package routing

import (
	"fmt"
	"strings"
)

// node gives the node of a destination, and draws it if it is new.
func (g *grapher) node(d Destination) string {
	if id, known := g.ids[d]; known {
		return id
	}
	id := g.destination(d)
	g.ids[d] = id
	g.queue = append(g.queue, d)
	return id
}

func (g *grapher) destination(d Destination) string {
	switch d.Route {
	case RouteExtension:
		e := g.p.extensions[d.Target]
		return g.add(GraphExtension, "extension "+d.Target, e.DisplayName)
	case RouteForward:
		if f, ok := g.p.forwards[d.Target]; ok {
			return g.add(GraphForward, "forward "+f.name, f.number.String())
		}
		return g.add(GraphForward, "outside", d.Target)
	case RouteRingGroup:
		group := g.p.ringGroups[d.Target]
		return g.add(GraphRingGroup, "ring group "+group.Name, string(group.Strategy), dialledAs(group.Extension))
	case RouteIVR:
		m := g.p.menus[d.Target]
		return g.add(GraphMenu, "menu "+m.Name, dialledAs(m.Extension), m.waysBack())
	case RouteSchedule:
		return g.add(GraphSchedule, "schedule "+d.Target)
	case RouteVoicemail:
		return g.add(GraphVoicemail, "voicemail "+d.Target)
	case RouteHangup:
		return g.add(GraphHangup, "hang up", d.Target)
	case RouteOverride, RouteBack, RouteTop, RouteRepeat:
	}
	return g.add(GraphHangup, d.String()) // none of these stands in a plan as a destination
}

func dialledAs(number string) string {
	if number == "" {
		return ""
	}
	return "dialled as " + number
}

// waysBack says which keys lead to where the caller has been.
func (m *menu) waysBack() string {
	var ways []string
	for _, keys := range m.entries {
		if to := m.Digits[keys]; to.Target == "" {
			ways = append(ways, fmt.Sprintf("key %s: %s", keys, to.Route))
		}
	}
	return strings.Join(ways, ", ")
}

// oneLine gives text without its line breaks, and nothing but what prints.
func oneLine(text string) string { return legible(strings.Join(strings.Fields(text), " ")) }

// shownSome gives some texts and how many more there are.
func shownSome(texts []string, most int) string {
	if len(texts) <= most {
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), len(texts)-most)
}
