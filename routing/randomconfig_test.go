package routing

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// randomPlatform makes configurations of all kinds of objects. Most of what it
// makes leads on to what stands behind it in the order of levels, so that most
// configurations are accepted; some lead back, or to nothing.
type randomPlatform struct {
	t          *rapid.T
	extensions int
}

// The levels of what calls go through: each may lead to those behind it.
const (
	levelStart = iota
	levelOffice
	levelNight
	levelMain
	levelNews
	levelSales
	levelService
	levelMobile
	levelOwn // a forward to one of the tenant's own numbers
	levelExtension
)

var (
	randomNumbers = []string{"+15551230001", "+15551230002", "+15551112222", "+15551113333", "+442071234567", "1001", "1002", "", "garbage", "911"}
	randomZones   = []string{"", "America/New_York", "Europe/London", "Pacific/Apia", "Asia/Kolkata"}
)

func randomConfig(t *rapid.T) Config {
	r := randomPlatform{t, rapid.IntRange(1, 6).Draw(t, "extensions")}
	operator := oneTenant()
	operator.BlockedPrefixes = []string{"+1900"}
	operator.Trunks[0].CallerID = pick(r, "caller id", CallerIDPolicy(""), CallerIDOwn)
	grant := &operator.Tenants[0]
	grant.MaxForwards = r.number("most forwards", 1, 10)
	grant.Timezone = pick(r, "zone", randomZones...)
	grant.Suspended = r.oneIn(12, "suspended")
	grant.Countries = pick(r, "countries", []string{"US"}, []string{"US", "GB"})
	if r.oneIn(50, "no countries") {
		grant.Countries = nil
	}
	operator.Tenants = append(operator.Tenants, TenantGrant{ID: globexID, Name: "globex", Numbers: []string{"+15551240001"}, Domains: []string{"globex.test"}})
	cfg := Config{Operator: operator, Tenants: []TenantConfig{r.tenant()}, Revisions: map[TenantID]int{acmeID: 7}}
	if r.oneIn(2, "now") {
		cfg.Now = noon
	}
	return cfg
}

func (r randomPlatform) tenant() TenantConfig {
	c := TenantConfig{
		Tenant: "acme",
		Forwards: []Forward{
			{Name: "mobile", Number: "+15557654321", Exits: r.exits(RouteForward, levelMobile)},
			{Name: "own", Number: pick(r, "own", "+15557654322", "+15557654322", "+15551230002"), Exits: r.exits(RouteForward, levelOwn)},
		},
		RingGroups: []RingGroup{r.group("sales", "2000", levelSales), r.group("service", "", levelService)},
		IVRMenus:   []Menu{r.menu("main", "4000", levelMain), r.menu("news", "", levelNews)},
		Schedules:  []Schedule{r.schedule("office", levelOffice), r.schedule("night", levelNight)},
		Lists:      []NumberList{{Name: "vip", Numbers: []string{"+15551112222", "1001"}}, {Name: "staff", Numbers: []string{"+442071234567"}}},
		Allowlist:  r.allowed(),
		Blocklist:  r.blocked(),
		Rules:      r.rules(),
	}
	for i := range r.extensions {
		c.Extensions = append(c.Extensions, r.extension(i))
	}
	for _, number := range []string{"+15551230001", "+15551230002"} {
		if to := r.to(levelStart); !r.oneIn(4, "no route") {
			did := DID{Number: number, InboundRoute: to.Route, RouteTarget: to.Target}
			if to.Route != RouteSchedule {
				did.Schedule = pick(r, "hours", "", "", "office", "night")
			}
			c.DIDs = append(c.DIDs, did)
		}
	}
	if r.oneIn(2, "default") {
		to := r.to(levelStart)
		c.DefaultDestination = &to
	}
	if r.oneIn(3, "override") {
		o := Override{Schedule: "office", State: pick(r, "state", overrideStates...), Until: "2026-03-04T00:00:00Z"}
		if o.State == OverrideTo {
			to := r.to(levelOffice)
			o.Destination = &to
		}
		c.Overrides = []Override{o}
	}
	c.Recording = pick(r, "recording", nil, &Recording{Policy: RecordByRule})
	return c
}

func (r randomPlatform) extension(i int) Extension {
	e := Extension{
		Extension: fmt.Sprint(1001 + i), DoNotDisturb: r.oneIn(8, "dnd"), CallLimit: r.number("limit", 0, 2),
		Exits: r.exits(RouteExtension, levelExtension+i), Forward: map[ForwardType]CallForward{},
	}
	for _, kind := range forwardTypesKnown {
		if r.oneIn(4, "forward") {
			e.Forward[kind] = CallForward{Number: r.called(i), Confirm: r.oneIn(2, "confirm")}
		}
	}
	if r.oneIn(4, "follow me") {
		e.FollowMe = []FollowMe{{Number: r.called(i), DelaySeconds: r.number("delay", 0, 20)}}
	}
	return e
}

// called gives a number that is rung for an extension: seldom its own.
func (r randomPlatform) called(i int) string {
	numbers := []string{"mobile", "+15557654329", "own"}
	for other := range r.extensions {
		if other != i {
			numbers = append(numbers, fmt.Sprint(1001+other))
		}
	}
	return pick(r, "called", numbers...)
}

func (r randomPlatform) group(name, extension string, level int) RingGroup {
	g := RingGroup{
		Name: name, Extension: extension, Strategy: pick(r, "strategy", strategies...), Rounds: r.number("rounds", 1, 3), CallLimit: r.number("limit", 0, 2),
		StopOnReject: r.oneIn(2, "stop"), Members: []GroupMember{{Number: "1001"}, {Number: pick(r, "member", "mobile", "+15559990000", "+15551230002")}},
		Exits: r.exits(RouteRingGroup, level),
	}
	forwards, skip := r.oneIn(2, "forwards"), r.oneIn(2, "skip")
	g.MemberForwards, g.SkipBusy = &forwards, &skip
	if _, leads := g.Exits[ExitKey]; leads {
		g.ExitKey = "0"
	}
	return g
}

func (r randomPlatform) menu(name, extension string, level int) Menu {
	m := Menu{
		Name: name, Extension: extension, Greeting: Prompt{Text: "Hello"}, Exits: r.exits(RouteIVR, level),
		Digits: map[string]Destination{"1": r.to(levelStart), "2": r.to(level), "12": r.to(levelStart), "*": {Route: RouteBack}, "#": {Route: RouteTop}},
		Set:    RuleSet{Tags: []string{name}, Priority: r.number("priority", 0, 10)}, Language: pick(r, "language", "", "en-US"),
	}
	if r.oneIn(2, "dialled") {
		m.DirectDial = &DirectDial{Deny: []string{"1002"}}
	}
	return m
}

func (r randomPlatform) schedule(name string, level int) Schedule {
	s := Schedule{
		Name: name, Timezone: pick(r, "zone", randomZones...),
		Schedules: []Window{{Days: allWeek, StartTime: "09:00", EndTime: pick(r, "end", "17:00", "24:00", "08:00")}},
		Holidays:  []Holiday{{Name: "Town Day", Date: "03-03", Hours: pick(r, "hours", nil, []HolidayHours{{StartTime: "12:00", EndTime: "13:00"}})}},
	}
	for _, action := range []**Destination{&s.OpenAction, &s.AfterHoursAction, &s.Schedules[0].Destination, &s.Holidays[0].Destination} {
		if !r.oneIn(12, "no action") {
			to := r.to(level)
			*action = &to
		}
	}
	if name == "office" {
		s.OverrideCode = &OverrideCode{Code: "*28", Extensions: []string{"1001"}}
	}
	return s
}

func (r randomPlatform) exits(route Route, level int) Exits {
	exits := Exits{}
	for _, out := range exitOutcomes[route] {
		if r.oneIn(3, "exit") {
			exits[out] = r.to(level)
		}
	}
	return exits
}

func (r randomPlatform) blocked() []BlockedNumber {
	then := r.to(levelStart)
	all := []BlockedNumber{
		{Number: "+15551113333", Direction: pick(r, "direction", "", "outbound", "both")},
		{Prefix: "+44", Action: BlockBusy}, {Pattern: `\+1555111\d+`, Action: BlockRoute, Then: &then}, {Anonymous: true, Cause: "USER_BUSY"},
		{Number: "+15551112222", Expires: "2026-03-03T17:00:00Z"},
	}
	return slices.DeleteFunc(all, func(BlockedNumber) bool { return r.oneIn(2, "left out") })
}

func (r randomPlatform) allowed() []AllowedNumber {
	all := []AllowedNumber{{Prefix: "+1555111"}, {Number: "+442071234567", Direction: "both"}}
	return slices.DeleteFunc(all, func(AllowedNumber) bool { return r.oneIn(2, "left out") })
}

func (r randomPlatform) rules() []Rule {
	rules := make([]Rule, r.number("rules", 0, 8))
	for i := range rules {
		rule := Rule{Name: fmt.Sprint("rule ", i), Priority: r.number("priority", 0, 2), When: r.condition(r.number("depth", 0, 3))}
		if r.oneIn(2, "sets") {
			rule.Set = RuleSet{Tags: []string{rule.Name}, CallerIDPrefix: pick(r, "prefix", "", "VIP "), Priority: r.number("order", 0, 10), AccountCode: pick(r, "account", "", "a1")}
		}
		if rule.Set.IsZero() || !r.oneIn(3, "only sets") {
			rule.Then = r.to(levelStart)
		}
		if r.oneIn(4, "bounds") {
			rule.ValidFrom = pick(r, "from", "", "2026-03-03", "2026-03-03 12:30")
			rule.ValidUntil = pick(r, "until", "", "2026-03-03", "2026-03-04T00:00:00Z")
		}
		on := !r.oneIn(8, "off")
		rule.Enabled = &on
		rules[i] = rule
	}
	return rules
}

// to gives a destination behind a level; once in a while any, or none.
func (r randomPlatform) to(level int) Destination {
	switch r.number("anything", 0, 200) {
	case 77:
		level = levelStart
	case 133:
		return pick(r, "nowhere", Destination{}, Destination{RouteIVR, "gone"}, Destination{RouteBack, ""}, Destination{"extensoin", "1001"}, Destination{RouteExtension, ""})
	}
	options := []Destination{{RouteVoicemail, "1001"}, {RouteHangup, "USER_BUSY"}, {RouteForward, "+15559990000"}}
	for at, to := range []Destination{
		levelOffice: {RouteSchedule, "office"}, levelNight: {RouteSchedule, "night"}, levelMain: {RouteIVR, "main"}, levelNews: {RouteIVR, "news"},
		levelSales: {RouteRingGroup, "sales"}, levelService: {RouteRingGroup, "service"}, levelMobile: {"external", "mobile"}, levelOwn: {RouteForward, "own"},
	} {
		if at > level {
			options = append(options, to)
		}
	}
	for i := max(level-levelExtension+1, 0); i < r.extensions; i++ {
		options = append(options, Destination{RouteExtension, fmt.Sprint(1001 + i)})
	}
	return pick(r, "to", options...)
}

func (r randomPlatform) number(label string, least, most int) int {
	return rapid.IntRange(least, most).Draw(r.t, label)
}

// oneIn is true once in a while. It is so in the middle, as small and large numbers
// are drawn more often than others.
func (r randomPlatform) oneIn(count int, label string) bool {
	return r.number(label, 1, count) == (count+1)/2
}

func pick[T any](r randomPlatform, label string, from ...T) T {
	return from[r.number(label, 0, len(from)-1)]
}
