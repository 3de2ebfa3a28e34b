package routing

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

const (
	maxCallerIDPrefix = 32
	maxTags           = 16 // of one rule or menu
	maxTag            = 64
	maxTagsInAll      = 64 // of one call
	maxPriority       = 10
)

// accountCodePattern has only characters that mean nothing in a dial string, and
// nothing that leads elsewhere in a name of a file: FreeSWITCH's mod_cdr_csv
// writes to a file named after the account code.
var accountCodePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

const accountCodeHint = "letters, digits, _ . - and at most 64 characters, beginning with a letter or digit"

// IsZero tells that nothing is set.
func (s RuleSet) IsZero() bool {
	return s.CallerIDPrefix == "" && len(s.Tags) == 0 && s.Language == "" && s.Recording == nil && s.Priority == 0 && s.AccountCode == ""
}

// with gives what is set once later sets its own: the later value counts, tags
// add up, each once. Neither of the two is changed.
func (s RuleSet) with(later RuleSet) RuleSet {
	if s.IsZero() {
		return later
	}
	later.CallerIDPrefix = cmp.Or(later.CallerIDPrefix, s.CallerIDPrefix)
	later.Language = cmp.Or(later.Language, s.Language)
	later.Recording = cmp.Or(later.Recording, s.Recording)
	later.Priority = cmp.Or(later.Priority, s.Priority)
	later.AccountCode = cmp.Or(later.AccountCode, s.AccountCode)
	later.Tags = addTags(s.Tags, later.Tags)
	return later
}

func addTags(tags, more []string) []string {
	if len(more) == 0 {
		return tags
	}
	all := slices.Clip(tags)
	for _, tag := range more {
		if len(all) < maxTagsInAll && !slices.Contains(all, tag) {
			all = append(all, tag)
		}
	}
	return all
}

// Facts gives what is set as the facts of a call's record have it: "set
// accountCode": "4711". Tags are not among them, the record keeps those itself.
func (s RuleSet) Facts() map[string]string {
	facts := map[string]string{}
	put := func(key, value string) {
		if value != "" {
			facts["set "+key] = value
		}
	}
	put("callerIdPrefix", s.CallerIDPrefix)
	put("language", s.Language)
	put("accountCode", s.AccountCode)
	if s.Recording != nil {
		put("recording", strconv.FormatBool(*s.Recording))
	}
	if s.Priority != 0 {
		put("priority", strconv.Itoa(s.Priority))
	}
	return facts
}

// ruleSet checks what a rule or a menu sets on a call.
func (t *tenantCompiler) ruleSet(set RuleSet, at path) {
	t.language(set.Language, at.with("language"))
	t.printable(set.CallerIDPrefix, maxCallerIDPrefix, at.with("callerIdPrefix"))
	t.within(set.Priority, maxPriority, at.with("priority"))
	if set.AccountCode != "" && !accountCodePattern.MatchString(set.AccountCode) {
		t.add(at.with("accountCode"), fmt.Sprintf("%q is no account code", set.AccountCode), accountCodeHint)
	}
	if len(set.Tags) > maxTags {
		t.add(at.with("tags"), fmt.Sprintf("more than %d tags", maxTags), "")
	}
	for i, tag := range set.Tags {
		if tag == "" {
			t.add(at.with("tags", i), "an empty tag", "")
		}
		t.printable(tag, maxTag, at.with("tags", i))
	}
}
