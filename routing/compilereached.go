package routing

// reach collects what calls can come to, from where they begin over all that
// follows. Each destination is looked at once.
type reach struct {
	t     *tenantCompiler
	found map[Destination]bool
	queue []Destination
	// beside: whom destinations ring and forward to belong to it, too. Their own
	// exits do not count for such calls.
	beside bool
	dials  map[*uint64]bool // sets of numbers that may be dialled in menus, already seen
	all    bool             // all numbers inside may be dialled in some menu
}

func (t *tenantCompiler) newReach(beside bool) *reach {
	return &reach{t: t, found: make(map[Destination]bool, len(t.config.Extensions)), beside: beside, dials: map[*uint64]bool{}}
}

// calls begins where calls do: at the tenant's numbers, its rules and the default
// destination. disabled: at rules that are turned off, too.
func (r *reach) calls(disabled bool) {
	p := r.t.plan
	for _, to := range p.routes {
		r.add(to)
	}
	for _, name := range p.hours {
		r.add(Destination{RouteSchedule, name})
	}
	for i := range p.rules {
		if p.rules[i].enabled || disabled {
			r.add(p.rules[i].then)
		}
	}
	r.add(p.fallback)
}

// blocked begins with what blocked calls are sent to.
func (r *reach) blocked() {
	for i := range r.t.config.Blocklist {
		if b := &r.t.config.Blocklist[i]; b.Then != nil {
			r.add(r.t.blockedTo(b))
		}
	}
}

// phones begins with what the tenant's own phones dial.
func (r *reach) phones() {
	for i := range r.t.config.Extensions {
		r.add(Destination{RouteExtension, r.t.config.Extensions[i].Extension})
	}
	for _, g := range r.t.plan.groupNumbers {
		r.add(Destination{RouteRingGroup, g.Name})
	}
	for _, m := range r.t.plan.menuNumbers {
		r.add(Destination{RouteIVR, m.Name})
	}
}

func (r *reach) add(to Destination) {
	if to.IsZero() || to.Route == RouteVoicemail || to.Route == RouteHangup || r.found[to] {
		return // calls end there, and there is nothing to say of it
	}
	r.found[to] = true
	r.queue = append(r.queue, to)
}

// follow goes on from all that was added until nothing new is found.
func (r *reach) follow() map[Destination]bool {
	for len(r.queue) > 0 {
		at := r.queue[len(r.queue)-1]
		r.queue = r.queue[:len(r.queue)-1]
		for _, to := range r.t.plan.exitsAt(at) {
			r.add(to)
		}
		r.leads(at)
	}
	return r.found
}

// leads adds where a destination leads beside its exits.
func (r *reach) leads(at Destination) {
	p := r.t.plan
	switch at.Route {
	case RouteExtension:
		if lines := p.lines[at.Target]; r.beside {
			for _, m := range lines.forwards {
				r.add(m.To)
			}
			r.members(lines.followMe)
		}
	case RouteRingGroup:
		if g, ok := p.ringGroups[at.Target]; ok && r.beside {
			r.members(g.members)
		}
	case RouteIVR:
		if m, ok := p.menus[at.Target]; ok {
			r.menu(m)
		}
	case RouteSchedule:
		if s, ok := p.schedules[at.Target]; ok {
			for _, e := range r.t.scheduleEdges(s, nil) {
				r.add(e.to)
			}
		}
	case RouteForward, RouteVoicemail, RouteHangup, RouteOverride, RouteBack, RouteTop, RouteRepeat:
	}
}

func (r *reach) members(members []Member) {
	for _, m := range members {
		r.add(m.To)
	}
}

func (r *reach) menu(m *menu) {
	for _, to := range m.Digits {
		if to.Target != "" { // back, top and repeat lead to what was reached before
			r.add(to)
		}
	}
	if r.all || m.direct.empty() {
		return
	}
	if r.all = len(m.direct.kept) == 0; !r.all {
		if r.dials[&m.direct.kept[0]] {
			return
		}
		r.dials[&m.direct.kept[0]] = true
	}
	for number := range m.direct.all() {
		if to, ok := r.t.plan.dialledInside(number); ok {
			r.add(to)
		}
	}
}
