package routing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	defaultGroupRing = 60 // seconds
	maxGroupRing     = 600
	maxRounds        = 10
)

var (
	strategies         = []Strategy{Simultaneous, Sequence, RandomOrder, RoundRobin}
	distinctivePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,40}$`)
	musicPattern       = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
)

// ringbackMusic is what comes before the name of a stream in RingGroup.Ringback.
const ringbackMusic = "music:"

// Ringbacks gives the tones a ring group's caller can hear: RingDefault and the
// ring tones of countries. Beside them there is music with a stream's name.
func Ringbacks() []string {
	return []string{RingDefault, "us", "uk", "de", "fr", "au", "jp", "it", "es"}
}

// RingDefault is the ring tone of the platform, RingGroup.Ringback's default.
const RingDefault = "ring"

func (t *tenantCompiler) ringGroups() {
	names, ids := seen{}, seen{}
	for i, g := range t.config.RingGroups {
		at := path{"ringGroups", i}
		named := t.named(ids, names, g.ID, g.Name, at)
		t.ringing(&g, at)
		t.heard(&g, at)
		t.exitKey(g, at)
		if g.Extension != "" {
			t.dialledBy(g.Extension, "the number of a ring group", at.with("extension"))
		}
		if named {
			g.Exits = nil
			t.plan.addRingGroup(&ringGroup{RingGroup: g})
		}
	}
}

// ringing checks how a group rings and fills in defaults.
func (t *tenantCompiler) ringing(g *RingGroup, at path) {
	if g.Strategy == "" {
		g.Strategy = Simultaneous
	}
	if !slices.Contains(strategies, g.Strategy) {
		t.add(at.with("strategy"), fmt.Sprintf("unknown strategy %q", g.Strategy), oneOf(g.Strategy, strategies))
	}
	g.RingSeconds = t.seconds(g.RingSeconds, defaultGroupRing, maxGroupRing, at.with("ringSeconds"))
	g.Rounds = t.seconds(g.Rounds, 1, maxRounds, at.with("rounds"))
	t.within(g.CallLimit, maxCallLimit, at.with("callLimit"))
	skip, forwards := enabled(g.SkipBusy), enabled(g.MemberForwards)
	g.SkipBusy, g.MemberForwards = &skip, &forwards
}

// heard checks what members and callers see and hear of a group.
func (t *tenantCompiler) heard(g *RingGroup, at path) {
	t.printable(g.CallerIDPrefix, maxCallerIDPrefix, at.with("callerIdPrefix"))
	if g.DistinctiveRing != "" {
		t.matching(g.DistinctiveRing, "distinctive ring", distinctivePattern, at.with("distinctiveRing"), "letters, digits, _ . - and at most 40 characters")
	}
	if g.Ringback == "" {
		g.Ringback = RingDefault
	}
	p := at.with("ringback")
	if stream, music := strings.CutPrefix(g.Ringback, ringbackMusic); music {
		t.matching(stream, "stream", musicPattern, p, "write it like music:moh: letters, digits, _ . - and at most 64 characters")
	} else if !slices.Contains(Ringbacks(), g.Ringback) {
		t.add(p, fmt.Sprintf("unknown ringback %q", g.Ringback), orText(didYouMean(g.Ringback, Ringbacks()), anyOf(Ringbacks())+", or music:NAME"))
	}
}

// exitKey checks that the caller's key and the exit it leads to come together.
func (t *tenantCompiler) exitKey(g RingGroup, at path) {
	_, leads := g.Exits[ExitKey]
	switch {
	case g.ExitKey == "" && leads:
		t.add(at.with("exits", string(ExitKey)), "there is no key to leave by", "set exitKey")
	case g.ExitKey == "":
	case len(g.ExitKey) != 1 || !strings.Contains("0123456789*#", g.ExitKey):
		t.add(at.with("exitKey"), fmt.Sprintf("%q is no key", g.ExitKey), "one of 0-9, * and #")
	case !leads:
		t.add(at.with("exitKey"), "the key leads nowhere", "set exits.exit-key")
	}
}
