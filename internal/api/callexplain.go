package api

import (
	"context"
	"fmt"
	"strconv"

	"switchyard/internal/config"
	"switchyard/internal/recall"
	"switchyard/internal/record"
	"switchyard/routing"
)

// CallExplanation says why a call went where it went.
type CallExplanation struct {
	routing.Explanation
	// AsRecorded: the explanation leads where the call really went.
	AsRecorded bool            `json:"asRecorded"`
	By         string          `json:"by" doc:"the configuration it was evaluated on"`
	Operator   int             `json:"operatorRevision" doc:"of what the operator owned then; 0: not known, that of today was used"`
	Taken      []routing.Taken `json:"taken" doc:"by what it went to each step, in order"`
	Text       string          `json:"text" doc:"the same for a terminal, with the steps"`
}

// explainCall decides a recorded call once more, by the configuration it was
// decided by as far as that is known. Nil if nobody's number was called.
func (s *Server) explainCall(ctx context.Context, c record.Call) *CallExplanation {
	directory, out := s.directoryOf(ctx, c)
	if directory == nil {
		return nil
	}
	plan, ok := directory.Plan(string(c.TenantID))
	if !ok {
		return nil
	}
	call, at, live := recall.Call(c, plan)
	decision := directory.Decide(call, at, live)
	out.Explanation = directory.Explain(call, at, live)
	out.AsRecorded = agrees(out.Explanation, c)
	out.Taken = plan.Trail(routing.Stop{Destination: decision.Destination, Open: decision.Open}, passed(c.Steps))
	out.Text = out.text(c)
	return out
}

// directoryOf gives the configuration a call was decided by: that of its tenant
// and of the operator as they were then. Where the record does not tell, or the
// store does not have it any more, that of today has to do.
func (s *Server) directoryOf(ctx context.Context, c record.Call) (*routing.Directory, *CallExplanation) {
	if c.TenantID == "" {
		return nil, nil
	}
	now := s.Configuration.Directory()
	operator, _ := strconv.Atoi(c.Facts["operator"])
	out := &CallExplanation{By: fmt.Sprintf("revision %d, by which the call was decided", c.Revision), Operator: operator}
	plan, ok := now.Plan(string(c.TenantID))
	if ok && plan.Revision() == c.Revision && (operator == 0 || operator == now.OperatorRevision()) {
		return now, out
	}
	_, at, _ := recall.Call(c, nil)
	then, err := s.Configuration.DirectoryThen(ctx, config.Then{Tenant: c.TenantID, Revision: c.Revision, Operator: operator, At: at})
	if err == nil {
		return then, out
	}
	s.Log.Warn().Err(err).Str("tenant", string(c.TenantID)).Int("revision", c.Revision).Msg("a call is explained by today's configuration")
	if !ok {
		return nil, nil
	}
	out.Operator = now.OperatorRevision()
	out.By = fmt.Sprintf("revision %d of today: revision %d, by which the call was decided, cannot be loaded", plan.Revision(), c.Revision)
	return now, out
}

// agrees tells whether an explanation ends where the call began to go.
func agrees(e routing.Explanation, c record.Call) bool {
	if len(c.Steps) > 0 {
		return e.Destination == c.Steps[0].Destination && e.Rule == c.Rule
	}
	return e.Rule == c.Rule && e.Direction == c.Direction
}

func passed(steps []record.Step) []routing.Passed {
	out := make([]routing.Passed, len(steps))
	for i, s := range steps {
		out[i] = routing.Passed{
			Destination: s.Destination, Outcome: s.Outcome, Pressed: s.Digits,
			Forward: routing.ForwardType(s.ForwardType), ForwardedBy: s.ForwardedBy, At: s.From,
		}
	}
	return out
}
