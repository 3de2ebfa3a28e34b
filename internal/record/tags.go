package record

import (
	"maps"
	"slices"

	"switchyard/routing"
)

// Bounds of the tags of one call. A rule or a menu may set 16 of 64 characters;
// a call goes through many menus.
const (
	maxTags = 64
	maxTag  = 64
)

// Adopted notes what was set on a call after it began: tags are added to its
// record, each once, and anything else takes the place of what was set before.
func (p *Pipeline) Adopted(id routing.CallID, set routing.RuleSet) {
	p.change(id, func(l *live) {
		l.tagged = withTags(l.tagged, set.Tags)
		l.adopted = withFacts(l.adopted, safeFacts(set.Facts()))
		tags, facts := withTags(l.call.Tags, l.tagged), withFacts(l.call.Facts, l.adopted)
		if len(tags) == len(l.call.Tags) && maps.Equal(facts, l.call.Facts) {
			return
		}
		l.call.Tags, l.call.Facts = tags, facts
		p.enqueue(l)
	})
}

// withFacts gives the facts with others over them. Neither map is changed: the
// writer may be storing one.
func withFacts(facts, later map[string]string) map[string]string {
	if len(later) == 0 {
		return facts
	}
	out := make(map[string]string, len(facts)+len(later))
	maps.Copy(out, facts)
	maps.Copy(out, later)
	return out
}

// withTags gives the tags with others behind them, made safe and without
// doubles. Neither list is changed.
func withTags(tags, more []string) []string {
	out := slices.Clone(tags)
	for _, tag := range more {
		tag = SafeText(tag)
		if r := []rune(tag); len(r) > maxTag {
			tag = string(r[:maxTag])
		}
		if tag != "" && len(out) < maxTags && !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}
