package dialplan

import "strings"

// placeMark holds the menus a caller has come through, so that a server that
// takes over a call in a menu goes on there.
const placeMark = "switchyard_menus"

const (
	maxPlaces = 20
	placeSep  = "/"
)

// Place marks which menus a caller has come through, by name, the present one
// last. false: they cannot be written; a server that takes over begins anew.
func Place(menus []string) (Variable, bool) {
	if len(menus) == 0 || len(menus) > maxPlaces {
		return Variable{}, false
	}
	for _, m := range menus {
		if !isPlace(m) {
			return Variable{}, false
		}
	}
	return Variable{placeMark, strings.Join(menus, placeSep)}, true
}

// NoPlace takes the mark away.
func NoPlace() Variable { return Variable{placeMark, ""} }

// ReadPlace reads what Place marked; nil: nothing, or nothing that Place wrote.
func ReadPlace(v Variables) []string {
	text := v.Variable(placeMark)
	if text == "" || len(text) > maxPlaces*65 {
		return nil
	}
	menus := strings.Split(text, placeSep)
	for _, m := range menus {
		if len(menus) > maxPlaces || !isPlace(m) {
			return nil
		}
	}
	return menus
}

// isPlace accepts names as menus have them: up to 64 letters, digits, blanks,
// '_', '.' and '-'.
func isPlace(name string) bool {
	return allowed("menu", name, 64, func(c byte) bool { return isNameByte(c) || c == ' ' }) == nil
}
