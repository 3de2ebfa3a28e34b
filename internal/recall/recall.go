// Package recall turns the record of a call into what its decision went by, so
// that the call can be decided once more: to explain it, or to see what another
// configuration would do with it.
package recall

import (
	"time"

	"switchyard/internal/record"
	"switchyard/routing"
)

// Call gives a recorded call as it was handed over, when it was decided, and what
// was known of extensions then. plan is the tenant's by which it is to be decided
// again, nil of a call to a number nobody has.
func Call(c record.Call, plan *routing.Plan) (call routing.Call, at time.Time, live routing.Live) {
	call = routing.Call{
		ID: c.ID, Switch: c.Switch, CallerNumber: c.CallerRaw, CallerName: c.CallerName, Dialled: c.DialledRaw,
		Anonymous: anonymous(c), SIPCallID: c.SIPCallID, CreatedAt: c.StartedAt,
		Headers: routing.RecordedHeaders(c.Facts),
	}
	switch c.Direction {
	case routing.Inbound:
		call.Trunk = c.Facts["trunk"]
	case routing.Internal, routing.Outbound:
		call.AuthUser = c.Facts["from"]
		if call.AuthUser == "" {
			call.AuthUser = c.CallerNumber
		}
		if plan != nil {
			call.AuthDomain = plan.Domain()
		}
	}
	at, err := time.Parse(time.RFC3339, c.Facts["now"])
	if err != nil {
		at = c.StartedAt
	}
	return call, at, routing.RecordedLive(c.Facts)
}

// anonymous tells whether the caller was not to be shown. Records of before that
// was kept have no number of such callers.
func anonymous(c record.Call) bool {
	return c.Facts["anonymous"] == "true" || c.Direction == routing.Inbound && c.Facts["from"] == "" && c.CallerRaw == ""
}
