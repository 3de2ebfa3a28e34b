package record

import (
	"maps"
	"slices"
	"strings"
	"time"

	"switchyard/handlers"
	"switchyard/routing"
)

// opening is what the pipeline keeps of Started: nothing that holds on to a
// plan longer than its webhooks.
type opening struct {
	call     Call
	accepted bool // routed to a destination, so call.started is due
	before   bool // an earlier session had this call
	webhooks []routing.Webhook
	at       time.Time
}

func openingOf(s Started) opening {
	d := &s.Decision
	o := opening{
		accepted: d.Verdict == routing.Routed,
		before:   s.Call.Resumed.Before,
		at:       s.At,
		call:     Opening(&s.Call, d),
	}
	if o.call.StartedAt.IsZero() {
		o.call.StartedAt = s.At
	}
	if d.Plan != nil {
		o.webhooks = d.Plan.Webhooks()
	}
	return o
}

// Opening gives the record of a call as it is when the call has been decided, before
// anything else happened to it.
func Opening(call *routing.Call, d *routing.Decision) Call {
	c := Call{
		ID:               safeID(call.ID),
		TenantID:         d.Tenant,
		Switch:           SafeText(call.Switch),
		SIPCallID:        SafeText(call.SIPCallID),
		Direction:        d.Direction,
		Source:           SourceLive,
		CallerNumber:     readable(d.Caller, call.CallerNumber),
		CallerName:       SafeText(call.CallerName),
		CallerRaw:        SafeText(call.CallerNumber),
		Dialled:          readable(d.Dialled, call.Dialled),
		DialledRaw:       SafeText(call.Dialled),
		InboundDID:       SafeText(d.DID),
		Destination:      SafeText(d.Destination.Target),
		DestinationRoute: d.Destination.Route,
		Revision:         d.Revision,
		Rule:             d.Rule,
		Tags:             slices.Clone(d.Set.Tags),
		StartedAt:        call.CreatedAt,
		Status:           handlers.StatusActive,
		Facts:            facts(d),
	}
	if d.Destination.Route == routing.RouteHangup || d.Destination.Route == routing.RouteOverride {
		c.Destination = "" // the target is a hangup cause, or what a schedule is set to: nothing that is reached
	}
	return c
}

// readable is the number in E.164 or as an extension, else as it was received.
func readable(n routing.Number, raw string) string {
	if s := n.String(); s != "" {
		return SafeText(s)
	}
	return SafeText(raw)
}

func safeID(id routing.CallID) routing.CallID { return routing.CallID(SafeText(string(id))) }

// subscribe notes the webhooks that want the event.
func (h *happening) subscribe(hooks []routing.Webhook) {
	for i := range hooks {
		if len(hooks[i].Events) > 0 && !slices.Contains(hooks[i].Events, h.kind) {
			continue
		}
		h.endpoints = append(h.endpoints, hooks[i].ID)
		if hooks[i].Order == routing.OrderNone {
			h.unordered = append(h.unordered, hooks[i].ID)
		}
	}
}

// facts is what the decision went by, and what it passed over or refused for.
func facts(d *routing.Decision) map[string]string {
	all := maps.Clone(d.Facts)
	for name, text := range map[string]string{
		"failedRules": strings.Join(d.FailedRules, ", "), factBlocked: blockReason(d), factDenied: d.DenyReason,
	} {
		if text == "" {
			continue
		}
		if all == nil {
			all = map[string]string{}
		}
		all[name] = text
	}
	return safeFacts(all)
}

// blockReason says why a call was refused by the blocklist: the tenant's words,
// else the entry itself. "" for every other call.
func blockReason(d *routing.Decision) string {
	if d.Verdict != routing.CallerBlocked || d.Block == nil {
		return ""
	}
	return d.Block.Why()
}
