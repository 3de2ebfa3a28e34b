package routing

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	maxPromptFile = 120
	maxPromptText = 2000
)

var (
	promptFilePattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\.(wav|ogg|mp3)$`)
	languagePattern   = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z]{2})?$`)
	voicePattern      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+_-]{0,63}$`)
)

const (
	promptHint   = "one of file, tone and text; a file may have a text beside it"
	fileHint     = "like main.wav or de/main.wav: letters, digits, _ . - in each part, at most 120 characters, ending in .wav, .ogg or .mp3"
	languageHint = "like en or en-US"
	voiceHint    = "letters, digits, + _ - and at most 64 characters, beginning with a letter or digit"
	// notSpoken are characters that mean something to FreeSWITCH or a shell and
	// nothing to somebody who listens.
	notSpoken = "${}|<>\\`"
)

// prompt checks a prompt and gives it as it is kept: a text's line breaks are
// blanks. false: there is none.
func (t *tenantCompiler) prompt(p Prompt, what string, at path) (Prompt, bool) {
	p.Text = strings.Join(strings.Fields(p.Text), " ")
	kinds := 0
	for _, there := range []bool{p.File != "", p.Tone != "", p.Text != ""} {
		if there {
			kinds++
		}
	}
	switch {
	case kinds == 0:
		t.add(at, "no "+what, promptHint)
		return p, false
	case p.Tone != "" && kinds > 1, kinds > 2:
		t.add(at, "a tone together with something else", promptHint)
	}
	t.promptSound(p, at)
	t.spoken(p, at)
	return p, true
}

func (t *tenantCompiler) promptSound(p Prompt, at path) {
	if p.File != "" && (len(p.File) > maxPromptFile || strings.Contains(p.File, "..") || !promptFilePattern.MatchString(p.File)) {
		t.add(at.with("file"), fmt.Sprintf("%q cannot be a file", p.File), fileHint)
	}
	if p.Tone != "" {
		if _, wrong := parseTone(p.Tone); wrong.message != "" {
			t.add(at.with("tone"), wrong.message, wrong.hint)
		}
	}
}

func (t *tenantCompiler) spoken(p Prompt, at path) {
	t.printable(p.Text, maxPromptText, at.with("text"))
	if i := strings.IndexAny(p.Text, notSpoken); i >= 0 {
		t.add(at.with("text"), fmt.Sprintf("has the character %q, which cannot be spoken", p.Text[i]), "none of $ { } | < > \\ `")
	}
	t.language(p.Language, at.with("language"))
	if p.Voice != "" {
		t.matching(p.Voice, "voice", voicePattern, at.with("voice"), voiceHint)
	}
	if p.Text == "" && p.Voice != "" {
		t.warn(at.with("voice"), "does nothing: there is no text to be spoken", "")
	}
}

// language checks a language that may be left out.
func (t *tenantCompiler) language(text string, at path) {
	if text != "" {
		t.matching(text, "language", languagePattern, at, languageHint)
	}
}

// promptBeside is prompt for one that may be left out.
func (t *tenantCompiler) promptBeside(p *Prompt, what string, at path) *Prompt {
	if p == nil {
		return nil
	}
	if checked, ok := t.prompt(*p, what, at); ok {
		return &checked
	}
	return nil
}
