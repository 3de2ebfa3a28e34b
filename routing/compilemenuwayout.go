package routing

// standpoint is something that may be a way out of menus that lead to each
// other.
type standpoint struct {
	at   Destination // a menu or a schedule
	view view
}

// view is how a way out is looked at; a closed set.
type view uint8

const (
	fromThere view = iota // from the place itself
	fromPrior             // from a menu the caller can have come from: route back
	fromFirst             // from any the caller can have come through: route top
)

// wayOut finds the menus from which a caller comes to nothing but menus, and
// schedules that lead to them. Which way a caller came is not known: where it
// counts, for back and top, the best one does, so that no menu is refused that
// somebody gets out of. One place having a way out gives others one, each
// by itself, so all are found in one go over the ways between them.
type wayOut struct {
	t      *tenantCompiler
	gives  map[standpoint][]standpoint
	out    map[standpoint]bool
	leads  map[Destination][]Destination // to menus and schedules
	called map[Destination]bool          // others lead there
	places map[string]path               // of menus
}

// menuTraps refuses menus no caller gets out of.
func (t *tenantCompiler) menuTraps() {
	w := &wayOut{
		t: t, gives: map[standpoint][]standpoint{}, out: map[standpoint]bool{},
		leads: map[Destination][]Destination{}, called: map[Destination]bool{}, places: map[string]path{},
	}
	for i, m := range t.config.IVRMenus {
		known, ok := t.plan.menus[m.Name]
		if _, again := w.places[m.Name]; !ok || again {
			continue
		}
		w.places[m.Name] = path{"ivrMenus", i}
		w.menu(known)
	}
	for _, s := range t.plan.schedules {
		w.schedule(s)
	}
	w.report()
}

// menu adds what a menu leads to.
func (w *wayOut) menu(m *menu) {
	at := Destination{RouteIVR, m.Name}
	if w.broken(m) {
		w.found(standpoint{at, fromThere})
	}
	for _, to := range m.Digits {
		w.choice(at, to)
	}
	for number := range m.direct.all() {
		to, _ := w.t.plan.dialledInside(number)
		w.choice(at, to)
		if to.Route != RouteIVR {
			break // thousands of extensions say the same
		}
	}
	for _, to := range m.Exits {
		w.way(at, to)
	}
}

func (w *wayOut) choice(at, to Destination) {
	here := standpoint{at, fromThere}
	switch to.Route {
	case RouteRepeat:
	case RouteBack:
		w.give(standpoint{at, fromPrior}, here)
	case RouteTop:
		w.give(standpoint{at, fromFirst}, here)
	case RouteIVR, RouteSchedule:
		w.way(at, to)
		w.give(here, standpoint{to, fromPrior})
		w.give(here, standpoint{to, fromFirst})
		w.give(standpoint{at, fromFirst}, standpoint{to, fromFirst})
	case RouteExtension, RouteForward, RouteRingGroup, RouteVoicemail, RouteHangup, RouteOverride:
		w.way(at, to)
	}
}

// schedule adds where a schedule leads: back and top go by the menus before it.
func (w *wayOut) schedule(s *schedule) {
	at := Destination{RouteSchedule, s.Name}
	if s.OpenAction == nil || s.AfterHoursAction == nil {
		w.found(standpoint{at, fromThere}) // on to the default destination, or the end
	}
	for _, e := range w.t.scheduleEdges(s, nil) {
		w.way(at, e.to)
		w.give(standpoint{at, fromPrior}, standpoint{e.to, fromPrior})
		w.give(standpoint{at, fromFirst}, standpoint{e.to, fromFirst})
	}
}

func (w *wayOut) way(at, to Destination) {
	here := standpoint{at, fromThere}
	if to.Route != RouteIVR && to.Route != RouteSchedule {
		w.found(here)
		return
	}
	w.leads[at] = append(w.leads[at], to)
	w.called[to] = w.called[to] || at != to
	w.give(standpoint{to, fromThere}, here)
}

// give says that where from has a way out, to has one.
func (w *wayOut) give(from, to standpoint) {
	w.gives[from] = append(w.gives[from], to)
	if w.out[from] {
		w.found(to)
	}
}

func (w *wayOut) found(at standpoint) {
	queue := []standpoint{at}
	for len(queue) > 0 {
		at, queue = queue[0], queue[1:]
		if !w.out[at] {
			w.out[at] = true
			queue = append(queue, w.gives[at]...)
		}
	}
}
