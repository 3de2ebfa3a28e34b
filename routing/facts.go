package routing

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// maxCallerName is how much of a display name rules see, in characters.
const maxCallerName = 128

// facts are what is known of one call once its numbers are read and its tenant
// is found. They are also what expressions are evaluated on: each value is made
// when the first rule asks for it. Not safe for concurrent use.
type facts struct {
	call      *Call
	tenant    *tenant
	plan      *Plan
	now       time.Time
	live      Live // nil: nothing is known
	direction Direction
	from, to  Number
	did       string
	trunk     string
	allowed   string // what the entry of the allow list matches that let it pass
	operator  int    // revision of what the operator owns

	values  [factCount]ref.Val
	lists   any
	headers map[string]string // as rules see them; nil: no rule asked
	// countries are those of the call's numbers that a rule asked for.
	countries []numberCountry

	// What the decision went by, to be kept with it.
	hours        map[string]*Hours            // schedules, by name
	extensions   map[string]*extensionReading // by number
	headersRead  map[string]string            // by name
	headersAsked []string                     // those of them that are not there too; allHeaders
}

// ResolveName gives the value of a name an expression reads.
func (f *facts) ResolveName(name string) (any, bool) {
	switch name {
	case listsVariable:
		return f.lists, true
	case schedulesVariable:
		return scheduleValue{facts: f}, true
	case extensionsVariable:
		return (*extensionsValue)(f), true
	case countriesVariable:
		return (*countriesValue)(f), true
	}
	id, ok := factByName(name)
	if !ok {
		return nil, false
	}
	if f.values[id] == nil {
		f.values[id] = f.value(id)
	}
	return f.values[id], true
}

// Parent is nil: there is no wider scope.
func (f *facts) Parent() interpreter.Activation { return nil }

func (f *facts) value(id factID) ref.Val {
	switch id {
	case factFrom:
		return types.String(shownNumber(f.from))
	case factTo:
		return types.String(shownNumber(f.to))
	case factDID:
		return types.String(f.did)
	case factCallerName:
		return types.String(shorten(SafeText(f.call.CallerName), maxCallerName))
	case factDirection:
		return types.String(f.direction)
	case factAnonymous:
		return types.Bool(f.call.Anonymous)
	case factHeaders:
		return types.NewStringStringMap(types.DefaultTypeAdapter, f.seenHeaders())
	case factCountry:
		return types.String(f.from.Country())
	case factBucket:
		return types.Int(bucket(CallID(SafeText(string(f.call.ID)))))
	case factTrunk:
		return types.String(f.trunk)
	case factAuthenticated:
		return types.Bool(f.direction != Inbound)
	default:
		return clockValue(id, f.now)
	}
}

// clockValue gives a now.* value; now is in the tenant's zone already.
func clockValue(id factID, now time.Time) ref.Val {
	switch id {
	case factHour:
		return types.Int(now.Hour())
	case factMinute:
		return types.Int(now.Minute())
	case factWeekday:
		return types.String(strings.ToLower(now.Weekday().String()))
	case factDate:
		return types.String(now.Format(time.DateOnly))
	case factTime:
		return types.String(now.Format("15:04"))
	default:
		return types.Timestamp{Time: now}
	}
}

// bucket spreads calls evenly over 0 to 99 by FNV-1a of their id.
func bucket(id CallID) int {
	hash := uint32(2166136261)
	for i := range len(id) {
		hash = (hash ^ uint32(id[i])) * 16777619
	}
	return int(hash % 100)
}

// shownNumber bounds what an unreadable number can be: any text of any length.
func shownNumber(n Number) string {
	if n.Readable() {
		return n.String()
	}
	return shorten(n.String(), maxNumberLength)
}

func shorten(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit || utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit])
}
