package routing

// nationalLengths has, for calling codes whose numbers are never rewritten
// when they do not begin with 0, the shortest and longest national number.
// They are a shortcut for the spellings that nearly every call uses; all
// others take the way through the full metadata.
var nationalLengths = map[string][2]int{
	"33": {9, 9},
	"34": {9, 9},
	"44": {10, 10},
	"45": {8, 8},
	"48": {9, 9},
}

// parsePlain reads the usual spellings without consulting the metadata:
// +15551234567 and its like, and the ten and eleven digits of North America.
func parsePlain(raw, country string) (Number, bool) {
	if raw[0] == '+' {
		return parsePlus(raw)
	}
	if country != "US" && country != "CA" || !allDigits(raw) {
		return Number{}, false
	}
	if len(raw) == 11 && raw[0] == '1' && raw[1] >= '2' {
		return Number{kind: e164Number, text: "+" + raw}, true
	}
	if len(raw) == 10 && raw[0] >= '2' {
		return Number{kind: e164Number, text: "+1" + raw}, true
	}
	return Number{}, false
}

func parsePlus(raw string) (Number, bool) {
	if len(raw) < 5 || !allDigits(raw[1:]) {
		return Number{}, false
	}
	if raw[1] == '1' {
		return Number{kind: e164Number, text: raw}, len(raw) == 12 && raw[2] >= '2'
	}
	lengths, known := nationalLengths[raw[1:3]]
	national := raw[3:]
	if !known || national[0] == '0' || len(national) < lengths[0] || len(national) > lengths[1] {
		return Number{}, false
	}
	return Number{kind: e164Number, text: raw}, true
}
