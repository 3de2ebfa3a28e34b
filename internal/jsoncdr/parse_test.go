package jsoncdr

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"switchyard/internal/record"
)

const recorded = "../../testdata/captures/json_cdr"

func read1(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(recorded, name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func parsed(t testing.TB, body []byte) record.Report {
	t.Helper()
	r, err := Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A real FreeSWITCH told the end of these legs twice, as an event and as a
// record. Both must give the same report; the one of the event is checked by
// its own test.
func TestRecordsSayWhatEventsSay(t *testing.T) {
	for _, name := range []string{"answered", "busy", "cancelled", "forwarded", "hostile", "server-gone"} {
		for _, side := range []string{"-a", "-b"} {
			r := parsed(t, read1(t, name+side+".json"))
			if r.Leg.Source != record.SourceJSON {
				t.Errorf("%s%s: source %q", name, side, r.Leg.Source)
			}
			r.Leg.Source = record.SourceESL
			if want := told(t, name+side); !reflect.DeepEqual(again(t, r), want) {
				t.Errorf("%s%s:\ngot  %+v\nwant %+v", name, side, r, want)
			}
		}
	}
}

// told is what the event of a leg said.
func told(t *testing.T, name string) (r record.Report) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "hangup", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// again is a report written and read, as that of the event was.
func again(t *testing.T, r record.Report) (out record.Report) {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// The same record in the other forms mod_json_cdr can be told to send.
func TestForms(t *testing.T) {
	for _, name := range []string{"base64-a.txt", "values-a.json"} {
		body := read1(t, name)
		for _, spooled := range []bool{false, true} { // without "cdr=", as in the folder
			if spooled {
				body = append(bytes.TrimPrefix(body, []byte("cdr=")), '\n')
			}
			r := parsed(t, body)
			if r.Call.CallerName != "AA +" || r.Call.CallerNumber != "+13055550111" || r.Call.Dialled != "+13055550100" || r.Leg.Side != "a" {
				t.Errorf("%s: call %+v, side %s", name, r.Call, r.Leg.Side)
			}
			if r.Leg.Cause != "USER_BUSY" || r.Leg.Q850 != 17 || r.Leg.StartedAt.IsZero() || r.Switch != "test-switch" || r.Leg.SIPCallID == "" {
				t.Errorf("%s: leg %+v", name, r.Leg)
			}
			if len(r.Ending.Legs) != 1 || r.Ending.Legs[0].Cause != "USER_BUSY" {
				t.Errorf("%s: legs %+v", name, r.Ending.Legs)
			}
		}
	}
}

func TestFormsOfOneRecordAreTheSame(t *testing.T) {
	plain := read1(t, "hostile-a.json")
	want, err := json.Marshal(parsed(t, plain))
	if err != nil {
		t.Fatal(err)
	}
	in64 := base64.StdEncoding.EncodeToString(plain)
	for name, body := range map[string]string{
		"base64":                "cdr=" + in64,
		"base64 in short lines": "cdr=" + in64[:72] + "\n" + in64[72:] + "\n",
		"base64 without end":    strings.TrimRight(in64, "="),
	} {
		got, err := json.Marshal(parsed(t, []byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// URL-encoded records cannot be told from forged ones: what FreeSWITCH made of
// a call whose values had been encoded already is no JSON any more.
func TestURLEncodedRecordsAreRefused(t *testing.T) {
	for _, name := range []string{"form-a.txt", "form-values-a.txt"} {
		if _, err := Parse(read1(t, name)); !errors.Is(err, errEncoded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A record that was cut anywhere is refused, never taken for half of one.
func TestCutRecords(t *testing.T) {
	for _, name := range []string{"answered-a.json", "base64-a.txt"} {
		body := bytes.TrimSpace(read1(t, name))
		for n := 0; n < len(body)-4; n += 13 { // the last bytes of base64 may be filling
			if _, err := Parse(body[:n]); !errors.Is(err, errMalformed) {
				t.Fatalf("%s: the first %d of %d bytes: %v", name, n, len(body), err)
			}
		}
	}
}

func TestOddRecords(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":             "",
		"null":                "null",
		"a list":              "[]",
		"two":                 string(read1(t, "busy-a.json")) + string(read1(t, "busy-a.json")),
		"no variables":        `{"variables":{}}`,
		"no cause":            `{"variables":{"uuid":"a","end_uepoch":"1795257222638517"}}`,
		"no end":              `{"variables":{"uuid":"a","hangup_cause":"NORMAL_CLEARING"}}`,
		"an end in 2500":      `{"variables":{"uuid":"a","hangup_cause":"NORMAL_CLEARING","end_uepoch":"16725225600000000"}}`,
		"no uuid":             `{"variables":{"hangup_cause":"NORMAL_CLEARING","end_uepoch":"1795257222638517"}}`,
		"an odd uuid":         `{"variables":{"uuid":"a b","hangup_cause":"NORMAL_CLEARING","end_uepoch":"1795257222638517"}}`,
		"variables in a list": `{"variables":[{"uuid":"a","hangup_cause":"NORMAL_CLEARING","end_uepoch":"1795257222638517"}]}`,
		"too long":            `{"variables":{"uuid":"a","x":"` + strings.Repeat("x", MaxBytes) + `"}}`,
		"deep":                strings.Repeat(`{"variables":`, 20000),
	} {
		if _, err := Parse([]byte(body)); !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Numbers where texts should be, and values of no use, lose nothing else.
func TestOddValues(t *testing.T) {
	r := parsed(t, []byte(`{"switchname":"s","channel_data":{"direction":"inbound"},
		"variables":{"uuid":"a","hangup_cause":"USER_BUSY","end_uepoch":1795257222638517,"start_uepoch":99999999999999999999,
		"hangup_cause_q850":1e400,"x":{"y":[1]},"z":null,"billsec":-5,"sip_h_X-Foo":"%20"},
		"callflow":[{"caller_profile":{"caller_id_name":["a"],"caller_id_number":"1"},"times":{"created_time":-1}}],"more":[[]]}`))
	if r.Leg.EndedAt.IsZero() || !r.Leg.StartedAt.IsZero() || r.Leg.Q850 != 0 || r.Leg.BillSec != 0 || r.Call.CallerName != "" {
		t.Errorf("%+v", r)
	}
	if r.Call.Headers["x-foo"] != "%20" {
		t.Errorf("headers %v: a value that is not encoded was decoded", r.Call.Headers)
	}
}

// A call that was transferred has a profile for each place it went to; the
// record tells where it began.
func TestTransferredCallBeganElsewhere(t *testing.T) {
	body := `{"channel_data":{"direction":"inbound"},"variables":{"uuid":"a","hangup_cause":"NORMAL_CLEARING","end_uepoch":"1795257222638517"},
		"callflow":[{"caller_profile":{"destination_number":"1002"},"times":{"created_time":"1795257221000000"}},
		{"caller_profile":{"destination_number":"+13055550100","caller_id_number":"+13055550111"},"times":{"created_time":"1795257220000000"}}]}`
	if r := parsed(t, []byte(body)); r.Call.Dialled != "+13055550100" || r.Call.CallerNumber != "+13055550111" || r.Call.CreatedAt.Unix() != 1795257220 {
		t.Errorf("%+v", r.Call)
	}
}

func FuzzParse(f *testing.F) {
	// Short ones: of the recorded ones the fuzzer would first cut 10 KB away.
	const leg = `{"switchname":"s","channel_data":{"direction":"inbound"},"variables":{"uuid":"a","hangup_cause":"NORMAL_CLEARING",` +
		`"end_uepoch":"1795257222638517","start_stamp":"2026-11-21%2010","sip_h_X":"%00","originate_causes":"ARRAY::a;NONE|:b;X"},` +
		`"callflow":[{"caller_profile":{"caller_id_name":"\u202e"},"times":{"created_time":1}}]}`
	f.Add([]byte(leg))
	f.Add([]byte("cdr=" + base64.StdEncoding.EncodeToString([]byte(leg))))
	f.Add([]byte("cdr=%7B%22variables%22%3A%7B%7D%7D"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := Parse(body)
		if err != nil {
			if !errors.Is(err, errMalformed) {
				t.Fatal(err)
			}
			return
		}
		if r.Leg.LegID == "" || r.Leg.EndedAt.IsZero() || r.Leg.Source != record.SourceJSON {
			t.Fatalf("%+v", r.Leg)
		}
		for _, s := range []string{r.Leg.LegID, string(r.Leg.CallID), r.Leg.Number, r.Leg.SIPCallID, r.Leg.Cause, r.Switch} {
			if record.SafeText(s) != s {
				t.Fatalf("unsafe text %q", s)
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	})
}
