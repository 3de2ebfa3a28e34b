package api

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"switchyard/routing"
)

// Explain answers where a call would go under d, with reasons. A tenant in the
// request must be the one the call is found to be for. Nobody's phones are asked:
// they are as the request assumes.
func Explain(d *routing.Directory, in ExplainRequest) (routing.Explanation, error) {
	return explain(d, in, routing.Assumed(in.Assume.Extensions))
}

func explain(d *routing.Directory, in ExplainRequest, live routing.Live) (routing.Explanation, error) {
	call := routing.Call{
		ID: routing.CallID(cmp.Or(in.ID, "explain")), CallerNumber: in.From, CallerName: in.Name, Dialled: in.To, Trunk: in.Trunk,
		Headers: in.Headers, CreatedAt: in.At, Anonymous: in.From == "" && in.Phone == "",
	}
	if in.Phone != "" {
		if err := callFrom(d, in, &call); err != nil {
			return routing.Explanation{}, err
		}
	}
	decision := d.Decide(call, in.At, live)
	if in.Tenant != "" {
		plan, ok := d.Plan(in.Tenant)
		if !ok {
			return routing.Explanation{}, fmt.Errorf("no tenant %q", in.Tenant)
		}
		if decision.Plan == nil || decision.Plan.Tenant().ID != plan.Tenant().ID {
			return routing.Explanation{}, fmt.Errorf("a call to %s is not for tenant %q", in.To, in.Tenant)
		}
	}
	if plan := decision.Plan; plan != nil {
		for _, number := range slices.Sorted(maps.Keys(in.Assume.Extensions)) {
			if e, ok := plan.Extension(number); !ok || e.Extension != number {
				return routing.Explanation{}, fmt.Errorf("tenant %q has no extension %q to assume anything of", plan.Tenant().Name, number)
			}
		}
	}
	return d.Explain(call, in.At, live), nil
}

// callFrom makes it a call from one of the tenant's phones.
func callFrom(d *routing.Directory, in ExplainRequest, call *routing.Call) error {
	plan, ok := d.Plan(in.Tenant)
	if !ok {
		return fmt.Errorf("no tenant %q; a call from a phone needs its tenant", in.Tenant)
	}
	extension, known := plan.Extension(in.Phone)
	if !known || plan.Domain() == "" {
		return fmt.Errorf("tenant %q has no phone %q: an extension and a domain make one", in.Tenant, in.Phone)
	}
	call.AuthUser, call.AuthDomain = extension.Extension, plan.Domain()
	call.CallerNumber = cmp.Or(call.CallerNumber, extension.Extension)
	return nil
}
