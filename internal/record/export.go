package record

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// RowWriter writes records one after the other. Not for concurrent use.
type RowWriter interface {
	Write(Row) error
	// Flush brings what was written to the writer below; call it at the end,
	// also when there were no records.
	Flush() error
}

// column is one of a CSV export.
type column struct {
	name string
	cell func(*Row) string
}

// columns are in the order they are exported; new ones are added at the end,
// because people address them by their letter.
var columns = []column{
	{"id", func(r *Row) string { return string(r.ID) }},
	{"callUuid", func(r *Row) string { return string(r.CallUUID) }},
	{"timestamp", func(r *Row) string { return r.Timestamp }},
	{"direction", func(r *Row) string { return string(r.Direction) }},
	{"status", func(r *Row) string { return string(r.Status) }},
	{"caller_id_number", func(r *Row) string { return r.CallerNumber }},
	{"caller_name", func(r *Row) string { return r.CallerName }},
	{"dialled", func(r *Row) string { return r.Dialled }},
	{"destination", func(r *Row) string { return r.Destination }},
	{"forwarded_to", func(r *Row) string { return orEmpty(r.ForwardedTo) }},
	{"forwardType", func(r *Row) string { return orEmpty(r.ForwardType) }},
	{"originalDestination", func(r *Row) string { return orEmpty(r.OriginalDestination) }},
	{"inboundDid", func(r *Row) string { return orEmpty(r.InboundDID) }},
	{"audio_url", func(r *Row) string { return orEmpty(r.AudioURL) }},
	{"recordingFile", func(r *Row) string { return orEmpty(r.RecordingFile) }},
	{"duration", func(r *Row) string { return strconv.Itoa(r.Duration) }},
	{"billsec", func(r *Row) string { return strconv.Itoa(r.BillSec) }},
	{"hangupCause", func(r *Row) string { return r.HangupCause }},
	{"startedAt", func(r *Row) string { return r.StartedAt }},
	{"ringingAt", func(r *Row) string { return orEmpty(r.RingingAt) }},
	{"answeredAt", func(r *Row) string { return orEmpty(r.AnsweredAt) }},
	{"bridgedAt", func(r *Row) string { return orEmpty(r.BridgedAt) }},
	{"endedAt", func(r *Row) string { return orEmpty(r.EndedAt) }},
	{"pddMs", func(r *Row) string { return orNoNumber(r.PDDMs) }},
	{"sipCode", func(r *Row) string { return ifKnown(r.SIPCode) }},
	{"q850", func(r *Row) string { return ifKnown(r.Q850) }},
	{"hungUpBy", func(r *Row) string { return r.HungUpBy }},
	{"readCodec", func(r *Row) string { return r.Codecs.Read }},
	{"writeCodec", func(r *Row) string { return r.Codecs.Write }},
	{"rule", func(r *Row) string { return r.Rule }},
	{"revision", func(r *Row) string { return ifKnown(r.Revision) }},
	{"tags", func(r *Row) string { return strings.Join(r.Tags, "|") }},
	{"tenantId", func(r *Row) string { return r.TenantID }},
	{"source", func(r *Row) string { return string(r.Source) }},
	{"complete", func(r *Row) string { return strconv.FormatBool(r.Complete) }},
	{"switch", func(r *Row) string { return r.Switch }},
	{"answered_by", func(r *Row) string { return orEmpty(r.AnsweredBy) }},
	{"recordingSeconds", func(r *Row) string { return orNoNumber(r.RecordingSec) }},
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func orNoNumber(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func ifKnown(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// Columns gives the names of a CSV export's columns in their order.
func Columns() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

type csvRows struct {
	to     *csv.Writer
	cells  []string
	headed bool
}

// NewCSV writes records as CSV as RFC 4180 has it: UTF-8, CRLF, a header line,
// one line a record. No cell can be taken for a formula: see safeCell.
func NewCSV(w io.Writer) RowWriter {
	to := csv.NewWriter(w)
	to.UseCRLF = true
	return &csvRows{to: to, cells: make([]string, len(columns))}
}

// Write implements RowWriter.
func (c *csvRows) Write(r Row) error {
	if err := c.head(); err != nil {
		return err
	}
	for i, column := range columns {
		c.cells[i] = safeCell(column.cell(&r))
	}
	if err := c.to.Write(c.cells); err != nil {
		return fmt.Errorf("export call %s: %w", r.ID, err)
	}
	return nil
}

// Flush implements RowWriter.
func (c *csvRows) Flush() error {
	if err := c.head(); err != nil {
		return err
	}
	c.to.Flush()
	return c.to.Error()
}

func (c *csvRows) head() error {
	if c.headed {
		return nil
	}
	c.headed = true
	return c.to.Write(Columns())
}

// safeCell makes a text one that no spreadsheet runs as a formula: one that
// begins like a formula gets a ' in front, which spreadsheets take for "this is
// text". A number in E.164 begins with + and stays as it is: it can compute
// nothing, and a CRM reads it. Line breaks become spaces.
func safeCell(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	begins := strings.TrimLeft(s, " \r\n\u00a0")
	formula := begins != "" && strings.ContainsRune("=+-@\t＝＋－＠", []rune(begins)[0])
	if formula && !isE164(s) || strings.HasPrefix(s, "\r") || strings.HasPrefix(s, "\n") {
		s = "'" + s
	}
	return oneLine.Replace(s)
}

var oneLine = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ")

func isE164(s string) bool {
	digits, plus := strings.CutPrefix(s, "+")
	return plus && digits != "" && strings.Trim(digits, "0123456789") == ""
}

type jsonRows struct{ to *json.Encoder }

// NewJSONLines writes records as JSON, one object a line, as the API shows them.
func NewJSONLines(w io.Writer) RowWriter {
	to := json.NewEncoder(w)
	to.SetEscapeHTML(false)
	return jsonRows{to}
}

// Write implements RowWriter.
func (j jsonRows) Write(r Row) error {
	if err := j.to.Encode(r); err != nil {
		return fmt.Errorf("export call %s: %w", r.ID, err)
	}
	return nil
}

// Flush implements RowWriter.
func (jsonRows) Flush() error { return nil }
