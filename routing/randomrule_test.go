package routing

import (
	"fmt"
	"strconv"
)

// condition gives an expression that is true or false: nearly always one that is
// accepted, and often one that fails on a call.
func (r randomPlatform) condition(depth int) string {
	if depth == 0 {
		return r.atom()
	}
	switch r.number("condition", 0, 6) {
	case 0:
		return r.condition(depth-1) + " && " + r.condition(depth-1)
	case 1:
		return "(" + r.condition(depth-1) + " || " + r.condition(depth-1) + ")"
	case 2:
		return "!(" + r.condition(depth-1) + ")"
	case 3:
		return "(" + r.condition(depth-1) + " ? " + r.condition(depth-1) + " : " + r.condition(depth-1) + ")"
	case 4:
		return "[" + r.text(depth-1) + ", " + r.text(depth-1) + "].exists(x, x == " + r.text(depth-1) + " || " + r.condition(depth-1) + ")"
	}
	return r.atom()
}

func (r randomPlatform) atom() string {
	switch r.number("atom", 0, 11) {
	case 0:
		return r.text(1) + pick(r, "compare", " == ", " != ", " < ", " >= ") + r.text(1)
	case 1:
		return r.count() + pick(r, "compare", " == ", " != ", " < ", " >= ") + r.count()
	case 2:
		return r.text(1) + "." + pick(r, "test", "startsWith", "endsWith", "contains") + "(" + r.text(1) + ")"
	case 3:
		return r.text(1) + ".matches(" + pick(r, "pattern", `"^\\+1.*"`, `"[0-9]{4}"`, `"(a|b)*c"`) + ")"
	case 4:
		return r.text(1) + " in " + pick(r, "list", `list("vip")`, `list("staff")`, `["1001", "+15551112222"]`, `[call.to, call.did]`)
	case 5:
		return r.text(1) + ".inCountry(" + pick(r, "country", `"US"`, `["US", "GB"]`) + ")"
	case 6:
		return r.text(1) + ".hasPrefix(" + pick(r, "prefix", `"+1555"`, `["+44", "+1900"]`) + ")"
	case 7:
		return pick(r, "fact", "call.anonymous", "call.authenticated", "true", "1 > 2", `"x-campaign" in call.headers`, `schedule("office").isOpen`, `schedule("night").isOpen`)
	case 8:
		return `extension("` + pick(r, "extension", "1001", "1001") + `").` + pick(r, "state", "registered", "onCall", "dnd")
	case 9:
		return `now ` + pick(r, "compare", "<", ">") + ` timestamp("2026-03-03T17:30:00Z")`
	case 10:
		return `list("` + pick(r, "list", "vip", "staff") + `").` + pick(r, "loop", "exists", "all") + `(x, x == ` + r.text(1) + `)`
	}
	return pick(r, "direction", `call.direction == "inbound"`, `call.direction == "outbound"`, `call.direction == "internal"`)
}

func (r randomPlatform) text(depth int) string {
	switch r.number("text", 0, 9) {
	case 0, 1, 2, 3:
		return pick(r, "fact", "call.from", "call.to", "call.did", "call.callerName", "call.direction", "call.country", "call.trunk")
	case 4:
		return pick(r, "now", "now.weekday", "now.date", "now.time")
	case 5:
		return pick(r, "header", `call.headers["x-campaign"]`, `call.headers["missing"]`)
	case 6:
		return pick(r, "hours", `schedule("office").reason`, `schedule("night").holiday`)
	case 7:
		if depth > 0 {
			return "(" + r.condition(0) + " ? " + r.text(0) + " : " + r.text(0) + ")"
		}
	}
	return strconv.Quote(pick(r, "literal", append(randomNumbers, "inbound", "US", "tuesday", "spring", "Bob \"x\"")...))
}

func (r randomPlatform) count() string {
	switch r.number("count", 0, 4) {
	case 0:
		return pick(r, "fact", "call.bucket", "now.hour", "now.minute", "size(call.from)", "call.callerName.size()", `size(list("vip"))`)
	case 1:
		return "(" + pick(r, "fact", "call.bucket", "now.hour") + pick(r, "operator", " + ", " - ", " * ", " / ", " % ") + pick(r, "operand", "-1", "2", "3", "(now.minute - now.minute)") + ")"
	}
	return fmt.Sprint(r.number("literal", 0, 23)) // which every number here can be
}
