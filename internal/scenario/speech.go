package scenario

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
)

// Folders of the switch, the same in every scenario.
const (
	promptFolder    = "/prompts"
	recordingFolder = "/recordings"
	speechFolder    = "/speech"
)

// Speech is how texts are spoken, as the file says it.
type Speech struct {
	Engine  string  `yaml:"engine"` // an engine of the switch
	Voice   string  `yaml:"voice"`
	Missing bool    `yaml:"engineMissing"` // the switch does not have it
	Command Command `yaml:"command"`
}

// Command is how the command does that makes files of texts; a closed set.
type Command string

// The ways; empty: there is no such command.
const (
	CommandWorks     Command = "works"
	CommandFails     Command = "fails"
	CommandHangs     Command = "hangs"     // until it is given up
	CommandElsewhere Command = "elsewhere" // its files do not reach the switch
)

// prompts are what the server says callers hear.
func (s *Scenario) prompts(files map[string]time.Duration) (handlers.Prompts, error) {
	folder, err := dialplan.ParseFolder(promptFolder)
	if err != nil {
		return handlers.Prompts{}, err
	}
	p := handlers.Prompts{Folder: folder}
	if s.Speech.Engine != "" {
		if p.Engine, err = dialplan.ParseVoice(s.Speech.Engine); err != nil {
			return p, err
		}
	}
	if s.Speech.Voice != "" {
		if p.Voice, err = dialplan.ParseVoice(s.Speech.Voice); err != nil {
			return p, err
		}
	}
	switch s.Speech.Command {
	case "":
	case CommandWorks, CommandFails, CommandHangs, CommandElsewhere:
		p.Speech = &renderer{how: s.Speech.Command, files: files}
	default:
		return p, fmt.Errorf("section speech: no command %q", s.Speech.Command)
	}
	return p, nil
}

// renderer is a handlers.Speech for one call, whose files have names one can
// read.
type renderer struct {
	how Command
	// files are those of the switch; nil: it has every file.
	files map[string]time.Duration
}

// spokenFor is how long a character is spoken.
const spokenFor = 70 * time.Millisecond

// Render implements handlers.Speech.
func (r *renderer) Render(ctx context.Context, text, language, voice string) (string, error) {
	switch r.how {
	case CommandFails:
		return "", errors.New("exit status 1")
	case CommandHangs:
		<-ctx.Done()
		return "", ctx.Err()
	case CommandWorks, CommandElsewhere:
	}
	var parts []string
	for _, part := range []string{language, voice, fileName(text)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	file := speechFolder + "/" + strings.Join(parts, "/") + ".wav"
	if r.how == CommandWorks {
		r.files[file] = time.Duration(len(text)) * spokenFor
	}
	return file, nil
}

// fileName makes a file's name of the beginning of a text.
func fileName(text string) string {
	name := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		default:
			return '-'
		}
	}, strings.ToLower(text))
	return strings.Trim(name[:min(len(name), 40)], "-")
}

// switchFiles are the files the switch has.
func (s *Scenario) switchFiles(tenant string) map[string]time.Duration {
	files := map[string]time.Duration{confirmPrompt: confirmLength}
	for name, length := range s.Files {
		if !strings.HasPrefix(name, "/") {
			name = promptFolder + "/" + tenant + "/" + name
		}
		files[name] = time.Duration(length)
	}
	return files
}

const confirmLength = 2 * time.Second

// engines are the speech engines the switch has.
func (s *Scenario) engines() []string {
	if s.Speech.Engine == "" || s.Speech.Missing {
		return nil
	}
	return []string{s.Speech.Engine}
}
