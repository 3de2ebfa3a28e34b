package dialplan

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// Folder is an absolute folder on the switch.
type Folder struct{ s string }

func (f Folder) String() string { return f.s }

// ParseFolder accepts an absolute path of 2 to 80 letters, digits, '.', '_', '-'
// and '/', without "..", "." or "//" on the way.
func ParseFolder(s string) (Folder, error) {
	if err := allowed("folder", s, 80, func(c byte) bool { return isNameByte(c) || c == '/' }); err != nil {
		return Folder{}, err
	}
	switch trimmed := strings.TrimRight(s, "/"); {
	case trimmed == "" || s[0] != '/':
		return Folder{}, fmt.Errorf("folder %q is not absolute, or the root", s)
	case strings.Contains(s, "..") || path.Clean(trimmed) != trimmed:
		return Folder{}, fmt.Errorf("folder %q is not written the shortest way", s)
	default:
		return Folder{trimmed}, nil
	}
}

// Prompt gives a file of a tenant, which has a folder of its own below this one.
func (f Folder) Prompt(tenant, file string) (Prompt, error) {
	if f == (Folder{}) {
		return Prompt{}, fmt.Errorf("there is no folder of prompts")
	}
	return f.file(tenant, file)
}

// file gives a file below the folder of a tenant, and nowhere else.
func (f Folder) file(tenant, name string) (Prompt, error) {
	if _, err := ParseUser(tenant); err != nil { // one name, no path
		return Prompt{}, err
	}
	whole := f.s + "/" + tenant + "/" + name
	if path.Clean(whole) != whole {
		return Prompt{}, fmt.Errorf("file %q is not written the shortest way", name)
	}
	return ParsePrompt(whole)
}

// RecordingFile is where a call is recorded, on the switch.
type RecordingFile struct{ s string }

func (r RecordingFile) String() string { return r.s }

// Recording gives the file of a call: FOLDER/<tenant>/<yyyy>/<mm>/<dd>/<call>.wav,
// by the day it began in UTC. Nothing of it comes from a caller.
func (f Folder) Recording(tenant string, call ChannelID, began time.Time) (RecordingFile, error) {
	if f == (Folder{}) {
		return RecordingFile{}, fmt.Errorf("there is no folder of recordings")
	}
	p, err := f.file(tenant, began.UTC().Format("2006/01/02")+"/"+call.String()+".wav")
	return RecordingFile(p), err
}

// recordingMark names the recording of a call on its channel. With it, whoever
// is told of the channel's end knows that the recording variables are about that
// file and not a mailbox's message.
const recordingMark = "switchyard_recording"

// RecordAtAnswer gives the variables that record a channel that is not answered
// yet, whenever it is connected to another leg and only then, however often.
// Nothing is told to the caller; record_session itself would send a 183
// (measured).
func RecordAtAnswer(file RecordingFile, stereo bool) []Variable {
	return append(recordVariables(file, stereo), Variable{"execute_on_answer_switchyard", "record_session " + file.s})
}

// RecordNow gives the same for a channel that is answered: variables and the
// action that goes before the bridge.
func RecordNow(file RecordingFile, stereo bool) ([]Variable, Action) {
	return recordVariables(file, stereo), recordSession(file)
}

func recordVariables(file RecordingFile, stereo bool) []Variable {
	vs := []Variable{{recordingMark, file.s}, {"RECORD_BRIDGE_REQ", "true"}, {"recording_follow_transfer", "true"}}
	if stereo {
		vs = append(vs, Variable{"RECORD_STEREO", "true"})
	}
	return vs
}

type recordSession RecordingFile

// Application implements Action.
func (recordSession) Application() string { return "record_session" }

// Argument implements Action.
func (r recordSession) Argument() string { return r.s }
func (recordSession) sealed()            {}

// MaskCommand gives the API command that pauses a recording (silence takes the
// place of what is said, the length stays) or goes on with it.
func MaskCommand(channel ChannelID, file RecordingFile, on bool) (command, argument string) {
	what := "unmask"
	if on {
		what = "mask"
	}
	return "uuid_record", channel.String() + " " + what + " " + file.s
}

// recorded reads the recording of ours from the variables of a channel that is
// over: its file, and how long it is. No file: there is none, or nothing was
// recorded, or it could not be written.
func recorded(v Variables, bridged time.Time) (file string, length time.Duration) {
	marked := v.Variable(recordingMark)
	samples := count(v.Variable("record_samples"), maxPackets)
	// A transfer makes the channel forget when it was bridged, not to whom.
	connected := !bridged.IsZero() || v.Variable("last_bridge_to") != ""
	if marked == "" || !connected || samples == 0 || v.Variable("record_completion_cause") == "uri-failure" {
		return "", 0
	}
	return marked, time.Duration(count(v.Variable("record_ms"), maxRecordingMs)) * time.Millisecond
}

const maxRecordingMs = 7 * 24 * 60 * 60 * 1000
