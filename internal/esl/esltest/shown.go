package esltest

import "strings"

// show sets what the leg's phone is shown of the caller, as measured: a leg's
// own caller id wins over that of the caller's channel, and headers set for a
// leg over those of the caller, of which FreeSWITCH passes on X-… and Diversion
// unless it is told not to.
func (l *leg) show() {
	c := l.c
	l.shownName = firstSet(l.vars["origination_caller_id_name"], c.vars.get("effective_caller_id_name"), c.profile.name)
	l.shownNumber = firstSet(l.vars["origination_caller_id_number"], c.vars.get("effective_caller_id_number"), c.profile.number)
	l.headers = map[string]string{}
	if v := c.vars.get("sip_copy_custom_headers"); v == "" || isTrue(v) {
		for _, v := range c.vars.list {
			name, ok := strings.CutPrefix(v.name, "sip_h_")
			if ok && (strings.HasPrefix(name, "X-") || name == "Diversion") {
				l.headers[name] = v.value
			}
		}
	}
	for name, value := range l.vars {
		if header, ok := strings.CutPrefix(name, "sip_h_"); ok {
			l.headers[header] = value
		}
	}
}

func firstSet(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
