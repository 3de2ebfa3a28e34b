package routing

// Member is somebody to ring: an extension or an outside number, and how.
type Member struct {
	To           Destination `json:"to"` // RouteExtension or RouteForward
	DelaySeconds int         `json:"delaySeconds,omitempty"`
	RingSeconds  int         `json:"ringSeconds,omitempty"` // 0: as long as what it belongs to
	Confirm      bool        `json:"confirm,omitempty"`     // who answers presses 1 to accept
}

// ringGroup is a ring group in compiled form.
type ringGroup struct {
	RingGroup
	members []Member
}

// extensionLines are what rings for an extension beside its phones, and where
// its forwards go, in compiled form.
type extensionLines struct {
	forwards map[ForwardType]Member // enabled ones only
	followMe []Member
}

// RingGroup finds a ring group by its name or id, defaults filled in and exits
// in their one spelling.
func (p *Plan) RingGroup(target string) (RingGroup, []Member, bool) {
	g, ok := p.ringGroups[target]
	if !ok {
		return RingGroup{}, nil, false
	}
	return g.RingGroup, g.members, true
}

// ForwardOf gives where an extension's forward of a type sends its calls.
func (p *Plan) ForwardOf(extension string, t ForwardType) (Member, bool) {
	m, ok := p.lines[extension].forwards[t]
	return m, ok
}

// FollowMe gives the numbers that ring beside an extension's phones.
func (p *Plan) FollowMe(extension string) []Member { return p.lines[extension].followMe }

func (p *Plan) hasForward(e *Extension, t ForwardType) bool {
	_, ok := p.ForwardOf(e.Extension, t)
	return ok
}
