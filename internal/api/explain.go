package api

import (
	"fmt"

	"switchyard/routing"
)

// Explain answers where a call would go under d, with reasons. A tenant in the
// request must be the one the call is found to be for.
func Explain(d *routing.Directory, in ExplainRequest) (routing.Explanation, error) {
	call := routing.Call{ID: "explain", CallerNumber: in.From, Dialled: in.To, Trunk: in.Trunk, CreatedAt: in.At, Anonymous: in.From == "" && in.Phone == ""}
	if in.Phone != "" {
		plan, ok := d.Plan(in.Tenant)
		if !ok {
			return routing.Explanation{}, fmt.Errorf("no tenant %q; a call from a phone needs its tenant", in.Tenant)
		}
		extension, known := plan.Extension(in.Phone)
		if !known || plan.Domain() == "" {
			return routing.Explanation{}, fmt.Errorf("tenant %q has no phone %q: an extension and a domain make one", in.Tenant, in.Phone)
		}
		call.AuthUser, call.AuthDomain = extension.Extension, plan.Domain()
		if call.CallerNumber == "" {
			call.CallerNumber = extension.Extension
		}
	}
	if in.Tenant != "" {
		plan, ok := d.Plan(in.Tenant)
		if !ok {
			return routing.Explanation{}, fmt.Errorf("no tenant %q", in.Tenant)
		}
		decision := d.Decide(call, in.At, nil)
		if decision.Plan == nil || decision.Plan.Tenant().ID != plan.Tenant().ID {
			return routing.Explanation{}, fmt.Errorf("a call to %s is not for tenant %q", in.To, in.Tenant)
		}
	}
	return d.Explain(call, in.At, nil), nil
}
