package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"switchyard/handlers"
	"switchyard/internal/record"
)

// callColumns, callValues and callFields name the columns of a call in one order.
var callColumns = strings.Fields(`
	id tenant_id switch sip_call_id direction source owner left_at
	caller_number caller_name caller_raw dialled dialled_raw inbound_did
	destination destination_route original_dest forwarded_to forward_type
	revision rule tags
	started_at ringing_at answered_at bridged_at ended_at duration_sec bill_sec pdd_ms
	status hangup_cause q850 sip_code hung_up_by recording_file read_codec write_codec complete
	steps facts recording_seconds`)

func callValues(c *record.Call) ([]any, error) {
	tags, err := jsonText(c.Tags, len(c.Tags))
	if err != nil {
		return nil, fmt.Errorf("tags of call %s: %w", c.ID, err)
	}
	steps, err := jsonText(storedSteps(c.Steps), len(c.Steps))
	if err != nil {
		return nil, fmt.Errorf("steps of call %s: %w", c.ID, err)
	}
	facts, err := jsonText(c.Facts, len(c.Facts))
	if err != nil {
		return nil, fmt.Errorf("facts of call %s: %w", c.ID, err)
	}
	owner, left := c.Owner, c.LeftAt
	if c.Status != handlers.StatusActive {
		owner, left = "", time.Time{} // nobody drives a call that is over
	}
	return []any{
		string(c.ID), string(c.TenantID), c.Switch, c.SIPCallID, string(c.Direction), string(c.Source), owner, micros(left),
		c.CallerNumber, c.CallerName, c.CallerRaw, c.Dialled, c.DialledRaw, c.InboundDID,
		c.Destination, string(c.DestinationRoute), c.OriginalDest, c.ForwardedTo, c.ForwardType,
		c.Revision, c.Rule, tags,
		micros(c.StartedAt), micros(c.RingingAt), micros(c.AnsweredAt), micros(c.BridgedAt), micros(c.EndedAt), c.DurationSec, c.BillSec, c.PDDMs,
		string(c.Status), c.HangupCause, c.Q850, c.SIPCode, c.HungUpBy, c.RecordingFile, c.ReadCodec, c.WriteCodec, c.Complete,
		steps, facts, c.RecordingSec,
	}, nil
}

func callFields(c *record.Call) []any {
	return []any{
		&c.ID, &c.TenantID, &c.Switch, &c.SIPCallID, &c.Direction, &c.Source, &c.Owner, timeColumn{&c.LeftAt},
		&c.CallerNumber, &c.CallerName, &c.CallerRaw, &c.Dialled, &c.DialledRaw, &c.InboundDID,
		&c.Destination, &c.DestinationRoute, &c.OriginalDest, &c.ForwardedTo, &c.ForwardType,
		&c.Revision, &c.Rule, jsonColumn{&c.Tags},
		timeColumn{&c.StartedAt}, timeColumn{&c.RingingAt}, timeColumn{&c.AnsweredAt}, timeColumn{&c.BridgedAt}, timeColumn{&c.EndedAt}, &c.DurationSec, &c.BillSec, &c.PDDMs,
		&c.Status, &c.HangupCause, &c.Q850, &c.SIPCode, &c.HungUpBy, &c.RecordingFile, &c.ReadCodec, &c.WriteCodec, &c.Complete,
		jsonColumn{&c.Steps}, jsonColumn{&c.Facts}, &c.RecordingSec,
	}
}

// storedSteps has its times as the other columns have them: UTC, microseconds.
func storedSteps(steps []record.Step) []record.Step {
	out := make([]record.Step, len(steps))
	for i, s := range steps {
		s.From = s.From.UTC().Truncate(time.Microsecond)
		if !s.To.IsZero() {
			s.To = s.To.UTC().Truncate(time.Microsecond)
		}
		s.Attempts = storedAttempts(s.Attempts)
		out[i] = s
	}
	return out
}

func storedAttempts(attempts []record.Attempt) []record.Attempt {
	out := slices.Clone(attempts)
	for i := range out {
		if !out[i].AsOf.IsZero() {
			out[i].AsOf = out[i].AsOf.UTC().Truncate(time.Microsecond)
		}
	}
	return out
}

// jsonText is "" for an empty list or map, so that nil and empty read back alike.
func jsonText(v any, n int) (string, error) {
	if n == 0 {
		return "", nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// jsonColumn reads what jsonText wrote.
type jsonColumn struct{ to any }

// Scan is for database/sql.
func (c jsonColumn) Scan(src any) error {
	var text []byte
	switch v := src.(type) {
	case string:
		text = []byte(v)
	case []byte:
		text = v
	default:
		return fmt.Errorf("a JSON column holds %T", src)
	}
	if len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, c.to)
}
