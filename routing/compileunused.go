package routing

import (
	"fmt"
	"strings"
)

// maxSingly is how many warnings of one kind are given one by one; more of them
// are said in one.
const maxSingly = 3

// named is something a warning is about: its name, and where it is written.
type named struct {
	name string
	at   path
}

// warnOf warns of some things of a kind: of a few each by itself, of many in one
// sentence, at the first of them. say tells it of names, like "list vip" or
// "lists vip, staff and 4 more".
func (t *tenantCompiler) warnOf(kind string, all []named, say func(what string, one bool) (message, hint string)) {
	if len(all) > maxSingly {
		names := make([]string, len(all))
		for i, n := range all {
			names[i] = n.name
		}
		message, hint := say(fmt.Sprintf("%d %ss (%s)", len(all), kind, orNone(names)), false)
		t.warn(all[0].at, message, hint)
		return
	}
	for _, n := range all {
		message, hint := say(kind+" "+n.name, true)
		t.warn(n.at, message, hint)
	}
}

// unused warns of what no call comes to. Extensions are dialled, as is all that
// has a number inside, and what they lead to is used by that. A rule that is
// turned off counts: what it names is kept for the day it is turned on.
func (t *tenantCompiler) unused() {
	used := t.newReach(true)
	used.calls(true)
	used.blocked()
	used.phones()
	t.readByRules(func(name string) { used.add(Destination{RouteSchedule, name}) })
	found := used.follow()
	t.unusedOf(RouteForward, "forward", len(t.config.Forwards), found, func(i int) named {
		return named{t.config.Forwards[i].Name, path{"forwards", i}}
	})
	t.unusedOf(RouteRingGroup, "ring group", len(t.config.RingGroups), found, func(i int) named {
		return named{t.config.RingGroups[i].Name, path{"ringGroups", i}}
	})
	t.unusedOf(RouteIVR, "menu", len(t.config.IVRMenus), found, func(i int) named {
		return named{t.config.IVRMenus[i].Name, path{"ivrMenus", i}}
	})
	t.unusedOf(RouteSchedule, "schedule", len(t.config.Schedules), found, func(i int) named {
		return named{t.config.Schedules[i].Name, path{"schedules", i}}
	})
	t.unusedLists()
}

// unusedOf warns of those objects of a kind that were not found.
func (t *tenantCompiler) unusedOf(route Route, kind string, count int, found map[Destination]bool, object func(i int) named) {
	var unused []named
	for i := range count {
		if o := object(i); !found[Destination{route, o.name}] {
			unused = append(unused, o)
		}
	}
	t.warnOf(kind, unused, func(what string, one bool) (string, string) {
		message := "no call comes to " + what
		if route == RouteSchedule {
			message = what + verb(one, " is used", " are used") + " by no number, rule or destination that calls come to"
		}
		return message, unusedHints[route]
	})
}

// unusedHints say how an object comes to be used.
var unusedHints = map[Route]string{
	RouteForward:   "lead to it from a number, a rule, a key, an exit, an extension or a ring group, or leave it out",
	RouteRingGroup: "lead to it from a number, a rule, a key or an exit, give it an extension, or leave it out",
	RouteIVR:       "lead to it from a number, a rule, a key or an exit, give it an extension, or leave it out",
	RouteSchedule:  "name it as the schedule of a number, or leave it out",
}

func (t *tenantCompiler) unusedLists() {
	if len(t.config.Lists) == 0 {
		return
	}
	read := map[string]bool{}
	t.readByRules(func(name string) { read[name] = true })
	var unused []named
	for i, l := range t.config.Lists {
		if !read[l.Name] {
			unused = append(unused, named{l.Name, path{"lists", i}})
		}
	}
	t.warnOf("list", unused, func(what string, one bool) (string, string) {
		return what + verb(one, " is read", " are read") + " by no rule", `a rule reads it by list("` + unused[0].name + `")`
	})
}

// readByRules gives every text in quotes of every rule's condition that is the
// name of a list or a schedule: what cannot be told from a name counts as one.
func (t *tenantCompiler) readByRules(name func(string)) {
	if len(t.config.Lists)+len(t.config.Schedules) == 0 {
		return
	}
	for i := range t.config.Rules {
		for text := range quotedIn(t.config.Rules[i].When) {
			if t.plan.lists[text] != nil || t.plan.schedules[text] != nil {
				name(text)
			}
		}
	}
}

// quotedIn gives what stands between each quote of a text and the next one like
// it. Names of objects have no quotes in them.
func quotedIn(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(text) {
			quote := text[i]
			if quote != '"' && quote != '\'' {
				continue
			}
			end := strings.IndexByte(text[i+1:], quote)
			if end > 0 && !yield(text[i+1:i+1+end]) {
				return
			}
		}
	}
}

func verb(one bool, singular, plural string) string {
	if one {
		return singular
	}
	return plural
}
