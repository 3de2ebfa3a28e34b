//go:build acceptance

package acceptance

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

// beep is the tone of the switch's mailbox profile.
const beep = 640

func (w *world) voicemail(t *testing.T) {
	w.phones["1004"].OnCall(phone.Script{Ring: phone.Never})
	call := w.from(t, outsider, didMailbox)
	rung := next(t, w.phones["1004"])
	w.leaveMessage(t, call, "1004")
	if _, err := rung.WaitRequest(soon(t), "CANCEL"); err != nil {
		t.Error("the phone that was not answered rings on:", err)
	}
}

func (w *world) unregistered(t *testing.T) {
	w.leaveMessage(t, w.from(t, outsider, didAbsent), "1005")
}

// leaveMessage speaks after the beep, hangs up, and looks for the message.
func (w *world) leaveMessage(t *testing.T, call *phone.Call, box string) {
	t.Helper()
	if err := call.Audio.WaitSound(soon(t)); err != nil {
		t.Fatalf("the greeting: %v", err)
	}
	if err := call.Audio.WaitTone(soon(t), beep); err != nil {
		t.Fatalf("the beep: %v", err)
	}
	// Three seconds of speech, by the packets that come back meanwhile.
	must(t, call.Audio.WaitPackets(soon(t), call.Audio.Packets()+200))
	must(t, call.HangUp(soon(t)))
	folder := filepath.Join(w.sw.Dir, "storage", "voicemail", "default", "acme.test", box)
	if size := waitMessage(soon(t), folder); size < 16000 {
		t.Errorf("message in %s: %d bytes, want a second of sound at least", box, size)
	}
	if r := w.record(t, call.ID); r.status != "voicemail" || r.destination != box || r.route != "voicemail" {
		t.Errorf("record: %+v", r)
	}
}

func waitMessage(ctx context.Context, folder string) int64 {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		entries, _ := os.ReadDir(folder) // not there before the first message
		for _, e := range entries {
			if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), "msg_") && info.Size() > 100 {
				return info.Size()
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0
		}
	}
}
