package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// fake answers like a FreeSWITCH that is fine, except where a test says not.
type fake map[string]string

func (f fake) API(_ context.Context, name, argument string) (string, error) {
	key := strings.TrimSpace(name + " " + argument)
	text, ok := f[key]
	if !ok {
		return "", errors.New("unexpected question: " + key)
	}
	if text == "broken" {
		return "", errors.New("connection reset")
	}
	return text, nil
}

func healthy() fake {
	f := fake{
		"version": "FreeSWITCH Version 1.11.3-release+git~x (git x)",
		"xml_locate configuration configuration name switch.conf": `<configuration name="switch.conf"><settings><param name="api-expansion" value="false"/></settings></configuration>`,
		"xml_locate configuration configuration name sofia.conf":  `<configuration><profiles><profile name="external"><settings><param name="rtp-timer-name" value="soft"/></settings></profile></profiles></configuration>`,
		"xml_locate dialplan": `<section name="dialplan"><context name="public"><extension><condition><action application="set" data="servers=127.0.0.1:8084|10.0.0.2:8084"/><action application="socket" data="${servers} async full"/></condition></extension></context></section>`,
	}
	for _, m := range []string{"mod_event_socket", "mod_dptools", "mod_sofia", "mod_commands", "mod_voicemail"} {
		f["module_exists "+m] = "true"
	}
	return f
}

func answers(context.Context, string) error { return nil }

func TestAHealthySwitchIsFine(t *testing.T) {
	for _, f := range Examine(context.Background(), healthy(), "secret", answers) {
		if f.Level != Fine {
			t.Errorf("%+v", f)
		}
	}
}

func TestEachTroubleIsFoundAndSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(fake)
		password string
		reach    reachFunc
		what     string
		level    Level
	}{
		"old release":         {change: func(f fake) { f["version"] = "FreeSWITCH Version 1.11.1-release" }, what: "version", level: Risky},
		"no release":          {change: func(f fake) { f["version"] = "from source" }, what: "version", level: Unknown},
		"shipped password":    {password: "ClueCon", what: "event socket password", level: Risky},
		"module missing":      {change: func(f fake) { f["module_exists mod_sofia"] = "false" }, what: "mod_sofia", level: Broken},
		"no voicemail":        {change: func(f fake) { f["module_exists mod_voicemail"] = "false" }, what: "mod_voicemail", level: Risky},
		"no socket action":    {change: func(f fake) { f["xml_locate dialplan"] = "<section/>" }, what: "dialplan", level: Broken},
		"dialplan unreadable": {change: func(f fake) { f["xml_locate dialplan"] = "-ERR" }, what: "dialplan", level: Unknown},
		"socket not full":     {change: func(f fake) { f["xml_locate dialplan"] = strings.Replace(f["xml_locate dialplan"], " full", "", 1) }, what: "context public", level: Broken},
		"socket_resume": {change: func(f fake) {
			f["xml_locate dialplan"] = strings.Replace(f["xml_locate dialplan"], "<condition>", `<condition><action application="set" data="socket_resume=true"/>`, 1)
		}, what: "socket_resume", level: Risky},
		"server not there": {reach: func(_ context.Context, a string) error {
			if strings.HasPrefix(a, "10.") {
				return errors.New("refused")
			}
			return nil
		}, what: "socket 10.0.0.2:8084", level: Broken},
		"api-expansion on": {change: func(f fake) { f["xml_locate configuration configuration name switch.conf"] = "<configuration/>" }, what: "api-expansion", level: Risky},
		"rtp timer missing": {change: func(f fake) {
			f["xml_locate configuration configuration name sofia.conf"] = `<profile name="external"/>`
		}, what: "profile external", level: Risky},
		"switch gone": {change: func(f fake) { f["version"] = "broken" }, what: "version", level: Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy()
			if c.change != nil {
				c.change(f)
			}
			password, reach := "secret", reachFunc(answers)
			if c.password != "" {
				password = c.password
			}
			if c.reach != nil {
				reach = c.reach
			}
			for _, got := range Examine(context.Background(), f, password, reach) {
				if got.What == c.what && got.Level == c.level {
					if got.Do == "" && got.Level != Unknown {
						t.Errorf("does not say what to do: %+v", got)
					}
					return
				}
			}
			t.Errorf("not found: %s %s", c.level, c.what)
		})
	}
}
