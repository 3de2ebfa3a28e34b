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
		`schedule("a", "b").isOpen`:                               `schedule is not written like this (schedule takes one name in quotes, like schedule("office").isOpen)`,
		`schedule.isOpen`:                                         `schedule is not written like this (schedule takes one name in quotes, like schedule("office").isOpen)`,
		`schedule("office").reason == 3`:                          `== cannot compare text with a number (put the value in quotes to compare text)`,
		`schedule("office").isOpen.reason == "x"`:                 `true or false has no parts behind a dot ()`,
		`schedule("office").reason`:                               `must be true or false, but it is text (compare it with something, as in call.from == "+13055550111")`,
		`shedule("office").isOpen`:                                `unknown function shedule (did you mean schedule?)`,
		`schedule("office").holiday.contains(1)`:                  `contains cannot be used on text with a number (write call.callerName.contains("Bob"))`,
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
	if len(mistakes) == 0 || !strings.HasPrefix(mistakes[0].message, "@ means nothing") {
		t.Errorf("mistakes %v", mistakes)
	}
}
