package record

import (
	"slices"

	"switchyard/routing"
)

// Bounds of the tags of one call. A rule or a menu may set 16 of 64 characters;
// a call goes through many menus.
const (
	maxTags = 64
	maxTag  = 64
)

// Tagged adds tags to a call's record, each once.
func (p *Pipeline) Tagged(id routing.CallID, tags []string) {
	p.change(id, func(l *live) {
		l.tagged = withTags(l.tagged, tags)
		now := withTags(l.call.Tags, l.tagged)
		if len(now) == len(l.call.Tags) {
			return
		}
		l.call.Tags = now
		p.enqueue(l, false)
	})
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
