package routing

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const menuHours = `
extensions: [{extension: "1001", exits: {no-answer: {route: ivr, target: main}}}, {extension: "1002"}, {extension: "1003"}, {extension: "1004"}, {extension: "1005"}, {extension: "1006"}]
ivrMenus:
  - name: main
    extension: "4000"
    greeting: {text: Main.}
    digits:
      "1": {route: ivr, target: sales}
      "2": {route: extension, target: "1001"}
      "22": {route: extension, target: "1001"}
      "9": {route: repeat}
      "0": {route: schedule, target: office}
    directDial: {}
    exits: {no-input: {route: schedule, target: office}, invalid: {route: hangup, target: NORMAL_CLEARING}}
  - name: sales
    greeting: {text: Sales.}
    digits: {"1": {route: voicemail, target: "1001"}, "*": {route: back}, "#": {route: top}, "5": {route: ivr, target: main}}
schedules:
  - name: office
    openAction: {route: extension, target: "1002"}
    afterHoursAction: {route: voicemail, target: "1001"}
    schedules:
      - {days: [monday, tuesday, wednesday, thursday, friday], startTime: "09:00", endTime: "17:00"}
      - {day: saturday, startTime: "10:00", endTime: "12:00", destination: {route: voicemail, target: "1002"}}
    holidays:
      - {name: Christmas, date: "12-25", destination: {route: hangup, target: NORMAL_CLEARING}}
      - {name: New Year, date: "01-01"}
  - name: counter
    afterHoursAction: {route: voicemail, target: "1002"}
    schedules: [{day: monday, startTime: "09:00", endTime: "17:00"}]
overrides:
  - {schedule: counter, state: destination, destination: {route: extension, target: "1003"}, until: "2026-03-05T00:00:00Z", by: "1001"}
dids: [{number: "+15551230001", schedule: counter, inboundRoute: ivr, routeTarget: main}]
defaultDestination: {route: voicemail, target: "1006"}
`

func TestExplainMenusAndSchedules(t *testing.T) {
	d := officeDirectory(t, menuHours)
	christmas := time.Date(2026, time.December, 25, 12, 0, 0, 0, time.UTC)
	cases := []struct {
		name string
		call Call
		now  time.Time
	}{
		{"menu", phoneCall("1004", "acme.test", "4000"), noon},
		{"menu-holiday", phoneCall("1004", "acme.test", "4000"), christmas},
		{"schedule-override", inboundCall("+15557770000", "+15551230001"), noon},
		{"schedule-open", inboundCall("+15557770000", "+15551230001"), time.Date(2026, time.March, 9, 12, 0, 0, 0, time.UTC)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := d.Explain(c.call, c.now, nil)
			compareFile(t, filepath.Join("testdata/explain", c.name+".txt"), e.String())
			if c.name != "menu" { // one is enough of what is twice as long
				return
			}
			data, err := json.MarshalIndent(e, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			compareFile(t, filepath.Join("testdata/explain", c.name+".json"), string(data)+"\n")
		})
	}
}

// Exactly one branch of a schedule is marked, and it is where calls go.
func TestExplainMarksWhatAScheduleIs(t *testing.T) {
	d := officeDirectory(t, menuHours)
	plan := planOf(t, d, "acme")
	for _, name := range plan.ScheduleNames() {
		for hour := range 24 * 14 {
			now := noon.Add(time.Duration(hour) * time.Hour)
			at := Stop{Destination: Destination{RouteSchedule, name}, Open: Destination{RouteExtension, "1005"}}
			x := explainer{plan: plan, now: now, left: maxShownBranches}
			want, _, _ := plan.Follow(at, now)
			marked := 0
			for _, b := range x.branches(at, 1) {
				if b.Now {
					marked++
					if b.Destination != want.Destination {
						t.Fatalf("%s at %s: %s, want %s", name, now, b.Destination, want.Destination)
					}
				}
			}
			if marked != 1 {
				t.Fatalf("%s at %s: %d branches are marked", name, now, marked)
			}
		}
	}
}

// However menus lead to each other, an explanation stays of a size that can be
// shown.
func TestExplanationOfMenusIsBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString("extensions: [{extension: \"1001\"}]\nivrMenus:\n")
	for i := range 12 {
		fmt.Fprintf(&text, "  - name: m%d\n    extension: \"%d\"\n    greeting: {text: Hello}\n    digits:\n", i, 4000+i)
		for j := range 10 {
			fmt.Fprintf(&text, "      \"%d\": {route: ivr, target: m%d}\n", j, (i+j)%12)
		}
		text.WriteString("      \"*\": {route: hangup, target: USER_BUSY}\n")
	}
	d := officeDirectory(t, text.String())
	shown := 0
	var count func(branches []Branch, depth int)
	count = func(branches []Branch, depth int) {
		for _, b := range branches {
			shown++
			if b.More && b.Next != nil || depth == maxShownDepth && b.Next != nil {
				t.Error("followed too far")
			}
			count(b.Next, depth+1)
		}
	}
	count(d.Explain(phoneCall("1001", "acme.test", "4000"), noon, nil).Next, 1)
	if most := maxShownBranches + 13*maxShownDepth; shown > most || shown < maxShownBranches {
		t.Errorf("%d branches, the most is %d", shown, most)
	}
}
