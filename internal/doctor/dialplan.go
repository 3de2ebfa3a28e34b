package doctor

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// sockets looks for the socket actions of the dialplan: are there any, with
// the options we need, without what cuts calls, and does somebody answer at
// their addresses. Addresses are tried from this machine, which need not be
// the switch's.
func (e *examination) sockets(reach reachFunc) {
	text, ok := e.ask("dialplan", "xml_locate", "dialplan")
	if !ok {
		return
	}
	doc, err := parseXML(text)
	if err != nil {
		e.add(Unknown, "dialplan", "the switch's answer is no XML: "+err.Error(), "")
		return
	}
	actions := socketActions(doc)
	if len(actions) == 0 {
		e.add(Broken, "dialplan", "no socket action anywhere: no call is handed over",
			"copy freeswitch-conf/dialplan/switchyard.xml into the context your calls arrive in and run reloadxml")
		return
	}
	e.resume(doc)
	tried := map[string]bool{}
	for _, a := range actions {
		e.options(a)
		for _, address := range a.addresses {
			if tried[address] {
				continue
			}
			tried[address] = true
			if err := reach(e.ctx, address); err != nil {
				e.add(Broken, "socket "+address, fmt.Sprintf("nobody answers there: %v", err), "start `switchyard serve`, or correct the address (esl.listen in its settings)")
				continue
			}
			e.add(Fine, "socket "+address, "somebody listens there", "")
		}
	}
}

func (e *examination) options(a socketAction) {
	what := "context " + a.context
	for _, option := range []string{"async", "full"} {
		if !slices.Contains(a.options, option) {
			e.add(Broken, what, fmt.Sprintf("the socket action %q lacks %q", a.data, option), `write data="ADDRESS:PORT async full"`)
			return
		}
	}
	e.add(Fine, what, "hands calls over to "+strings.Join(a.addresses, ", "), "")
}

// resume warns of socket_resume: with it a bridged call is cut when a server
// goes away (measured).
func (e *examination) resume(doc element) {
	for _, a := range doc.all("action") {
		if a.attr("application") == "set" && strings.HasPrefix(strings.ReplaceAll(a.attr("data"), " ", ""), "socket_resume=true") {
			e.add(Risky, "socket_resume", "set in the dialplan: a server that stops would cut the calls that are connected", "remove it")
			return
		}
	}
}

// socketAction is one socket application in the dialplan.
type socketAction struct {
	context   string
	data      string
	addresses []string
	options   []string
}

func socketActions(doc element) []socketAction {
	var out []socketAction
	for _, c := range doc.all("context") {
		seen, vars := map[string]bool{}, setVariables(c)
		for _, a := range c.all("action") {
			data := os.Expand(a.attr("data"), func(name string) string { return vars[name] })
			if a.attr("application") != "socket" || seen[data] {
				continue
			}
			seen[data] = true
			fields := strings.Fields(data)
			if len(fields) == 0 {
				continue
			}
			out = append(out, socketAction{c.attr("name"), data, strings.Split(fields[0], "|"), fields[1:]})
		}
	}
	return out
}

// setVariables gives what a context's set actions say, for the ${…} of its
// socket actions.
func setVariables(context element) map[string]string {
	out := map[string]string{}
	for _, a := range context.all("action") {
		if name, value, ok := strings.Cut(a.attr("data"), "="); ok && a.attr("application") == "set" {
			out[name] = value
		}
	}
	return out
}
