package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/routing"
)

// Extension is an extension as it is shown, with its phones as they are now.
type Extension struct {
	ID           string             `json:"id"`
	Extension    string             `json:"extension" doc:"its number"`
	DisplayName  string             `json:"displayName"`
	RingSeconds  int                `json:"ringSeconds"`
	CallLimit    int                `json:"callLimit" doc:"calls it may have at once; 0: no limit"`
	CallerID     string             `json:"callerId" doc:"the number its outside calls show; empty: the tenant's"`
	DoNotDisturb bool               `json:"doNotDisturb"`
	Forward      CallForwards       `json:"forward"`
	FollowMe     []routing.FollowMe `json:"followMe" doc:"numbers that ring beside its phones"`
	PhoneStatus
	Skipped *routing.SkipReason `json:"skipped" enum:"forwarded,do-not-disturb,unregistered,call-limit" doc:"why its phones would not ring if it was called now; null: they would"`
}

// CallForwards are an extension's forwards by type, null where there is none.
type CallForwards struct {
	Always       *CallForward `json:"always" doc:"its own phones do not ring"`
	Busy         *CallForward `json:"busy"`
	NoAnswer     *CallForward `json:"no-answer"`
	Unregistered *CallForward `json:"unregistered" doc:"null: what no-answer says"`
}

// CallForward is one forward of an extension.
type CallForward struct {
	Number      string `json:"number" minLength:"1" maxLength:"100" doc:"an extension, the name of a forward, or an outside number"`
	RingSeconds int    `json:"ringSeconds" required:"false" doc:"1 to 300; left out or 0: as long as the target says"`
	Confirm     bool   `json:"confirm" required:"false" doc:"who answers presses 1 to accept"`
	Enabled     *bool  `json:"enabled" required:"false" doc:"default true"`
}

type (
	extensionPage struct {
		ForTenant
		Page
	}
	extensionsAnswer struct{ Body extensionsBody }
	extensionsBody   struct {
		Extensions []Extension `json:"extensions"`
		Next       string      `json:"next,omitempty" doc:"cursor for ?after=; left out: that was all"`
	}
	extensionAnswer struct{ Body extensionBody }
	extensionBody   struct {
		Extension Extension `json:"extension"`
	}
	// ExtensionRef names an extension.
	ExtensionRef struct {
		ForTenant
		ID string `path:"id" maxLength:"100" doc:"number or id"`
	}
	forwardsAnswer struct{ Body CallForwards }
	forwardsChange struct {
		ExtensionRef
		Body forwardsPatch
	}
	forwardsPatch struct {
		Always       Patch[CallForward] `json:"always,omitempty"`
		Busy         Patch[CallForward] `json:"busy,omitempty"`
		NoAnswer     Patch[CallForward] `json:"no-answer,omitempty"`
		Unregistered Patch[CallForward] `json:"unregistered,omitempty"`
	}
	doNotDisturb struct {
		ExtensionRef
		Body struct {
			Enabled bool `json:"enabled"`
		}
	}
)

func (s *Server) extensionResources(a huma.API) {
	const path, one = "/api/extensions", "/api/extensions/{id}"
	tags, conflict, page := []string{"Extensions"}, []int{http.StatusConflict}, []int{http.StatusBadRequest}
	add(a, anyKey, huma.Operation{OperationID: "list-extensions", Method: http.MethodGet, Path: path, Tags: tags, Errors: page, Summary: "Extensions by number, with their phones as they are now"}, s.listExtensions)
	add(a, anyKey, huma.Operation{OperationID: "get-extension", Method: http.MethodGet, Path: one, Tags: tags, Summary: "One extension, with its phones as they are now"}, s.getExtension)
	add(a, anyKey, huma.Operation{OperationID: "get-call-forward", Method: http.MethodGet, Path: one + "/forward", Tags: tags, Summary: "Where its calls are forwarded to"}, s.getForwards)
	add(a, anyKey, huma.Operation{OperationID: "set-call-forward", Method: http.MethodPut, Path: one + "/forward", Tags: tags, Errors: conflict, Summary: "Forward its calls, or stop that", Description: "A type that is left out stays, null removes it, a value replaces it whole."}, s.setForwards)
	add(a, anyKey, huma.Operation{OperationID: "set-do-not-disturb", Method: http.MethodPut, Path: one + "/do-not-disturb", Tags: tags, Errors: conflict, Summary: "Let its phones ring, or not: busy"}, s.setDoNotDisturb)
}

// plan gives the configuration the tenant's calls are routed by.
func (s *Server) plan(ctx context.Context) (routing.TenantID, *routing.Plan, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return "", nil, err
	}
	plan, ok := s.Configuration.Directory().Plan(string(tenant))
	if !ok {
		return "", nil, noSuch("tenant")
	}
	return tenant, plan, nil
}

// ownExtension finds the extension a request names.
func (s *Server) ownExtension(ctx context.Context, in *ExtensionRef) (*routing.Plan, routing.Extension, error) {
	_, plan, err := s.plan(ctx)
	if err != nil {
		return nil, routing.Extension{}, err
	}
	e, ok := plan.Extension(strings.ToLower(in.ID))
	if !ok {
		return nil, routing.Extension{}, noSuch("extension")
	}
	return plan, e, nil
}

func (s *Server) shownExtension(plan *routing.Plan, e routing.Extension) Extension {
	phone := s.phone(plan, e.Extension)
	return Extension{
		ID: e.ID, Extension: e.Extension, DisplayName: e.DisplayName, RingSeconds: e.RingSeconds, CallLimit: e.CallLimit,
		CallerID: e.CallerID, DoNotDisturb: e.DoNotDisturb, Forward: shownForwards(e), FollowMe: append([]routing.FollowMe{}, e.FollowMe...),
		PhoneStatus: shownPhone(phone), Skipped: skippedFor(plan.Eligible(e.Extension, routing.Ask{Phone: phone})),
	}
}

func shownForwards(e routing.Extension) CallForwards {
	shown := func(t routing.ForwardType) *CallForward {
		f, ok := e.Forward[t]
		if !ok {
			return nil
		}
		enabled := f.Enabled == nil || *f.Enabled
		return &CallForward{Number: f.Number, RingSeconds: f.RingSeconds, Confirm: f.Confirm, Enabled: &enabled}
	}
	return CallForwards{
		Always: shown(routing.ForwardAlways), Busy: shown(routing.ForwardBusy),
		NoAnswer: shown(routing.ForwardNoAnswer), Unregistered: shown(routing.ForwardUnregistered),
	}
}

func (s *Server) listExtensions(ctx context.Context, in *extensionPage) (*extensionsAnswer, error) {
	tenant, plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	list, next, err := pageOf(in.Page, "extensions", tenant, plan.Extensions(), func(e routing.Extension) string { return e.Extension })
	if err != nil {
		return nil, err
	}
	out := &extensionsAnswer{Body: extensionsBody{Extensions: make([]Extension, len(list)), Next: next}}
	for i, e := range list {
		out.Body.Extensions[i] = s.shownExtension(plan, e)
	}
	return out, nil
}

func (s *Server) getExtension(ctx context.Context, in *ExtensionRef) (*extensionAnswer, error) {
	plan, e, err := s.ownExtension(ctx, in)
	if err != nil {
		return nil, err
	}
	return &extensionAnswer{Body: extensionBody{s.shownExtension(plan, e)}}, nil
}

func (s *Server) getForwards(ctx context.Context, in *ExtensionRef) (*forwardsAnswer, error) {
	_, e, err := s.ownExtension(ctx, in)
	if err != nil {
		return nil, err
	}
	return &forwardsAnswer{Body: shownForwards(e)}, nil
}

// changeExtension changes one extension; everything f leaves alone stays.
func (s *Server) changeExtension(ctx context.Context, in *ExtensionRef, what string, f func(*routing.Extension)) error {
	plan, e, err := s.ownExtension(ctx, in)
	if err != nil {
		return err
	}
	return s.changeTenant(ctx, plan.Tenant().ID, "extension "+e.Extension+" "+what, func(c *routing.TenantConfig) error {
		for i := range c.Extensions {
			if c.Extensions[i].Extension == e.Extension {
				f(&c.Extensions[i])
				return nil
			}
		}
		return noSuch("extension") // it was taken away meanwhile
	})
}

// put takes the forwards that were sent over into an extension.
func (p forwardsPatch) put(e *routing.Extension) {
	for kind, f := range map[routing.ForwardType]Patch[CallForward]{
		routing.ForwardAlways: p.Always, routing.ForwardBusy: p.Busy, routing.ForwardNoAnswer: p.NoAnswer, routing.ForwardUnregistered: p.Unregistered,
	} {
		switch {
		case !f.Sent:
		case f.Value == CallForward{}: // null: a value has a number
			delete(e.Forward, kind)
		default:
			if e.Forward == nil {
				e.Forward = map[routing.ForwardType]routing.CallForward{}
			}
			e.Forward[kind] = routing.CallForward(f.Value)
		}
	}
}

func (s *Server) setForwards(ctx context.Context, in *forwardsChange) (*forwardsAnswer, error) {
	if err := s.changeExtension(ctx, &in.ExtensionRef, "forwards changed", in.Body.put); err != nil {
		return nil, err
	}
	return s.getForwards(ctx, &in.ExtensionRef)
}

func (s *Server) setDoNotDisturb(ctx context.Context, in *doNotDisturb) (*extensionAnswer, error) {
	what := map[bool]string{true: "does not want to be disturbed", false: "may be disturbed"}[in.Body.Enabled]
	err := s.changeExtension(ctx, &in.ExtensionRef, what, func(e *routing.Extension) { e.DoNotDisturb = in.Body.Enabled })
	if err != nil {
		return nil, err
	}
	return s.getExtension(ctx, &in.ExtensionRef)
}
