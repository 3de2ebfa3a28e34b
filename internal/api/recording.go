package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/routing"
)

// Recordings pauses recordings on the switches; *live.Switches. The error is
// record.ErrNoSuchSwitch, record.ErrNotRecording or a *record.Unreachable.
type Recordings interface {
	Mask(ctx context.Context, switchName string, call routing.CallID, file dialplan.RecordingFile, on bool) error
}

type (
	recordingInput struct {
		CallRef
		Body struct {
			Action string `json:"action" enum:"pause,resume"`
		}
	}
	recordingAnswer struct{ Body RecordingState }
)

// RecordingState is what a call's recording is after a change.
type RecordingState struct {
	Paused bool `json:"paused" doc:"the file gets silence until it is resumed"`
}

func (s *Server) recordingResource(a huma.API) {
	add(a, anyKey, huma.Operation{OperationID: "control-recording", Method: http.MethodPost, Path: "/api/calls/{id}/recording", Tags: []string{"Calls"}, Errors: []int{http.StatusConflict}, Summary: "Pause the recording of a call that is not over, or go on with it", Description: "While it is paused the recording has silence and keeps its length: card numbers stay out of it."}, s.controlRecording)
}

func (s *Server) controlRecording(ctx context.Context, in *recordingInput) (*recordingAnswer, error) {
	c, _, err := s.ownCall(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if c.Status != handlers.StatusActive {
		return nil, refuse(http.StatusConflict, "the call is over")
	}
	paused := in.Body.Action == "pause"
	if err := s.mask(ctx, c, paused); err != nil {
		return nil, err
	}
	s.Log.Info().Str("tenant", string(c.TenantID)).Str("call", string(c.ID)).Str("by", callerOf(ctx).name()).Bool("paused", paused).Msg("a recording was paused or goes on")
	return &recordingAnswer{Body: RecordingState{paused}}, nil
}

// mask asks the switch of a call that is not over.
func (s *Server) mask(ctx context.Context, c record.Call, on bool) error {
	channel, err := dialplan.ParseChannelID(string(c.ID))
	if err != nil {
		return refuse(http.StatusConflict, "%s", record.ErrNotRecording)
	}
	file, err := s.RecordingsFolder.Recording(string(c.TenantID), channel, c.StartedAt)
	if err != nil || s.Recordings == nil {
		return refuse(http.StatusConflict, "%s", record.ErrNotRecording)
	}
	var away *record.Unreachable
	switch err := s.Recordings.Mask(ctx, c.Switch, c.ID, file, on); {
	case err == nil:
		return nil
	case errors.Is(err, record.ErrNotRecording):
		return refuse(http.StatusConflict, "%s", record.ErrNotRecording)
	case errors.Is(err, record.ErrNoSuchSwitch):
		return refuse(http.StatusConflict, "the switch of this call is not among the server's switches (the setting switches): its recordings cannot be paused")
	case errors.As(err, &away):
		s.Log.Warn().Err(err).Str("call", string(c.ID)).Msg("a recording could not be paused or resumed")
		f := refuse(http.StatusServiceUnavailable, "the switch does not answer: the recording is as it was, or not; ask again")
		f.Code = "switch_unavailable"
		return f
	default:
		return s.unavailable(err, "the recording could not be changed")
	}
}
