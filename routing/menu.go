package routing

// menu is a menu in compiled form.
type menu struct {
	Menu
	entries []string // what Digits has, sorted
	direct  dialable // the numbers inside that may be dialled
}

// Menu finds a menu by its name or id, defaults filled in and destinations in
// their one spelling: MaxDigits and Language (that of Set too) included, but
// InvalidPrompt is nil where none was given. What it points to belongs to the
// plan and must not be changed.
func (p *Plan) Menu(name string) (Menu, bool) {
	m, ok := p.menus[name]
	if !ok {
		return Menu{}, false
	}
	return m.Menu, true
}

func (p *Plan) addMenu(m *menu) {
	p.menus[m.Name] = m
	if m.ID != "" {
		p.menus[m.ID] = m
	}
	if m.Extension != "" {
		p.menuNumbers[m.Extension] = m
	}
}
