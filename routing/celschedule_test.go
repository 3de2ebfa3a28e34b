package routing

import (
	"strings"
	"testing"
)

func TestScheduleExpressions(t *testing.T) {
	p := hoursPlan(t, "")
	f := &facts{call: &Call{}, plan: p, lists: p.listValues, now: newYork("2026-12-25 10:00"), direction: Inbound}
	for text, want := range map[string]string{
		`schedule("office").isOpen`:  "false",
		`!schedule("office").isOpen`: "true",
		`schedule("office").isOpen == false && schedule("office").reason == "holiday"`: "true",
		`schedule("office").holiday == "Christmas"`:                                    "true",
		`schedule("office").holiday.matches("^Chr.*s$")`:                               "true",
		`has(schedule("office").isOpen)`:                                               "true",
		`schedule("night desk").isOpen ? call.anonymous : true`:                        "true",
		`["a", "Christmas"].exists(day, day == schedule("office").holiday)`:            "true",
		`schedule("office").isOpen != schedule("night desk").isOpen`:                   "false",
	} {
		e, mistakes := compileExpression(text, p.vocabulary())
		if len(mistakes) > 0 {
			t.Errorf("%s: %v", text, mistakes)
			continue
		}
		if matched, err := e.matches(f); err != nil || matched != (want == "true") {
			t.Errorf("%s is %v, %v", text, matched, err)
		}
	}
}

func TestScheduleExpressionMistakes(t *testing.T) {
	p := hoursPlan(t, "")
	for text, want := range map[string]string{
		`schedule("office")`:                                      `schedule("office") is not a value by itself (write schedule("office").isOpen, .reason or .holiday)`,
		`schedule("office") == true`:                              `schedule("office") is not a value by itself (write schedule("office").isOpen, .reason or .holiday)`,
		`schedule("ofice").isOpen`:                                `no schedule "ofice" (did you mean office?)`,
		`schedule("0c1d2e3f-0000-4000-8000-000000000009").isOpen`: `no schedule "0c1d2e3f-0000-4000-8000-000000000009" ()`,
		`schedule("office").isopen`:                               `a schedule has no "isopen" (did you mean isOpen?)`,
		`schedule("office").colour`:                               `a schedule has no "colour" (known are isOpen, reason, holiday)`,
		`schedule(call.from).isOpen`:                              `schedule takes one name in quotes, like schedule("office").isOpen ()`,
		`schedule("a", "b").isOpen`:                               `undeclared schedule (schedule takes one name in quotes, like schedule("office").isOpen)`,
		`schedule.isOpen`:                                         `undeclared schedule (schedule takes one name in quotes, like schedule("office").isOpen)`,
		`schedule("office").reason == 3`:                          `== does not take string and int (put the value in quotes to compare text)`,
		`schedule("office").isOpen.reason == "x"`:                 `type 'bool' does not support field selection ()`,
		`schedule("office").reason`:                               `must be true or false, but it is string ()`,
		`shedule("office").isOpen`:                                `undeclared shedule (did you mean schedule?)`,
		`schedule("office").holiday.contains(1)`:                  `contains does not take string and int (put the value in quotes to compare text)`,
		`[schedule("office")] == []`:                              `schedule("office") is not a value by itself (write schedule("office").isOpen, .reason or .holiday)`,
	} {
		_, mistakes := compileExpression(text, p.vocabulary())
		if len(mistakes) == 0 {
			t.Errorf("%s: no mistake", text)
			continue
		}
		if got := mistakes[0].message + " (" + mistakes[0].hint + ")"; got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

// Nobody can write the variable behind schedule().
func TestSchedulesVariableCannotBeWritten(t *testing.T) {
	_, mistakes := compileExpression(`@schedules["office"].isOpen`, hoursPlan(t, "").vocabulary())
	if len(mistakes) == 0 || !strings.HasPrefix(mistakes[0].message, "syntax error") {
		t.Errorf("mistakes %v", mistakes)
	}
}
