package rig

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// layout is where one switch keeps its things and at which ports it listens.
type layout struct {
	root                         string
	sounds                       string
	internalPort, externalPort   int
	eslPort, downPort            int
	eslPassword                  string
	firstRTP, lastRTP            int
	servers, trunk, carrier, log string
	cdr                          CDR
	domains                      []string
	gateways                     map[string]string
	modules                      []string
}

func (l layout) dir(name string) string { return filepath.Join(l.root, name) }

// shippedServers and shippedTrunk are what the shipped dialplan says before
// the customer edits it; the rig edits the same two places.
const (
	shippedServers = "switchyard_servers=127.0.0.1:8084"
	shippedTrunk   = `      <!-- EDIT: your servers`
)

// render writes the configuration for l from the repository's files.
func render(l layout, repo string) error {
	for _, name := range []string{"conf", "log", "db", "run", "storage", "recordings", "cache", "tmp", "certs", "scripts"} {
		if err := os.MkdirAll(l.dir(name), 0o755); err != nil {
			return fmt.Errorf("make the switch's folders: %w", err)
		}
	}
	if err := os.CopyFS(l.dir("conf"), os.DirFS(filepath.Join(repo, "testdata", "freeswitch"))); err != nil {
		return fmt.Errorf("copy the switch's configuration: %w", err)
	}
	if err := os.CopyFS(l.dir("conf/switchyard"), os.DirFS(filepath.Join(repo, "freeswitch-conf"))); err != nil {
		return fmt.Errorf("copy the shipped dialplan: %w", err)
	}
	if err := editHandover(l); err != nil {
		return err
	}
	if err := errors.Join(addDomains(l), addGateways(l)); err != nil {
		return err
	}
	for _, module := range l.modules {
		if err := loadToo(l, module); err != nil {
			return err
		}
	}
	if l.cdr.URL != "" {
		if err := editCDR(l); err != nil {
			return err
		}
	}
	if err := os.WriteFile(l.dir("conf/vars.xml"), []byte(l.vars()), 0o600); err != nil {
		return fmt.Errorf("write the switch's variables: %w", err)
	}
	return nil
}

// editHandover does to the shipped dialplan what a customer does: names the
// servers and, if asked for, the trunk.
func editHandover(l layout) error {
	path := l.dir("conf/switchyard/dialplan/switchyard.xml")
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the shipped dialplan: %w", err)
	}
	edited := string(text)
	if strings.Count(edited, shippedServers) != 1 || strings.Count(edited, shippedTrunk) != 1 {
		return fmt.Errorf("the shipped dialplan %s has not the places that are to be edited", path)
	}
	edited = strings.Replace(edited, shippedServers, "switchyard_servers="+l.servers, 1)
	if l.trunk != "" {
		set := fmt.Sprintf("      <action application=\"set\" data=\"switchyard_trunk=%s\"/>\n", escape(l.trunk))
		edited = strings.Replace(edited, shippedTrunk, set+shippedTrunk, 1)
	}
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
		return fmt.Errorf("edit the shipped dialplan: %w", err)
	}
	return nil
}

// addDomains writes the directory of each further domain: a copy of acme.test.
func addDomains(l layout) error {
	if len(l.domains) == 0 {
		return nil
	}
	const first = "acme.test"
	text, err := os.ReadFile(l.dir("conf/directory/acme.xml"))
	if err != nil {
		return fmt.Errorf("read the directory of %s: %w", first, err)
	}
	for _, domain := range l.domains {
		copied := strings.ReplaceAll(string(text), first, escape(domain))
		if err := os.WriteFile(l.dir("conf/directory/more-"+domain+".xml"), []byte(copied), 0o600); err != nil {
			return fmt.Errorf("write the directory of %s: %w", domain, err)
		}
	}
	return nil
}

// addGateways adds the further gateways, set up as carrier-a is.
func addGateways(l layout) error {
	if len(l.gateways) == 0 {
		return nil
	}
	path := l.dir("conf/sip_profiles/external.xml")
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the trunks' profile: %w", err)
	}
	const begin = "  <gateways>\n"
	var b strings.Builder
	b.WriteString(begin)
	for _, name := range slices.Sorted(maps.Keys(l.gateways)) {
		fmt.Fprintf(&b, "    <gateway name=%q>\n", escape(name))
		for _, param := range []struct{ name, value string }{
			{"username", "switchyard"}, {"password", "not-used"}, {"realm", l.gateways[name]}, {"proxy", l.gateways[name]},
			{"register", "false"}, {"caller-id-in-from", "true"},
		} {
			fmt.Fprintf(&b, "      <param name=%q value=%q/>\n", param.name, escape(param.value))
		}
		b.WriteString("    </gateway>\n")
	}
	edited := strings.Replace(string(text), begin, b.String(), 1)
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
		return fmt.Errorf("edit the trunks' profile: %w", err)
	}
	return nil
}

// editCDR does to the shipped json_cdr.conf.xml what a customer does, and has the
// module loaded.
func editCDR(l layout) error {
	text, err := os.ReadFile(l.dir("conf/switchyard/autoload_configs/json_cdr.conf.xml"))
	if err != nil {
		return fmt.Errorf("read the shipped configuration of mod_json_cdr: %w", err)
	}
	edited := string(text)
	for shipped, ours := range map[string]string{
		`value="http://127.0.0.1:8080/switch/cdr"`: `value="` + escape(l.cdr.URL) + `"`,
		`value="switchyard:change-me"`:             `value="` + escape(l.cdr.User+":"+l.cdr.Password) + `"`,
		`value="/var/log/freeswitch/json_cdr"`:     `value="` + escape(l.cdr.Folder) + `"`,
	} {
		if strings.Count(edited, shipped) != 1 {
			return fmt.Errorf("the shipped configuration of mod_json_cdr has not the one place %s to be edited", shipped)
		}
		edited = strings.Replace(edited, shipped, ours, 1)
	}
	if err := os.WriteFile(l.dir("conf/autoload_configs/json_cdr.conf.xml"), []byte(edited), 0o600); err != nil {
		return fmt.Errorf("edit the configuration of mod_json_cdr: %w", err)
	}
	return loadToo(l, "mod_json_cdr")
}

// loadToo adds a module to those that are loaded.
func loadToo(l layout, module string) error {
	path := l.dir("conf/autoload_configs/modules.conf.xml")
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the list of modules: %w", err)
	}
	const end = "  </modules>"
	edited := strings.Replace(string(text), end, fmt.Sprintf("    <load module=%q/>\n", module)+end, 1)
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
		return fmt.Errorf("edit the list of modules: %w", err)
	}
	return nil
}

// logLevels are FreeSWITCH's levels from the loudest, as logfile.conf lists them.
var logLevels = []string{"debug", "info", "notice", "warning", "err", "crit", "alert"}

func (l layout) vars() string {
	level := cmp.Or(l.log, "info")
	levels := strings.Join(logLevels, ",")
	if at := strings.Index(levels, level); at >= 0 {
		levels = levels[at:]
	}
	var b strings.Builder
	b.WriteString("<include>\n")
	for _, v := range []struct{ name, value string }{
		{"switchname", "test-switch"},
		{"loglevel", level},
		{"log_levels", levels},
		{"internal_sip_port", fmt.Sprint(l.internalPort)},
		{"external_sip_port", fmt.Sprint(l.externalPort)},
		{"rtp_start_port", fmt.Sprint(l.firstRTP)},
		{"rtp_end_port", fmt.Sprint(l.lastRTP)},
		{"esl_port", fmt.Sprint(l.eslPort)},
		{"esl_password", l.eslPassword},
		{"carrier_a", l.carrier},
		{"carrier_down", fmt.Sprintf("127.0.0.1:%d", l.downPort)},
	} {
		fmt.Fprintf(&b, "  <X-PRE-PROCESS cmd=\"set\" data=\"%s=%s\"/>\n", v.name, escape(v.value))
	}
	b.WriteString("</include>\n")
	return b.String()
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes every write
	return b.String()
}

// repository finds the top of the source tree from the working directory.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "freeswitch-conf")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("find the repository: no folder above %s has freeswitch-conf in it", dir)
		}
	}
}
