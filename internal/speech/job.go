package speech

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const (
	maxText         = 8000 // bytes
	defaultLanguage = "en"
	extension       = ".wav"
)

// job is a text to be rendered.
type job struct {
	name     string // of its file
	text     string
	language string
	words    []string // of the command, all but {file} in place
}

func (r *Renderer) job(text, language, voice string) (job, error) {
	if language == "" {
		language = defaultLanguage
	}
	if voice == "" {
		voice = r.opts.Voice
	}
	text = strings.TrimSpace(strings.ToValidUTF8(text, " "))
	switch {
	case text == "":
		return job{}, errors.New("there is no text to render")
	case len(text) > maxText:
		return job{}, fmt.Errorf("a text of %d bytes is not rendered, the most is %d", len(text), maxText)
	case !isTag(language):
		return job{}, fmt.Errorf("%q is no language", language)
	case voice != "" && !isTag(voice):
		return job{}, fmt.Errorf("%q is no voice", voice)
	}
	j := job{text: text, language: language, words: make([]string, len(r.opts.Command))}
	fill := strings.NewReplacer("{language}", language, "{voice}", voice)
	for i, word := range r.opts.Command {
		j.words[i] = fill.Replace(word)
	}
	key, err := json.Marshal([]any{r.opts.Command, text, language, voice})
	if err != nil {
		return job{}, err
	}
	sum := sha256.Sum256(key)
	j.name = hex.EncodeToString(sum[:]) + extension
	return j, nil
}

// isTag tells that a tenant's word can be a word of the command, or a part of
// one: it is no option and no path.
func isTag(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '-' || s[0] == '.' {
		return false
	}
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("-_.+", rune(c)) {
			return false
		}
	}
	return true
}
