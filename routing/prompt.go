package routing

import (
	"cmp"
	"maps"
	"slices"
)

// In gives a prompt as it is heard in a call of a language: a text that has no
// language of its own is spoken in that one.
func (p Prompt) In(language string) Prompt {
	if p.Text != "" && p.Language == "" {
		p.Language = language
	}
	return p
}

// Prompts gives all prompts a caller of the tenant can hear, each once and in an
// order of their own: to render texts before they are needed, and to look for
// missing files. A text whose language is that of the call is there once for
// every language a rule or a menu can give one, and once for none.
func (p *Plan) Prompts() []Prompt {
	languages := p.languages()
	known := map[Prompt]bool{}
	put := func(prompt *Prompt, language string) {
		if prompt == nil {
			return
		}
		if language != "" {
			known[prompt.In(language)] = true
			return
		}
		for _, l := range languages {
			known[prompt.In(l)] = true
		}
	}
	for _, m := range p.menus {
		put(&m.Greeting, m.Language)
		put(m.RepeatGreeting, m.Language)
		put(m.InvalidPrompt, m.Language)
	}
	put(p.recording.Announcement, "")
	return slices.SortedFunc(maps.Keys(known), comparePrompts)
}

// languages are those a call can have: none at first, and then what its rule and
// its menus set.
func (p *Plan) languages() []string {
	known := map[string]bool{"": true}
	for i := range p.rules {
		known[p.rules[i].set.Language] = true
	}
	for _, m := range p.menus {
		known[m.Language] = true
	}
	return slices.Sorted(maps.Keys(known))
}

func comparePrompts(a, b Prompt) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Tone, b.Tone), cmp.Compare(a.Text, b.Text),
		cmp.Compare(a.Language, b.Language), cmp.Compare(a.Voice, b.Voice))
}
