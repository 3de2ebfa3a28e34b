package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"switchyard/dialplan"
	"switchyard/internal/delivery"
	"switchyard/internal/live"
)

// settings are how one server runs: what `serve --config FILE` reads. Every
// key can be given by the environment instead, as SWITCHYARD_ and the key's
// path: SWITCHYARD_ESL_LISTEN.
type settings struct {
	// Name tells this server from others on the same database; default the
	// host's. A restarted server goes by a new instance of it.
	Name string `yaml:"name"`
	ESL  struct {
		Listen      string   `yaml:"listen"`      // where FreeSWITCH connects
		Allow       []string `yaml:"allow"`       // addresses or networks of the switches; default loopback
		MaxSessions int      `yaml:"maxSessions"` // calls at once
	} `yaml:"esl"`
	HTTP struct {
		Listen string `yaml:"listen"` // health, metrics, commands
	} `yaml:"http"`
	Database string `yaml:"database"` // postgres://…; empty: SQLite in DataDir
	DataDir  string `yaml:"dataDir"`
	// PlanMemory is what compiled plans of tenants may take, about: 512MiB, 2GiB.
	PlanMemory string `yaml:"planMemory"`
	// OperatorKey opens the HTTP endpoint; empty: made once and kept in DataDir.
	OperatorKey string `yaml:"operatorKey"`
	// SecretKey (32 bytes, base64) encrypts stored secrets; empty: made once
	// and kept in DataDir.
	SecretKey string `yaml:"secretKey"`
	// Switches are asked about calls whose session is gone, and tell of every
	// channel that ends: their inbound event sockets, esl://:password@host:port.
	Switches []string `yaml:"switches"`
	CDR      struct {
		User     string   `yaml:"user"`     // for mod_json_cdr's posts
		Password string   `yaml:"password"` // empty: made once and kept in DataDir
		Folders  []string `yaml:"folders"`  // where mod_json_cdr leaves what it could not post
	} `yaml:"cdr"`
	Webhooks struct {
		Allow     []string `yaml:"allow"`     // inside addresses webhooks may go to: network:port
		PlainHTTP bool     `yaml:"plainHTTP"` // http:// also to public addresses
		Lease     string   `yaml:"lease"`     // how long others wait for a server that was killed while it sent
	} `yaml:"webhooks"`
	Retention struct {
		Calls  string `yaml:"calls"`  // records of calls; 0: for ever
		Events string `yaml:"events"` // events, deliveries and their attempts
	} `yaml:"retention"`
	Prompts struct {
		Confirm string `yaml:"confirm"` // what who has to press 1 to accept hears; a file on the switch
		// Folder is on the switch. Each tenant has a folder named by its id below it.
		Folder string `yaml:"folder"`
	} `yaml:"prompts"`
	Recordings struct {
		Folder string `yaml:"folder"` // on the switch, which makes the folders of tenants and days
	} `yaml:"recordings"`
	Speech speechSettings `yaml:"speech"`
	Log    struct {
		Level  string `yaml:"level"`  // debug, info, warn, error
		Format string `yaml:"format"` // json, console
	} `yaml:"log"`
	Grace string `yaml:"grace"` // how long a stop waits for calls to end by themselves
}

func defaultSettings() settings {
	var s settings
	s.ESL.Listen = "127.0.0.1:8084"
	s.ESL.MaxSessions = 5000
	s.HTTP.Listen = "127.0.0.1:8080"
	s.DataDir = "./var"
	s.PlanMemory = "512MiB"
	s.CDR.User = "switchyard"
	s.Webhooks.Lease = "40s"
	s.Retention.Calls, s.Retention.Events = "0", "30d"
	s.Prompts.Confirm = "ivr/ivr-to_accept_press_one.wav"
	s.Prompts.Folder = "/var/lib/switchyard/prompts"
	s.Recordings.Folder = "/var/lib/voip-recordings"
	s.Log.Level = "info"
	s.Log.Format = "json"
	s.Grace = "5s"
	return s
}

// readSettings reads the file, if one is named, and lays the environment over
// it. Errors name the file's line and column.
func readSettings(file string, env func(string) string) (settings, error) {
	s := defaultSettings()
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return s, usage{fmt.Errorf("read settings: %w", err)}
		}
		err = yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&s)
		switch {
		case errors.Is(err, io.EOF): // it says nothing, all of it may be commented out
			s = defaultSettings()
		case err != nil:
			return s, badSettings(file, err)
		}
	}
	for name, target := range map[string]*string{
		"ESL_LISTEN": &s.ESL.Listen, "HTTP_LISTEN": &s.HTTP.Listen, "DATABASE": &s.Database, "DATADIR": &s.DataDir, "PLANMEMORY": &s.PlanMemory,
		"NAME": &s.Name, "CDR_USER": &s.CDR.User, "CDR_PASSWORD": &s.CDR.Password, "WEBHOOKS_LEASE": &s.Webhooks.Lease,
		"RETENTION_CALLS": &s.Retention.Calls, "RETENTION_EVENTS": &s.Retention.Events,
		"PROMPTS_CONFIRM": &s.Prompts.Confirm, "PROMPTS_FOLDER": &s.Prompts.Folder, "RECORDINGS_FOLDER": &s.Recordings.Folder,
		"SPEECH_ENGINE": &s.Speech.Engine, "SPEECH_VOICE": &s.Speech.Voice, "SPEECH_FOLDER": &s.Speech.Folder, "SPEECH_SWITCHFOLDER": &s.Speech.SwitchFolder,
		"OPERATORKEY": &s.OperatorKey, "SECRETKEY": &s.SecretKey, "LOG_LEVEL": &s.Log.Level, "LOG_FORMAT": &s.Log.Format, "GRACE": &s.Grace,
	} {
		if v := env("SWITCHYARD_" + name); v != "" {
			*target = v
		}
	}
	for name, target := range map[string]*[]string{
		"ESL_ALLOW": &s.ESL.Allow, "WEBHOOKS_ALLOW": &s.Webhooks.Allow, "SWITCHES": &s.Switches, "CDR_FOLDERS": &s.CDR.Folders,
		"SPEECH_COMMAND": &s.Speech.Command,
	} {
		if v := env("SWITCHYARD_" + name); v != "" {
			*target = splitList(v)
		}
	}
	if v := env("SWITCHYARD_ESL_MAXSESSIONS"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return s, usage{fmt.Errorf("SWITCHYARD_ESL_MAXSESSIONS: %q is no whole number", v)}
		}
		s.ESL.MaxSessions = n
	}
	if v := env("SWITCHYARD_WEBHOOKS_PLAINHTTP"); v != "" {
		b, err := strconv.ParseBool(v)
		if err != nil {
			return s, usage{fmt.Errorf("SWITCHYARD_WEBHOOKS_PLAINHTTP: %q is neither true nor false", v)}
		}
		s.Webhooks.PlainHTTP = b
	}
	return s, nil
}

func splitList(text string) []string {
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

func badSettings(file string, err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		return usage{fmt.Errorf("%s:%d:%d: %s", file, p.Line, p.Column, at.GetMessage())}
	}
	return usage{fmt.Errorf("%s: %w", file, err)}
}

func (s settings) maxSessions() (int, error) {
	if s.ESL.MaxSessions < 1 {
		return 0, usage{fmt.Errorf("esl.maxSessions: %d is less than 1", s.ESL.MaxSessions)}
	}
	return s.ESL.MaxSessions, nil
}

// planMemory is in bytes.
func (s settings) planMemory() (int64, error) {
	for unit, bytes := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		digits, ok := strings.CutSuffix(s.PlanMemory, unit)
		if !ok {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32); err == nil && n > 0 {
			return n * bytes, nil
		}
	}
	return 0, usage{fmt.Errorf("planMemory: %q is no size like 512MiB or 2GiB", s.PlanMemory)}
}

func (s settings) allowedPeers() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range s.ESL.Allow {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p)
			continue
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, usage{fmt.Errorf("esl.allow: %q is neither an address nor a network (10.0.0.0/8)", text)}
		}
		out = append(out, netip.PrefixFrom(a, a.BitLen()))
	}
	return out, nil
}

func (s settings) webhookTargets() ([]delivery.Target, error) {
	var out []delivery.Target
	for _, text := range s.Webhooks.Allow {
		t, err := delivery.ParseTarget(text)
		if err != nil {
			return nil, usage{fmt.Errorf("webhooks.allow: %w", err)}
		}
		out = append(out, t)
	}
	return out, nil
}

func (s settings) grace() (time.Duration, error) {
	d, err := time.ParseDuration(s.Grace)
	if err != nil || d < 0 {
		return 0, usage{fmt.Errorf("grace: %q is no duration (5s, 1m)", s.Grace)}
	}
	return d, nil
}

// lease bounds attempts too: none takes longer than three quarters of it.
func (s settings) lease() (time.Duration, error) {
	d, err := time.ParseDuration(s.Webhooks.Lease)
	if err != nil || d < 4*time.Second {
		return 0, usage{fmt.Errorf("webhooks.lease: %q is no duration of 4 s or more (40s)", s.Webhooks.Lease)}
	}
	return d, nil
}

// retention gives how long calls and events are kept; 0: for ever.
func (s settings) retention() (calls, events time.Duration, err error) {
	if calls, err = days("retention.calls", s.Retention.Calls); err != nil {
		return 0, 0, err
	}
	if events, err = days("retention.events", s.Retention.Events); err != nil {
		return 0, 0, err
	}
	if calls != 0 && (events == 0 || events > calls) {
		return 0, 0, usage{fmt.Errorf("retention: events (%s) are kept longer than the calls (%s) they belong to", s.Retention.Events, s.Retention.Calls)}
	}
	return calls, events, nil
}

// days reads 30d or any of Go's durations.
func days(key, text string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(text, "d"); ok {
		if d, err := strconv.Atoi(n); err == nil && d >= 0 && d <= 36500 {
			return time.Duration(d) * 24 * time.Hour, nil
		}
	} else if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	return 0, usage{fmt.Errorf("%s: %q is no duration (30d, 12h, 0 for ever)", key, text)}
}

// switchAddresses gives where the switches' inbound event sockets are.
func (s settings) switchAddresses() ([]live.Address, error) {
	var out []live.Address
	for _, text := range s.Switches {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "esl" || u.Host == "" || u.User == nil {
			return nil, usage{errors.New("switches: one is not written esl://:password@host:port")} // not shown: it has a password in it
		}
		password, _ := u.User.Password()
		host := u.Host
		if u.Port() == "" {
			host = net.JoinHostPort(u.Hostname(), "8021")
		}
		out = append(out, live.Address{Address: host, Password: password})
	}
	return out, nil
}

// serverName is who drives calls here, different after every start: the calls
// of the one before have nobody any more.
func (s settings) serverName() string {
	name := s.Name
	if name == "" {
		name, _ = os.Hostname() // without one the rest of the name tells servers apart
	}
	return name + "-" + hex.EncodeToString(randomBytes(4))
}

// usage marks an error the person at the command can fix: exit code 2.
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

// confirmPrompt is the file that asks to accept a call.
func (s *settings) confirmPrompt() (dialplan.Prompt, error) {
	prompt, err := dialplan.ParsePrompt(s.Prompts.Confirm)
	if err != nil {
		return prompt, usage{fmt.Errorf("prompts.confirm: %w", err)}
	}
	return prompt, nil
}
