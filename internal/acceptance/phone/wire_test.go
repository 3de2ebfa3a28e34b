package phone

import (
	"slices"
	"testing"
)

func TestHeadersGivesAllOfAName(t *testing.T) {
	m := Message{Raw: []byte("INVITE sip:1001@acme.test SIP/2.0\r\nDiversion: <sip:1@a>;reason=a:b\r\nX: y\r\ndiversion:<sip:2@a>\r\n\r\nDiversion: body\r\n")}
	if got, want := m.Headers("Diversion"), []string{"<sip:1@a>;reason=a:b", "<sip:2@a>"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := m.Header("diversion"); got != "<sip:1@a>;reason=a:b" {
		t.Errorf("the first is %q", got)
	}
	if m.Headers("Reason") != nil || m.Header("Reason") != "" {
		t.Error("a header that is not there was found")
	}
}
