package dialplan

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Sound is something a channel can hear. It is made of typed parts only; the
// zero value is none.
type Sound struct {
	s string
	// pieces: it is a file, which is played in pieces of PieceLength.
	pieces bool
}

// String is how FreeSWITCH names it.
func (s Sound) String() string { return s.s }

// IsZero tells that there is nothing to be heard.
func (s Sound) IsZero() bool { return s == Sound{} }

// PieceLength is how long a file plays until FreeSWITCH asks us how to go on. A
// server that dies strands no caller for longer, however long the file is.
const PieceLength = 20 * time.Second

// FileSound plays a file.
func FileSound(p Prompt) Sound { return Sound{s: p.s, pieces: true} }

// SilenceSound is silence: it is how a caller is waited for. Audio goes on, so
// that neither side takes the call for dead. From 1 ms to PieceLength.
func SilenceSound(d time.Duration) Sound {
	return Sound{s: "silence_stream://" + strconv.FormatInt(min(max(d, time.Millisecond), PieceLength).Milliseconds(), 10)}
}

// ToneSound plays tones.
func ToneSound(t Tone) Sound { return Sound{s: "tone_stream://" + t.s} }

// SpokenSound lets the engine of Speech say a text.
func SpokenSound(t SpokenText) Sound { return Sound{s: "say:" + t.s} }

// Tone is a tone stream in FreeSWITCH's tone language, see ParseTone.
type Tone struct{ s string }

func (t Tone) String() string { return t.s }

const (
	maxToneLength = PieceLength
	maxToneText   = 200
	maxToneLoops  = 100
	maxToneHertz  = 4000
)

// ParseTone accepts %(on,off,frequency[,frequency…]), several after each other,
// and ;loops=N behind them: milliseconds and Hz, at most PieceLength in all.
func ParseTone(text string) (Tone, error) {
	if len(text) > maxToneText {
		return Tone{}, fmt.Errorf("a tone longer than %d characters", maxToneText)
	}
	body, loops, err := toneLoops(text)
	if err != nil {
		return Tone{}, err
	}
	var once time.Duration
	for body != "" {
		inside, rest, closed := strings.Cut(body, ")")
		inside, opened := strings.CutPrefix(inside, "%(")
		if !opened || !closed {
			return Tone{}, fmt.Errorf("tone %q is not written like %%(500,200,440)", text)
		}
		length, err := toneLength(inside)
		if err != nil {
			return Tone{}, err
		}
		once, body = once+length, rest
	}
	switch whole := once * time.Duration(loops); {
	case once == 0:
		return Tone{}, errors.New("a tone of no length")
	case whole > maxToneLength:
		return Tone{}, fmt.Errorf("the tone lasts %v, the most is %v", whole, maxToneLength)
	}
	return Tone{text}, nil
}

func toneLoops(text string) (body string, loops int, err error) {
	body, behind, found := strings.Cut(text, ";")
	if !found {
		return body, 1, nil
	}
	number, ok := strings.CutPrefix(behind, "loops=")
	if loops = count(number, maxToneLoops); !ok || loops == 0 {
		return "", 0, fmt.Errorf("behind a tone stands only ;loops= and a number up to %d, not %q", maxToneLoops, behind)
	}
	return body, loops, nil
}

// toneLength reads on, off and frequencies.
func toneLength(inside string) (time.Duration, error) {
	parts := strings.Split(inside, ",")
	if len(parts) < 3 || len(parts) > 6 {
		return 0, fmt.Errorf("%%(%s) needs milliseconds on, milliseconds off and one to four frequencies", inside)
	}
	var ms [2]int
	for i, part := range parts {
		most := maxToneHertz
		if i < 2 {
			most = int(maxToneLength / time.Millisecond)
		}
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n > most || i >= 2 && n == 0 || part[0] == '+' {
			return 0, fmt.Errorf("%q in %%(%s) is no number up to %d", part, inside, most)
		}
		if i < 2 {
			ms[i] = n
		}
	}
	return time.Duration(ms[0]+ms[1]) * time.Millisecond, nil
}

// SpokenText is text an engine says, short enough to last no longer than a
// piece of a file.
type SpokenText struct{ s string }

func (t SpokenText) String() string { return t.s }

// spokenPiece is how many bytes of text make about 15 seconds: engines say
// 12 to 16 characters a second.
const spokenPiece = 200

// SplitSpoken makes pieces of a text, parted where sentences or else words end.
// Characters that mean something to FreeSWITCH or are no text become blanks.
func SplitSpoken(text string) []SpokenText {
	words := strings.Fields(strings.Map(spokenRune, text))
	var pieces []SpokenText
	var piece strings.Builder
	end := func() {
		if piece.Len() > 0 {
			pieces = append(pieces, SpokenText{piece.String()})
			piece.Reset()
		}
	}
	for _, word := range words {
		for len(word) > spokenPiece { // no word of any language
			end()
			at := spokenPiece
			for !utf8.RuneStart(word[at]) {
				at--
			}
			pieces, word = append(pieces, SpokenText{word[:at]}), word[at:]
		}
		if piece.Len()+1+len(word) > spokenPiece {
			end()
		}
		if piece.Len() > 0 {
			piece.WriteByte(' ')
		}
		piece.WriteString(word)
		if strings.ContainsAny(word[max(0, len(word)-1):], ".!?") && piece.Len() > spokenPiece/2 {
			end()
		}
	}
	end()
	return pieces
}

// spokenRune lets letters, digits and the marks of sentences pass.
func spokenRune(r rune) rune {
	switch {
	case r > 0x7f && isSpoken(r), r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(".,!?-'", r):
		return r
	default:
		return ' '
	}
}
