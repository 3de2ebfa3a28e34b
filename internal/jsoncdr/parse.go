// Package jsoncdr takes the records that FreeSWITCH's mod_json_cdr makes of
// every leg: over HTTP, and from the folder in which it leaves what it could
// not post.
package jsoncdr

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"switchyard/internal/hangup"
	"switchyard/internal/record"
)

// MaxBytes is the most bytes of one record. FreeSWITCH's have 5 to 15 KB; a
// caller can make them longer by SIP headers, up to 64 KB each way.
const MaxBytes = 1 << 20

// errMalformed is wrapped by every error about what was sent.
var errMalformed = errors.New("not a record of mod_json_cdr")

// errEncoded: the record was sent with the setting encode=true. FreeSWITCH then
// leaves a %22 that is already in the text as it is (switch_url_encode), and a
// caller named %22,%22billsec%22:%229 has written into the record.
var errEncoded = errors.New("it is URL-encoded, which lets callers write into it: set encode to false or base64 in json_cdr.conf.xml")

// Parse reads one record, in the forms that mod_json_cdr sends and spools:
// JSON, and "cdr=" with the JSON in base64, the latter without "cdr=" in its
// folder. Which it is, is told by the text: the Content-Type is a wrong one
// when disable-100-continue is set. A URL-encoded record is refused.
func Parse(body []byte) (record.Report, error) {
	if len(body) > MaxBytes {
		return record.Report{}, fmt.Errorf("%w: over %d bytes", errMalformed, MaxBytes)
	}
	text, err := plain(body)
	if err != nil {
		return record.Report{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	var r raw
	if err := json.Unmarshal(text, &r); err != nil {
		return record.Report{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	report, err := hangup.Report(newChannel(r), record.SourceJSON)
	if err != nil {
		return record.Report{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	if report.Leg.EndedAt.IsZero() {
		return record.Report{}, fmt.Errorf("%w: it does not say when channel %s ended", errMalformed, report.Leg.LegID)
	}
	return report, nil
}

// plain undoes the encoding around the JSON text.
func plain(body []byte) ([]byte, error) {
	text := bytes.TrimSpace(body)
	text = bytes.TrimPrefix(text, []byte("cdr="))
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		return text, nil
	case bytes.HasPrefix(text, []byte("%")):
		return nil, errEncoded
	default:
		text = bytes.Join(bytes.Fields(text), nil) // FreeSWITCH may break long lines
		return base64.RawStdEncoding.DecodeString(strings.TrimRight(string(text), "="))
	}
}

// raw is the part of a record that is read.
type raw struct {
	Switchname  string `json:"switchname"`
	ChannelData struct {
		Direction value `json:"direction"`
	} `json:"channel_data"`
	Variables map[string]value `json:"variables"`
	Callflow  []struct {
		Profile struct {
			CallerIDName      value `json:"caller_id_name"`
			CallerIDNumber    value `json:"caller_id_number"`
			DestinationNumber value `json:"destination_number"`
			UUID              value `json:"uuid"`
		} `json:"caller_profile"`
		Times struct {
			Created value `json:"created_time"`
		} `json:"times"`
	} `json:"callflow"`
}

// value is a text or number; anything else is taken for nothing, so that one
// odd variable does not lose a record.
type value string

// UnmarshalJSON implements json.Unmarshaler.
func (v *value) UnmarshalJSON(text []byte) error {
	switch {
	case len(text) > 0 && text[0] == '"':
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return err
		}
		*v = value(s)
	case len(text) > 0 && (text[0] == '-' || text[0] >= '0' && text[0] <= '9'):
		*v = value(text)
	default:
		*v = ""
	}
	return nil
}

// channel gives a record's facts under the names that events have.
type channel struct {
	variables map[string]value
	headers   map[string]string
	encoded   bool // the variables' values are URL-encoded
}

func newChannel(r raw) channel {
	c := channel{variables: r.Variables, headers: map[string]string{
		"FreeSWITCH-Switchname": r.Switchname,
		"Call-Direction":        string(r.ChannelData.Direction),
	}}
	// With encode-values, mod_json_cdr's default, each variable is encoded. The
	// time FreeSWITCH writes tells: it has a blank in it, or none.
	c.encoded = strings.Contains(string(r.Variables["start_stamp"]), "%20")
	c.headers["Unique-ID"] = c.Variable("uuid")
	if n := len(r.Callflow); n > 0 {
		first := r.Callflow[n-1] // the newest comes first: a transfer puts one before the others
		c.headers["Caller-Caller-ID-Name"] = string(first.Profile.CallerIDName)
		c.headers["Caller-Caller-ID-Number"] = string(first.Profile.CallerIDNumber)
		c.headers["Caller-Destination-Number"] = string(first.Profile.DestinationNumber)
		c.headers["Caller-Channel-Created-Time"] = string(first.Times.Created)
		if c.headers["Unique-ID"] == "" {
			c.headers["Unique-ID"] = string(first.Profile.UUID)
		}
	}
	return c
}

// Header implements esl.ChannelData.
func (c channel) Header(name string) string { return c.headers[name] }

// Variable implements esl.ChannelData.
func (c channel) Variable(name string) string { return c.decoded(c.variables[name]) }

// VariablesWith implements esl.ChannelData.
func (c channel) VariablesWith(prefix string, most int) map[string]string {
	var found map[string]string
	for name, v := range c.variables {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok || len(found) == most {
			continue
		}
		if found == nil {
			found = map[string]string{}
		}
		found[strings.ToLower(rest)] = c.decoded(v)
	}
	return found
}

func (c channel) decoded(v value) string {
	if !c.encoded || !strings.Contains(string(v), "%") {
		return string(v)
	}
	text, err := url.PathUnescape(string(v))
	if err != nil {
		return string(v)
	}
	return text
}
