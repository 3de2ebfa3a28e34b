package routing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// edge is one way a call can go on from a destination.
type edge struct {
	to   Destination // zero: a call that comes back, and it is not known where it goes
	at   path
	back string // the tenant's own number by which the call comes back as a new one
}

// walker goes through the graph of destinations depth first.
type walker struct {
	t     *tenantCompiler
	edges map[Destination][]edge
	stack []Destination
	depth map[Destination]int    // of destinations that are done: longest chain from there
	backs map[Destination]string // of destinations that are done: a number by which calls come back from there
	open  map[Destination]bool
	long  bool // a chain that is too long was reported
}

// graph refuses exits and forwards that go round in circles and chains that
// are too long, and marks what the default destination leads to.
//
// Forwards from extension to extension are no edges: colleagues that cover each
// other are a circle in the configuration, and Plan.Next bounds it. Only those
// that leave the platform and come back are, as a new call that knows nothing
// of the old one.
//
// Nor are the keys of a menu edges: from the main menu to another and back is
// what menus are for, and each time a caller has to press something. Their exits
// are, and all that a schedule can lead to, whatever the time.
func (t *tenantCompiler) graph() {
	t.alwaysCircles()
	t.menuTraps()
	w := walker{t: t, edges: t.edges(), depth: map[Destination]int{}, backs: map[Destination]string{}, open: map[Destination]bool{}}
	for i, e := range t.config.Extensions {
		w.start(Destination{RouteExtension, e.Extension}, path{"extensions", i})
	}
	for i, f := range t.config.Forwards {
		w.start(Destination{RouteForward, f.Name}, path{"forwards", i})
	}
	for i, g := range t.config.RingGroups {
		w.start(Destination{RouteRingGroup, g.Name}, path{"ringGroups", i})
	}
	for i, m := range t.config.IVRMenus {
		w.start(Destination{RouteIVR, m.Name}, path{"ivrMenus", i})
	}
	for i, s := range t.config.Schedules {
		w.start(Destination{RouteSchedule, s.Name}, path{"schedules", i})
	}
	for _, d := range sortedDestinations(t.plan.direct) {
		w.start(d, t.plan.direct[d])
	}
	t.plan.direct = nil
	w.comesBackToRules()
	w.comesBackBlocked()
	w.markFallback(t.plan.fallback)
}

func (t *tenantCompiler) edges() map[Destination][]edge {
	edges := map[Destination][]edge{}
	back := t.comingBack()
	for i, e := range t.config.Extensions {
		from := Destination{RouteExtension, e.Extension}
		if known, ok := t.plan.extensions[e.Extension]; ok && edges[from] == nil {
			edges[from] = append(exitEdges(known.Exits, path{"extensions", i, "exits"}), back.of(e.Extension)...)
		}
	}
	for i, f := range t.config.Forwards {
		from := Destination{RouteForward, f.Name}
		if known, ok := t.plan.forwards[f.Name]; ok && edges[from] == nil {
			edges[from] = append(exitEdges(known.exits, path{"forwards", i, "exits"}),
				t.ownEdge(known.number.E164(), path{"forwards", i, "number"})...)
		}
	}
	for i, g := range t.config.RingGroups {
		from := Destination{RouteRingGroup, g.Name}
		if known, ok := t.plan.ringGroups[g.Name]; ok && edges[from] == nil {
			edges[from] = append(exitEdges(known.Exits, path{"ringGroups", i, "exits"}), t.memberEdges(known, back, path{"ringGroups", i, "members"})...)
		}
	}
	t.menuEdges(edges)
	for to, at := range t.plan.direct {
		edges[to] = t.ownEdge(to.Target, at)
	}
	return edges
}

func (t *tenantCompiler) menuEdges(edges map[Destination][]edge) {
	for i, m := range t.config.IVRMenus {
		from := Destination{RouteIVR, m.Name}
		if known, ok := t.plan.menus[m.Name]; ok && edges[from] == nil {
			edges[from] = exitEdges(known.Exits, path{"ivrMenus", i, "exits"})
		}
	}
	for i, s := range t.config.Schedules {
		from := Destination{RouteSchedule, s.Name}
		if known, ok := t.plan.schedules[s.Name]; ok && edges[from] == nil {
			edges[from] = t.scheduleEdges(known, path{"schedules", i})
		}
	}
}

// scheduleEdges gives all that a schedule can lead to.
func (t *tenantCompiler) scheduleEdges(s *schedule, at path) []edge {
	var edges []edge
	put := func(to *Destination, steps ...any) {
		if to != nil && !to.IsZero() {
			edges = append(edges, edge{to: *to, at: at.with(steps...)})
		}
	}
	put(s.OpenAction, "openAction")
	put(s.AfterHoursAction, "afterHoursAction")
	for i, w := range s.Schedules {
		if enabled(w.Enabled) {
			put(w.Destination, "schedules", i, "destination")
		}
	}
	for i, h := range s.Holidays {
		put(h.Destination, "holidays", i, "destination")
	}
	if s.override != nil {
		at = t.overrideAt(s.Schedule)
		put(s.override.Destination, "destination")
	}
	return edges
}

// overrideAt is where the override of a schedule was written.
func (t *tenantCompiler) overrideAt(s Schedule) path {
	i := slices.IndexFunc(t.config.Overrides, func(o Override) bool { return o.Schedule == s.Name || o.Schedule != "" && o.Schedule == s.ID })
	return path{"overrides", i}
}

func exitEdges(exits Exits, at path) []edge {
	edges := make([]edge, 0, len(exits))
	for _, outcome := range slices.Sorted(maps.Keys(exits)) {
		edges = append(edges, edge{to: exits[outcome], at: at.with(string(outcome))})
	}
	return edges
}

func (w *walker) start(from Destination, at path) {
	if depth := w.walk(from); depth > maxChain && !w.long {
		w.long = true
		w.t.add(at, fmt.Sprintf("%s can lead through %d destinations, the most is %d", from, depth, maxChain), "")
	}
}

// walk gives the length of the longest chain from a destination, itself
// included.
func (w *walker) walk(from Destination) int {
	if depth, done := w.depth[from]; done {
		return depth
	}
	w.open[from] = true
	w.stack = append(w.stack, from)
	longest := 0
	back := ""
	for _, e := range w.edges[from] {
		if w.open[e.to] {
			w.circle(e)
			continue
		}
		if back = cmp.Or(back, e.back); !e.to.IsZero() {
			longest = max(longest, w.walk(e.to))
			back = cmp.Or(back, w.backs[e.to])
		}
	}
	w.stack = w.stack[:len(w.stack)-1]
	delete(w.open, from)
	w.depth[from], w.backs[from] = longest+1, back
	return longest + 1
}

func (w *walker) circle(e edge) {
	start := slices.Index(w.stack, e.to)
	if start == len(w.stack)-1 {
		w.t.add(e.at, fmt.Sprintf("%s leads back to itself", e.to), "let it end in voicemail or hangup")
		return
	}
	names := make([]string, 0, len(w.stack)-start+1)
	for _, d := range w.stack[start:] {
		names = append(names, d.String())
	}
	names = append(names, e.to.String())
	w.t.add(e.at, "goes round in a circle: "+strings.Join(names, " -> "), "let one of them end in voicemail or hangup")
}

// markFallback notes everything the default destination leads to, which must
// not fall back to it again. Whom an extension forwards to is not among it: the
// exits of that extension count in the end.
func (w *walker) markFallback(d Destination) {
	if d.IsZero() || w.t.plan.afterFallback[d] {
		return
	}
	w.t.plan.afterFallback[d] = true
	for _, next := range w.edges[d] {
		w.markFallback(next.to)
	}
}

func sortedDestinations[T any](set map[Destination]T) []Destination {
	return slices.SortedFunc(maps.Keys(set), func(a, b Destination) int { return strings.Compare(a.String(), b.String()) })
}
