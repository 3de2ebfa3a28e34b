package routing

import (
	"fmt"
	"maps"
	"slices"
)

const (
	defaultExtensionRing = 25 // seconds
	maxDisplayName       = 64
	maxCallLimit         = 1000
	maxFollowMe          = 10
	maxFollowMeDelay     = 120 // seconds
)

var forwardTypesKnown = []ForwardType{ForwardAlways, ForwardBusy, ForwardNoAnswer, ForwardUnregistered}

func (t *tenantCompiler) extensions() {
	t.numbers = seen{}
	ids := seen{}
	for i, e := range t.config.Extensions {
		at := path{"extensions", i}
		t.identified(ids, e.ID, at)
		t.printable(e.DisplayName, maxDisplayName, at.with("displayName"))
		e.RingSeconds = t.seconds(e.RingSeconds, defaultExtensionRing, maxRing, at.with("ringSeconds"))
		t.within(e.CallLimit, maxCallLimit, at.with("callLimit"))
		if e.CallerID != "" {
			e.CallerID = t.ownNumber(e.CallerID, at.with("callerId"))
		}
		p := at.with("extension")
		if e.Extension == "" {
			t.add(p, "no extension number", "")
		} else if t.dialledBy(e.Extension, "an extension", p) {
			e.Exits = nil
			t.plan.addExtension(e)
		}
	}
}

// dialledBy checks the number that phones dial something by inside.
func (t *tenantCompiler) dialledBy(number, what string, p path) bool {
	if !isExtensionNumber(number) {
		t.add(p, fmt.Sprintf("%q cannot be %s", number, what), "2 to 10 digits")
		return false
	}
	return t.unique(t.numbers, number, "extension", p)
}

// calledBeside reads where extensions forward to and what rings beside their
// phones, once everything that may be named there is known.
func (t *tenantCompiler) calledBeside() {
	for i, e := range t.config.Extensions {
		at := path{"extensions", i}
		lines := extensionLines{forwards: t.callForwards(e, at.with("forward")), followMe: t.followMe(e, at.with("followMe"))}
		if _, again := t.plan.lines[e.Extension]; !again && (lines.forwards != nil || lines.followMe != nil) {
			t.plan.lines[e.Extension] = lines
		}
	}
}

func (t *tenantCompiler) callForwards(e Extension, at path) map[ForwardType]Member {
	var forwards map[ForwardType]Member
	for _, kind := range slices.Sorted(maps.Keys(e.Forward)) {
		f, p := e.Forward[kind], at.with(string(kind))
		if !slices.Contains(forwardTypesKnown, kind) {
			t.add(p, fmt.Sprintf("unknown type of forward %q", kind), oneOf(kind, forwardTypesKnown))
			continue
		}
		ring := t.seconds(f.RingSeconds, 0, maxRing, p.with("ringSeconds"))
		to, ok := t.memberOf(e, f.Number, p.with("number"))
		if !ok || !enabled(f.Enabled) {
			continue
		}
		if forwards == nil {
			forwards = map[ForwardType]Member{}
		}
		forwards[kind] = Member{To: to, RingSeconds: ring, Confirm: f.Confirm}
	}
	return forwards
}

func (t *tenantCompiler) followMe(e Extension, at path) []Member {
	if len(e.FollowMe) > maxFollowMe {
		t.add(at, fmt.Sprintf("more than %d numbers", maxFollowMe), "")
	}
	var members []Member
	known := seen{}
	for j, f := range e.FollowMe {
		p := at.with(j)
		t.within(f.DelaySeconds, maxFollowMeDelay, p.with("delaySeconds"))
		ring := t.seconds(f.RingSeconds, 0, maxRing, p.with("ringSeconds"))
		if to, ok := t.memberOf(e, f.Number, p.with("number")); ok && t.unique(known, t.numberOf(to), "number", p.with("number")) {
			members = append(members, Member{To: to, DelaySeconds: f.DelaySeconds, RingSeconds: ring, Confirm: f.Confirm})
		}
	}
	return members
}

// memberOf reads a number that is called for an extension, which cannot be the
// extension itself.
func (t *tenantCompiler) memberOf(e Extension, text string, at path) (Destination, bool) {
	to, ok := t.member(text, at)
	if ok && to == (Destination{Route: RouteExtension, Target: e.Extension}) {
		t.add(at, fmt.Sprintf("extension %s leads back to itself", e.Extension), "name somebody else")
		return to, false
	}
	return to, ok
}
