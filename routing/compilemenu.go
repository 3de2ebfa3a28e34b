package routing

import (
	"cmp"
	"fmt"
)

const (
	defaultFirstDigit  = 5 // seconds
	maxFirstDigit      = 60
	defaultInterDigit  = 2 // seconds
	maxInterDigit      = 20
	maxEntry           = 20 // keys
	defaultMaxTimeouts = 3
	defaultMaxFailures = 3
	defaultMaxTries    = 4
	maxTimeouts        = 10
	maxFailures        = 10
	maxTries           = 20
)

// menuExitsFor gives the exits an outcome of a menu takes, the first that is
// configured: a caller had better go somewhere than be dropped.
func menuExitsFor(out Outcome) []Outcome {
	switch out {
	case NoInput:
		return []Outcome{NoInput, TooManyTries, Invalid}
	case Invalid:
		return []Outcome{Invalid, TooManyTries, NoInput}
	case TooManyTries:
		return []Outcome{TooManyTries, Invalid, NoInput}
	default:
		return []Outcome{out}
	}
}

// menus reads what a menu is; where its keys lead is read once everything that
// may be named there is known.
func (t *tenantCompiler) menus() {
	names, ids := seen{}, seen{}
	for i, m := range t.config.IVRMenus {
		at := path{"ivrMenus", i}
		named := t.named(ids, names, m.ID, m.Name, at)
		t.menuPrompts(&m, at)
		t.menuTimes(&m, at)
		t.menuTries(m, at)
		t.menuSet(&m, at)
		if m.Extension != "" {
			t.dialledBy(m.Extension, "the number of a menu", at.with("extension"))
		}
		if named {
			m.Exits, m.Digits = nil, nil
			t.plan.addMenu(&menu{Menu: m})
		}
	}
}

func (t *tenantCompiler) menuPrompts(m *Menu, at path) {
	m.Greeting, _ = t.prompt(m.Greeting, "greeting", at.with("greeting"))
	m.RepeatGreeting = t.promptBeside(m.RepeatGreeting, "prompt", at.with("repeatGreeting"))
	if m.RepeatGreeting == nil {
		greeting := m.Greeting
		m.RepeatGreeting = &greeting
	}
	m.InvalidPrompt = t.promptBeside(m.InvalidPrompt, "prompt", at.with("invalidPrompt"))
}

func (t *tenantCompiler) menuTimes(m *Menu, at path) {
	m.FirstDigitSeconds = t.seconds(m.FirstDigitSeconds, defaultFirstDigit, maxFirstDigit, at.with("firstDigitSeconds"))
	m.InterDigitSeconds = t.seconds(m.InterDigitSeconds, defaultInterDigit, maxInterDigit, at.with("interDigitSeconds"))
	m.MaxDigits = t.seconds(m.MaxDigits, 0, maxEntry, at.with("maxDigits"))
	m.MaxTimeouts = t.seconds(m.MaxTimeouts, defaultMaxTimeouts, maxTimeouts, at.with("maxTimeouts"))
	m.MaxFailures = t.seconds(m.MaxFailures, defaultMaxFailures, maxFailures, at.with("maxFailures"))
	m.MaxTries = t.seconds(m.MaxTries, defaultMaxTries, maxTries, at.with("maxTries"))
	bargeIn := enabled(m.BargeIn)
	m.BargeIn = &bargeIn
}

// menuTries warns of exits that no caller can come to. Silences and wrong
// entries are counted apart, and together against maxTries.
func (t *tenantCompiler) menuTries(m Menu, at path) {
	exit := func(out Outcome) bool {
		_, leads := m.Exits[out]
		return leads
	}
	most := m.MaxTimeouts + m.MaxFailures - 2 // of both together, before either is too many
	if exit(TooManyTries) && exit(NoInput) && exit(Invalid) && m.MaxTries > most {
		t.warn(at.with("exits", string(TooManyTries)),
			fmt.Sprintf("is hardly ever taken: before %d tries there are %d silences or %d wrong entries", m.MaxTries, m.MaxTimeouts, m.MaxFailures),
			fmt.Sprintf("maxTries %d or less", most))
	}
	if exit(NoInput) && m.MaxTries < m.MaxTimeouts {
		t.neverTaken(NoInput, m.MaxTries, "maxTimeouts", m.MaxTimeouts, at)
	}
	if exit(Invalid) && m.MaxTries < m.MaxFailures {
		t.neverTaken(Invalid, m.MaxTries, "maxFailures", m.MaxFailures, at)
	}
}

func (t *tenantCompiler) neverTaken(out Outcome, tries int, key string, most int, at path) {
	t.warn(at.with("exits", string(out)), fmt.Sprintf("is never taken: %s is %d, and after %d tries it is %s", key, most, tries, TooManyTries),
		fmt.Sprintf("set maxTries to %d or more", most))
}

func (t *tenantCompiler) menuSet(m *Menu, at path) {
	t.ruleSet(m.Set, at.with("set"))
	t.language(m.Language, at.with("language"))
	if m.Set.Recording != nil {
		t.add(at.with("set", "recording"), "a menu does not decide what is recorded", "rules do, and recording.policy")
	}
	if m.Language != "" && m.Set.Language != "" && m.Language != m.Set.Language {
		t.add(at.with("set", "language"), fmt.Sprintf("the menu's language is %s already", m.Language), "leave one of the two out")
	}
	m.Language = cmp.Or(m.Language, m.Set.Language)
	m.Set.Language = m.Language
}
