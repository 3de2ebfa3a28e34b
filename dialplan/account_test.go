package dialplan

import (
	"strings"
	"testing"
	"time"
)

func TestAccountCodes(t *testing.T) {
	for _, s := range []string{"4711", "a", "Sales_EU-2.b", strings.Repeat("x", 64)} {
		if a, err := ParseAccountCode(s); err != nil || a.String() != s {
			t.Errorf("%q: %q, %v", s, a, err)
		}
	}
	for _, s := range append([]string{"../etc/passwd", "..", ".hidden", "-x", "_x", "a/b", "Zoë", "a b", strings.Repeat("x", 65)}, hostile...) {
		if _, err := ParseAccountCode(s); err == nil && s != strings.Repeat("1", 64) {
			t.Errorf("account code %q passed", s)
		}
	}
}

// The caller's channel and every leg of a bridge carry it, and it stays when the
// call is handed on: who pays for it does not change.
func TestAccountIsSentAndStays(t *testing.T) {
	p := newParts(t)
	account := must[AccountCode](t)(ParseAccountCode("sales-4711"))
	if _, sent := SetCommand(p.call, Account(account), Seen()); sent != "50648892-aa42-4a00-a7a0-f8a12c769513 accountcode=sales-4711;switchyard_seen=true" {
		t.Error(sent)
	}
	b := Bridge{Legs: []Leg{{To: DialUser(p.ann, p.domain)}, {To: DialGateway(p.gateway, p.outside)}}, Ring: 20 * time.Second, Call: p.call, Account: account}
	want := leads + "21,switchyard_call=50648892-aa42-4a00-a7a0-f8a12c769513,accountcode=sales-4711}user/1001@acme.example,sofia/gateway/carrier-a/+13055550144"
	if got := b.Argument(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if left := Unset([]Variable{Account(account), Seen()}); len(left) != 1 || left[0].Name() != SeenMark {
		t.Error(left)
	}
}
