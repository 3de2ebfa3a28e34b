package record

import (
	"slices"

	"switchyard/routing"
)

// eventsOf writes the events of a call that no session here tells of, for the
// webhooks given, and gives the endpoints they go to, sorted, each once. A call
// without a tenant has none.
func eventsOf(c *Call, happened []happening, hooks []routing.Webhook, newID func() string) (events []Event, told []string, err error) {
	if c.TenantID == "" {
		return nil, nil, nil
	}
	for _, h := range happened {
		h.id = newID()
		h.subscribe(hooks)
		e, err := h.event(c)
		if err != nil {
			return nil, nil, err
		}
		events, told = append(events, e), append(told, e.Endpoints...)
	}
	slices.Sort(told)
	return events, slices.Compact(told), nil
}

// webhooksOf are those the tenant of a call has now.
func webhooksOf(directory *routing.Directory, c *Call) []routing.Webhook {
	plan, ok := directory.Plan(string(c.TenantID))
	if !ok {
		return nil
	}
	return plan.Webhooks()
}

// improvement is the change that stores a record that was closed before and is
// known better now, with what there is to tell of that.
func improvement(before, now *Call, hooks []routing.Webhook, newID func() string) (Change, []string, error) {
	events, told, err := eventsOf(now, news(before, now), hooks, newID)
	return Change{Call: *now, Events: events}, told, err
}
