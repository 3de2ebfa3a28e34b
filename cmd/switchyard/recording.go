package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"switchyard/internal/api"
)

type recordingCommand struct {
	Action string `arg:"" enum:"pause,resume" help:"pause or resume."`
	Call   string `arg:"" help:"The call, by its id."`
	JSON   bool   `help:"Print JSON."`
	tenantFlags
}

// Help is shown by recording --help.
func (recordingCommand) Help() string {
	return "Pauses the recording of a call that is not over: the file gets silence until it is resumed, so that a card number stays out of it. The server asks the call's switch, which has to be among its switches (the setting `switches`).\n\n  switchyard recording pause 5e4e4000-0000-4000-8000-000000000001\n  switchyard recording resume 5e4e4000-0000-4000-8000-000000000001"
}

// Run pauses a recording, or goes on with it.
func (c recordingCommand) Run(ctx context.Context, term terminal) error {
	var out api.RecordingState
	path := "/api/calls/" + url.PathEscape(c.Call) + "/recording"
	if err := c.call(ctx, http.MethodPost, path, c.query().Values, map[string]string{"action": c.Action}, &out); err != nil {
		return asUsage(err)
	}
	if c.JSON {
		return printJSON(term.out, out)
	}
	what := "goes on"
	if out.Paused {
		what = "is paused"
	}
	fmt.Fprintf(term.out, "The recording of call %s %s.\n", c.Call, what)
	return nil
}
