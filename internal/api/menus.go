package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/routing"
)

// Menu is an IVR menu as it is shown, with the defaults filled in.
type Menu struct {
	ID                string                         `json:"id"`
	Name              string                         `json:"name"`
	Extension         string                         `json:"extension" doc:"the number it is dialled by inside; empty: none"`
	Greeting          routing.Prompt                 `json:"greeting"`
	RepeatGreeting    *routing.Prompt                `json:"repeatGreeting" doc:"from the second time on"`
	InvalidPrompt     *routing.Prompt                `json:"invalidPrompt" doc:"after a wrong entry; null: a tone"`
	Digits            map[string]routing.Destination `json:"digits" doc:"where entries lead; besides destinations there are the routes back, top and repeat"`
	DirectDial        *routing.DirectDial            `json:"directDial" doc:"which numbers inside are entries too; null: none"`
	EarlyMedia        bool                           `json:"earlyMedia" doc:"the call is not answered by the menu"`
	BargeIn           bool                           `json:"bargeIn" doc:"a key ends the prompt"`
	FirstDigitSeconds int                            `json:"firstDigitSeconds"`
	InterDigitSeconds int                            `json:"interDigitSeconds"`
	MaxDigits         int                            `json:"maxDigits"`
	MaxTimeouts       int                            `json:"maxTimeouts" doc:"silences until exit no-input"`
	MaxFailures       int                            `json:"maxFailures" doc:"wrong entries until exit invalid"`
	MaxTries          int                            `json:"maxTries" doc:"both together until exit too-many-tries"`
	Language          string                         `json:"language"`
	Set               routing.RuleSet                `json:"set" doc:"what it sets on calls"`
	Sensitive         bool                           `json:"sensitive" doc:"what is pressed is in no record, log or event"`
	Exits             routing.Exits                  `json:"exits" doc:"no-input, invalid, too-many-tries, failed"`
}

type (
	menusAnswer struct{ Body menusBody }
	menusBody   struct {
		Menus []Menu `json:"ivrMenus"`
		Next  string `json:"next,omitempty" doc:"cursor for ?after=; left out: that was all"`
	}
	menuAnswer struct{ Body menuBody }
	menuBody   struct {
		Menu Menu `json:"ivrMenu"`
	}
	// MenuRef names a menu.
	MenuRef struct {
		ForTenant
		ID string `path:"id" maxLength:"200" doc:"name or id"`
	}
)

func (s *Server) menuResources(a huma.API) {
	tags := []string{"IVR menus"}
	add(a, anyKey, huma.Operation{OperationID: "list-ivr-menus", Method: http.MethodGet, Path: "/api/ivr-menus", Tags: tags, Errors: []int{http.StatusBadRequest}, Summary: "IVR menus by name"}, s.listMenus)
	add(a, anyKey, huma.Operation{OperationID: "get-ivr-menu", Method: http.MethodGet, Path: "/api/ivr-menus/{id}", Tags: tags, Summary: "One IVR menu"}, s.getMenu)
}

func (s *Server) listMenus(ctx context.Context, in *listPage) (*menusAnswer, error) {
	tenant, plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	names, next, err := pageOf(in.Page, "ivr-menus", tenant, plan.MenuNames(), func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	out := &menusAnswer{Body: menusBody{Menus: make([]Menu, len(names)), Next: next}}
	for i, name := range names {
		m, _ := plan.Menu(name)
		out.Body.Menus[i] = shownMenu(m)
	}
	return out, nil
}

func (s *Server) getMenu(ctx context.Context, in *MenuRef) (*menuAnswer, error) {
	_, plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	m, ok := plan.Menu(in.ID)
	if !ok {
		m, ok = plan.Menu(strings.ToLower(in.ID)) // an id in capitals
	}
	if !ok {
		return nil, noSuch("IVR menu")
	}
	return &menuAnswer{Body: menuBody{shownMenu(m)}}, nil
}

// shownMenu takes a menu from a plan, whose defaults are filled in.
func shownMenu(m routing.Menu) Menu {
	out := Menu{
		ID: m.ID, Name: m.Name, Extension: m.Extension, Greeting: m.Greeting, RepeatGreeting: m.RepeatGreeting, InvalidPrompt: m.InvalidPrompt,
		Digits: m.Digits, DirectDial: m.DirectDial, EarlyMedia: m.EarlyMedia, BargeIn: m.BargeIn == nil || *m.BargeIn,
		FirstDigitSeconds: m.FirstDigitSeconds, InterDigitSeconds: m.InterDigitSeconds, MaxDigits: m.MaxDigits,
		MaxTimeouts: m.MaxTimeouts, MaxFailures: m.MaxFailures, MaxTries: m.MaxTries,
		Language: m.Language, Set: m.Set, Sensitive: m.Sensitive, Exits: m.Exits,
	}
	if out.Digits == nil {
		out.Digits = map[string]routing.Destination{}
	}
	if out.Exits == nil {
		out.Exits = routing.Exits{}
	}
	return out
}
