package recording

import (
	"time"

	"switchyard/internal/acceptance/phone"
)

// The dial strings of our server for several legs.
const (
	together = "{ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=8}"
	fussy    = "{ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=4,fail_on_single_reject=USER_BUSY|CALL_REJECTED}"
	asking   = "group_confirm_file=file_string://voicemail/vm-goodbye.wav!silence_stream://1500!voicemail/vm-goodbye.wav,group_confirm_key=1,group_confirm_timeout=4"
	outside  = "[origination_callee_id_number=+15552223333]sofia/gateway/carrier-a/+15552223333"
	hearing  = "ringback=%(1000,4000,425);transfer_ringback=%(1000,4000,425);instant_ringback=true"
)

type scripts = map[string]phone.Script

// never rings until the caller gives up; soon answers and leaves.
var (
	never  = phone.Script{Ring: phone.Never}
	soon   = phone.Script{Ring: 500 * time.Millisecond, HangUpAfter: 300 * time.Millisecond}
	listen = phone.Script{Ring: 500 * time.Millisecond, Tone: 700}
)

// leg is one user/ leg that is named after its extension.
func leg(extension, more string) string {
	return "[origination_callee_id_number=" + extension + more + "]user/" + extension + "@acme.test"
}

var ringings = []Scenario{
	{"group-limits", ringing{
		dial:   []string{together + leg("1001", ",leg_timeout=3") + "," + leg("1002", ",leg_delay_start=2") + "," + leg("1003", ",leg_delay_start=1,leg_timeout=2") + "," + leg("1005", "")},
		phones: scripts{"1001": never, "1002": {Ring: 3500 * time.Millisecond, HangUpAfter: 300 * time.Millisecond}, "1003": never},
	}.play},
	{"group-rings-twice", ringing{
		dial:   []string{together + leg("1001", "") + "," + leg("1002", "") + "," + leg("1005", ""), together + leg("1002", "") + "," + outside},
		phones: scripts{"1001": phone.Busy, "1002": {Ring: 200 * time.Millisecond, Code: 480}, "carrier": {Ring: 300 * time.Millisecond, Code: 486}},
	}.play},
	{"group-delay-brought-forward", ringing{
		dial:   []string{together + leg("1001", "") + "," + leg("1002", ",leg_delay_start=4,leg_timeout=2")},
		phones: scripts{"1001": phone.Busy, "1002": never},
	}.play},
	{"group-second-phone-not-rung", ringing{
		dial: []string{together + leg("1001", "") + "," + leg("1002", "")}, second: true,
		phones: scripts{"1001": {Ring: 300 * time.Millisecond, Code: 486}, "1001b": soon, "1002": {Ring: 1200 * time.Millisecond, Code: 486}},
	}.play},
	{"two-phones-rung", ringing{
		dial: []string{together + leg("1001", "")}, second: true,
		phones: scripts{"1001": phone.Busy, "1001b": soon},
	}.play},
	{"group-reject-ends-it", ringing{
		dial:   []string{fussy + leg("1001", ",leg_timeout=2") + "," + leg("1002", ",leg_timeout=2")},
		phones: scripts{"1001": {Ring: 300 * time.Millisecond, Code: 603}, "1002": never},
	}.play},
	{"group-dead-phone-ends-nothing", ringing{
		dial:   []string{fussy + leg("1001", ",leg_timeout=2") + "," + leg("1002", ",leg_timeout=2") + "," + leg("1005", ",leg_timeout=2")},
		phones: scripts{"1001": {Ring: 300 * time.Millisecond, Code: 503}, "1002": never},
	}.play},
	{"confirm-accepted", ringing{
		dial:    []string{together + leg("1001", ","+asking) + "," + leg("1002", "")},
		phones:  scripts{"1001": {Ring: 500 * time.Millisecond, HangUpAfter: 3 * time.Second}, "1002": never},
		presses: press{"1001", '1', 2 * time.Second},
	}.play},
	{"confirm-other-answers", ringing{
		dial:   []string{together + leg("1001", ","+asking) + "," + leg("1002", "")},
		phones: scripts{"1001": listen, "1002": {Ring: 2 * time.Second, HangUpAfter: 300 * time.Millisecond}},
	}.play},
	{"confirm-time-up", ringing{
		dial: []string{together + leg("1001", ","+asking)}, phones: scripts{"1001": listen}, presses: press{"1001", '5', 2 * time.Second},
	}.play},
	{"confirm-refused", ringing{
		dial: []string{together + leg("1001", ","+asking)}, phones: scripts{"1001": {Ring: 500 * time.Millisecond, HangUpAfter: time.Second}},
	}.play},
	{"exit-key", ringing{
		variables: hearing + ";origination_cancel_key=*", dial: []string{together + leg("1001", ",leg_timeout=6")},
		phones: scripts{"1001": never}, presses: press{"caller", '*', 1500 * time.Millisecond},
	}.play},
	{"exit-key-group", ringing{
		variables: hearing + ";origination_cancel_key=*", dial: []string{together + leg("1001", ",leg_timeout=6") + "," + leg("1002", ",leg_timeout=6")},
		phones: scripts{"1001": never, "1002": never}, presses: press{"caller", '*', 1500 * time.Millisecond},
	}.play},
	{"exit-key-not-pressed", ringing{
		variables: hearing + ";origination_cancel_key=*", dial: []string{together + leg("1001", ",leg_timeout=2"), together + leg("1002", ",leg_timeout=2")},
		phones: scripts{"1001": never, "1002": never},
	}.play},
	{"gateway-silent", ringing{
		dial:   []string{together + "[leg_progress_timeout=2]sofia/gateway/carrier-a/+15552223333"},
		phones: scripts{"carrier": {Silent: true, Ring: phone.Never}},
	}.play},
}
