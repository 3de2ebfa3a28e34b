package routing

// Recording gives which of the tenant's calls are recorded and how, its policy
// and Stereo filled in.
func (p *Plan) Recording() Recording { return p.recording }

// Records tells whether a call is recorded once it is connected. set is what
// rules and menus have set on it.
func (p *Plan) Records(direction Direction, set RuleSet) bool {
	switch p.recording.Policy {
	case RecordNever:
		return false
	case RecordAlways:
		return enabled(set.Recording)
	case RecordInbound:
		return decided(set.Recording, direction == Inbound)
	case RecordOutbound:
		return decided(set.Recording, direction == Outbound)
	case RecordByRule:
		return decided(set.Recording, false)
	}
	return false
}

// decided reads a switch that is as otherwise unless it is set.
func decided(flag *bool, otherwise bool) bool {
	if flag == nil {
		return otherwise
	}
	return *flag
}
