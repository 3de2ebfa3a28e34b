package api

import (
	"context"
	"fmt"
	"time"

	"switchyard/internal/record"
	"switchyard/routing"
)

// CallExplanation says why a call went where it went.
type CallExplanation struct {
	routing.Explanation
	// AsRecorded: the explanation leads where the call really went.
	AsRecorded bool   `json:"asRecorded"`
	By         string `json:"by" doc:"the configuration it was evaluated on"`
	Text       string `json:"text" doc:"the same for a terminal"`
}

// explainCall decides a recorded call once more, by the configuration it was
// decided by as far as that is known. Nil if nobody's number was called.
func (s *Server) explainCall(ctx context.Context, c record.Call) *CallExplanation {
	now := s.Configuration.Directory()
	plan, ok := now.Plan(string(c.TenantID))
	if c.TenantID == "" || !ok {
		return nil
	}
	directory, by := now, fmt.Sprintf("revision %d, by which the call was decided", c.Revision)
	if plan.Revision() != c.Revision {
		then, err := s.Configuration.DirectoryAt(ctx, c.TenantID, c.Revision)
		if err != nil {
			s.Log.Warn().Err(err).Str("tenant", string(c.TenantID)).Int("revision", c.Revision).Msg("a call is explained by today's configuration")
			by = fmt.Sprintf("revision %d of today: revision %d, by which the call was decided, cannot be loaded", plan.Revision(), c.Revision)
		} else {
			directory = then
		}
	}
	call, at := recorded(c, plan)
	e := directory.Explain(call, at, nil)
	return &CallExplanation{Explanation: e, AsRecorded: agrees(e, c), By: by, Text: e.String()}
}

// recorded gives the call as it was handed over, as far as its record tells,
// and when it was decided.
func recorded(c record.Call, plan *routing.Plan) (routing.Call, time.Time) {
	call := routing.Call{
		ID: c.ID, Switch: c.Switch, CallerNumber: c.CallerRaw, CallerName: c.CallerName, Dialled: c.DialledRaw,
		Anonymous: c.Direction == routing.Inbound && c.Facts["from"] == "", SIPCallID: c.SIPCallID, CreatedAt: c.StartedAt,
	}
	switch c.Direction {
	case routing.Inbound:
		call.Trunk = c.Facts["trunk"]
	case routing.Internal, routing.Outbound:
		call.AuthUser, call.AuthDomain = c.CallerNumber, plan.Domain()
		if from := c.Facts["from"]; from != "" {
			call.AuthUser = from
		}
	}
	at, err := time.Parse(time.RFC3339, c.Facts["now"])
	if err != nil {
		at = c.StartedAt
	}
	return call, at
}

// agrees tells whether an explanation ends where the call began to go.
func agrees(e routing.Explanation, c record.Call) bool {
	if len(c.Steps) > 0 {
		return e.Destination == c.Steps[0].Destination && e.Rule == c.Rule
	}
	return e.Rule == c.Rule && e.Direction == c.Direction
}
