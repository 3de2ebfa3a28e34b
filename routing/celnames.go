package routing

import (
	"fmt"
	"slices"

	"github.com/google/cel-go/cel"
)

// Name is one thing a rule can read.
type Name struct {
	Name string // as written in an expression
	Type string // CEL's name of its type
	Doc  string
}

type factID int

const (
	factFrom factID = iota
	factTo
	factDID
	factCallerName
	factDirection
	factAnonymous
	factHeaders
	factCountry
	factBucket
	factTrunk
	factAuthenticated
	factNow
	factHour
	factMinute
	factWeekday
	factDate
	factTime
	factCount
)

var factNames = [factCount]struct {
	name  string
	typ   *cel.Type
	doc   string
	limit uint64 // longest text or most entries; 0: not bounded
	most  int64  // the largest number it can be, from 0 on; 0: it is no number
}{
	factFrom:          {"call.from", cel.StringType, "the caller: E.164, an extension, or the text received; empty if anonymous", maxNumberLength, 0},
	factTo:            {"call.to", cel.StringType, "the number called: E.164, an extension, or the text dialled", maxNumberLength, 0},
	factDID:           {"call.did", cel.StringType, "the tenant's own number an inbound call came to, E.164; else empty", maxNumberLength, 0},
	factCallerName:    {"call.callerName", cel.StringType, "the display name the caller sent, at most 128 characters", maxCallerName, 0},
	factDirection:     {"call.direction", cel.StringType, "inbound, outbound or internal", 8, 0},
	factAnonymous:     {"call.anonymous", cel.BoolType, "the caller asked for privacy or sent no number", 1, 0},
	factHeaders:       {"call.headers", cel.MapType(cel.StringType, cel.StringType), "SIP headers the switch kept, names in lower case", maxHeaders, 0},
	factCountry:       {"call.country", cel.StringType, "the caller's country, ISO 3166; empty if unknown", 3, 0},
	factBucket:        {"call.bucket", cel.IntType, "0 to 99, always the same for one call: for percentages", 1, 99},
	factTrunk:         {"call.trunk", cel.StringType, "the trunk an inbound call came over; else empty", 64, 0},
	factAuthenticated: {"call.authenticated", cel.BoolType, "the caller is one of the tenant's own phones", 1, 0},
	factNow:           {"now", cel.TimestampType, "the time of the decision", 1, 0},
	factHour:          {"now.hour", cel.IntType, "0 to 23, in the tenant's time zone", 1, 23},
	factMinute:        {"now.minute", cel.IntType, "0 to 59", 1, 59},
	factWeekday:       {"now.weekday", cel.StringType, "monday to sunday, in the tenant's time zone", 9, 0},
	factDate:          {"now.date", cel.StringType, "2006-01-31, in the tenant's time zone", 10, 0},
	factTime:          {"now.time", cel.StringType, "15:04, in the tenant's time zone", 5, 0},
}

// Names lists what a rule's expression can read.
func Names() []Name {
	names := make([]Name, 0, int(factCount)+8)
	for _, f := range factNames {
		names = append(names, Name{Name: f.name, Type: f.typ.String(), Doc: f.doc})
	}
	names = append(names, Name{
		Name: `list("name")`, Type: cel.ListType(cel.StringType).String(), Doc: "the numbers of one of the tenant's lists",
	})
	for _, o := range objects {
		for _, f := range o.fields {
			names = append(names, Name{Name: fmt.Sprintf("%s(%q).%s", o.function, o.placeholder(), f.name), Type: f.typ.String(), Doc: f.doc})
		}
	}
	return names
}

// factByName is a switch and not a map: it runs for every name every rule of
// every call reads.
func factByName(name string) (factID, bool) {
	switch name {
	case "call.from":
		return factFrom, true
	case "call.to":
		return factTo, true
	case "call.did":
		return factDID, true
	case "call.callerName":
		return factCallerName, true
	case "call.direction":
		return factDirection, true
	case "call.anonymous":
		return factAnonymous, true
	case "call.headers":
		return factHeaders, true
	case "call.country":
		return factCountry, true
	case "call.bucket":
		return factBucket, true
	case "call.trunk":
		return factTrunk, true
	case "call.authenticated":
		return factAuthenticated, true
	case "now":
		return factNow, true
	case "now.hour":
		return factHour, true
	case "now.minute":
		return factMinute, true
	case "now.weekday":
		return factWeekday, true
	case "now.date":
		return factDate, true
	case "now.time":
		return factTime, true
	default:
		return 0, false
	}
}

func declaredNames() []string {
	names := make([]string, 0, factCount)
	for _, f := range factNames {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return names
}
