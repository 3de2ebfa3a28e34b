//go:build acceptance

package acceptance

import (
	"path/filepath"
	"testing"
)

var blocklistFeatures = []feature{
	{name: "blocklist and allow list", tenant: `
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
blocklist:
  - {number: "+13055551000", reason: exact}
  - {prefix: "+1305555200", reason: beginning}
  - {pattern: '\+13055553\d{3}', reason: pattern, cause: UNALLOCATED_NUMBER}
  - {anonymous: true, reason: shows no number}
  - {number: "+13055554000", action: busy}
  - {number: "+13055555000", action: route, then: {route: extension, target: "1002"}}
  - {number: "+13055557000", expires: "2020-01-01T00:00:00Z"}
  - {number: "+13055558000", direction: outbound}
allowlist:
  - {number: "+13055552007", reason: a customer}
` + didsOf("1001"), test: (*scene).blocklist},
	{name: "a blocked caller gets the mailbox", tenant: `
extensions:
  - {extension: "1001"}
blocklist:
  - {number: "` + outsider + `", reason: nuisance, action: route, then: {route: voicemail, target: "1001"}}
` + didsOf("1001"), test: (*scene).blockedToMailbox},
}

// TestBlocklist places one call for each kind of entry.
func TestBlocklist(t *testing.T) { play(t, blocklistFeatures) }

func (s *scene) blocklist(t *testing.T) {
	own, other := s.register(t, "1001", ringing), s.register(t, "1002", ringing)
	for _, c := range []struct {
		what, caller string
		code         int
	}{
		{"exact", "+13055551000", 603},
		{"prefix", "+13055552001", 603},
		{"pattern", "+13055553999", 404},
		{"anonymous", "anonymous", 603},
		{"busy", "+13055554000", 486},
	} {
		call := tidied(t, s.from(t, c.caller, s.did(0)))
		if got := status(t, call); got != c.code {
			t.Errorf("%s: the caller got %d, want %d", c.what, got, c.code)
		}
		s.toldOf(t, call).went(t, "blocked")
	}
	quiet(t, "the phone", own)
	for _, allowed := range []string{"+13055552007", "+13055557000", "+13055558000", outsider} {
		call := tidied(t, s.from(t, allowed, s.did(0)))
		takenAndOver(t, call, own)
		s.toldOf(t, call).went(t, "completed", "extension 1001 answered")
	}
	routed := tidied(t, s.from(t, "+13055555000", s.did(0)))
	takenAndOver(t, routed, other)
	s.toldOf(t, routed).went(t, "completed", "extension 1002 answered")
	denied := dials(t, own, "+13055558000")
	if got := status(t, denied); got != 603 {
		t.Errorf("a phone's call to a blocked number got %d, want 603", got)
	}
	quiet(t, "the carrier", s.a)
}

func (s *scene) blockedToMailbox(t *testing.T) {
	own := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	if err := call.Audio.WaitTone(soon(t), beep); err != nil {
		t.Fatalf("the beep: %v", err)
	}
	must(t, call.Audio.WaitPackets(soon(t), call.Audio.Packets()+200))
	must(t, call.HangUp(soon(t)))
	if size := waitMessage(soon(t), filepath.Join(s.sw.Dir, "storage", "voicemail", "default", s.domain, "1001")); size < 16000 {
		t.Errorf("the message has %d bytes", size)
	}
	r := s.toldOf(t, call)
	r.went(t, "voicemail", "voicemail 1001 message-left")
	quiet(t, "the phone", own)
}
