package dialplan

import (
	"math"
	"strconv"
	"time"
	"unicode"
)

func isSpoken(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// Play lets the channel hear a sound; an unanswered one hears it as early media
// (183). What keys do meanwhile is said by Listening.
type Play struct {
	Of Sound
	// From is where a file begins: samples at the file's own rate. See PlayResult.
	From int
}

// Application implements Action.
func (Play) Application() string { return "playback" }

// Argument implements Action.
func (p Play) Argument() string {
	if p.From > 0 && p.Of.pieces {
		return p.Of.s + "@@" + strconv.Itoa(p.From)
	}
	return p.Of.s
}
func (Play) sealed() {}

// PlayEnd is how a Play ended; a closed set.
type PlayEnd uint8

// The ends.
const (
	PlayDone    PlayEnd = iota // it was heard to its end, or a key ended it
	PlayPiece                  // a file has more: go on at PlayResult.Next
	PlayMissing                // there is no such file or engine, or it cannot be played
)

// PlayResult is how a Play ended.
type PlayResult struct {
	End  PlayEnd
	Next int // with PlayPiece: From of the next one
}

// ReadPlay reads how a Play ended from the variables of its completion.
// FreeSWITCH has one answer for a file that was cut at the length set and for
// one that cannot be read; how much of it was played tells them apart, and the
// rate that offsets are counted in (all measured).
func ReadPlay(p Play, v Variables) PlayResult {
	switch v.Variable("current_application_response") {
	case "FILE PLAYED":
		return PlayResult{End: PlayDone}
	case "PLAYBACK ERROR":
		ms := count(v.Variable("playback_ms"), math.MaxInt32)
		samples := count(v.Variable("playback_samples"), math.MaxInt32)
		if p.Of.pieces && ms >= int(PieceLength/time.Millisecond) {
			rate := int(math.Round(float64(samples) / float64(ms)))
			if rate > 0 { // else it would go on where it began
				return PlayResult{End: PlayPiece, Next: p.From + rate*int(PieceLength/time.Millisecond)}
			}
		}
	}
	return PlayResult{End: PlayMissing}
}

// Listening gives the variables that make keys be heard while something is
// played, ending it at once if cut says so, and that play files in pieces.
func Listening(cut bool) []Variable {
	keys := "none"
	if cut {
		keys = "any"
	}
	return []Variable{{playKeys, keys}, {playLimit, strconv.Itoa(int(PieceLength / time.Second))}}
}

// NotListening undoes Listening, which other applications would read too.
func NotListening() []Variable { return Unset(Listening(false)) }

const (
	playKeys  = "playback_terminators"
	playLimit = "playback_timeout_sec"
)

// BreakCommand gives the API command that ends what a channel plays. It does
// nothing to an action that is sent after it (measured).
func BreakCommand(channel ChannelID) (command, argument string) {
	return "uuid_break", channel.String()
}

// FileCommand gives the API command that asks the switch whether it has a file;
// it answers true or false.
func FileCommand(p Prompt) (command, argument string) { return "file_exists", p.s }

// ForgetKeys drops the keys the caller pressed that nothing has read: the switch
// keeps those pressed while others ring for whatever reads keys next (measured).
type ForgetKeys struct{}

// Application implements Action.
func (ForgetKeys) Application() string { return "flush_dtmf" }

// Argument implements Action.
func (ForgetKeys) Argument() string { return "" }
func (ForgetKeys) sealed()          {}

// PreAnswer lets the channel hear something without answering it (183).
type PreAnswer struct{}

// Application implements Action.
func (PreAnswer) Application() string { return "pre_answer" }

// Argument implements Action.
func (PreAnswer) Argument() string { return "" }
func (PreAnswer) sealed()          {}

// Speaking gives the variables by which an engine of the switch says a
// SpokenSound. Engine and voice are like those ParseVoice accepts.
func Speaking(engine, voice Voice) []Variable {
	return []Variable{{"tts_engine", engine.s}, {"tts_voice", voice.s}}
}

// Voice is the name of a voice or an engine of speech.
type Voice struct{ s string }

func (v Voice) String() string { return v.s }

// ParseVoice accepts 1 to 64 letters, digits, '.', '_', '-' and '+'.
func ParseVoice(s string) (Voice, error) {
	if err := allowed("voice", s, 64, func(c byte) bool { return isNameByte(c) || c == '+' }); err != nil {
		return Voice{}, err
	}
	return Voice{s}, nil
}

// SpeakLanguage makes the switch's own prompts, a mailbox's, those of a
// language, as far as it has them: like "en" or "en-US".
func SpeakLanguage(language Voice) Variable { return Variable{"default_language", language.s} }
