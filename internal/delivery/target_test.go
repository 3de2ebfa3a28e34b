package delivery

import (
	"errors"
	"fmt"
	"testing"
)

func TestParseTarget(t *testing.T) {
	for in, want := range map[string]string{
		"10.1.0.0/16:8080": "10.1.0.0/16 8080",
		"127.0.0.1:*":      "127.0.0.1/32 0",
		"[fd00::/8]:443":   "fd00::/8 443",
		"10.1.2.3/8:80":    "10.0.0.0/8 80",
	} {
		got, err := ParseTarget(in)
		if s := fmt.Sprint(got.Network, " ", got.Port); err != nil || s != want {
			t.Errorf("%s: %q, %v", in, s, err)
		}
	}
	for _, in := range []string{"", "10.0.0.0/8", "10.0.0.0/8:", "10.0.0.0/8:0", "10.0.0.0/8:70000", "example.com:80", "10.0.0.0/99:80", ":80"} {
		if got, err := ParseTarget(in); err == nil {
			t.Errorf("%q was read as %v", in, got)
		}
	}
}

func TestGuard(t *testing.T) {
	allow := func(s string) Target {
		target, err := ParseTarget(s)
		if err != nil {
			t.Fatal(err)
		}
		return target
	}
	g := newGuard([]Target{allow("10.1.0.0/16:8080"), allow("fd00:1::/32:443")})
	for _, tt := range []struct {
		network, address string
		ok               bool
	}{
		{"tcp4", "93.184.216.34:443", true},
		{"tcp4", "93.184.216.34:80", true},
		{"tcp4", "93.184.216.34:25", false},
		{"tcp6", "[2606:2800:220:1::1]:443", true},
		{"tcp4", "127.0.0.1:80", false},
		{"tcp6", "[::1]:80", false},
		{"tcp6", "[::ffff:127.0.0.1]:80", false},
		{"tcp4", "0.0.0.0:80", false},
		{"tcp4", "10.0.0.1:80", false},
		{"tcp4", "172.16.0.1:443", false},
		{"tcp4", "192.168.1.1:443", false},
		{"tcp4", "100.64.0.1:443", false},
		{"tcp4", "169.254.169.254:80", false},
		{"tcp6", "[fe80::1]:80", false},
		{"tcp6", "[64:ff9b::7f00:1]:80", false},
		{"tcp6", "[2002:7f00:1::]:80", false},
		{"tcp4", "10.1.2.3:8080", true},
		{"tcp6", "[::ffff:10.1.2.3]:8080", true}, // the same address
		{"tcp4", "10.1.2.3:8081", false},
		{"tcp4", "10.2.2.3:8080", false},
		{"tcp6", "[fd00:1::5]:443", true},
		{"udp4", "10.1.2.3:8080", false},
		{"tcp4", "nonsense", false},
	} {
		err := g.control(tt.network, tt.address, nil)
		if (err == nil) != tt.ok {
			t.Errorf("%s %s: %v", tt.network, tt.address, err)
		}
		if err != nil && !errors.Is(err, errBlocked) {
			t.Errorf("%s: %v is not errBlocked", tt.address, err)
		}
	}
}

func TestPlainGuard(t *testing.T) {
	const public = "93.184.216.34:80"
	if err := newPlainGuard(nil, true).control("tcp4", public, nil); err != nil {
		t.Errorf("plain http is on: %v", err)
	}
	if err := newPlainGuard(nil, false).control("tcp4", public, nil); !errors.Is(err, errBlocked) {
		t.Errorf("plain http is off: %v", err)
	}
	if err := newPlainGuard(nil, true).control("tcp4", "127.0.0.1:80", nil); !errors.Is(err, errBlocked) {
		t.Errorf("plain http reaches loopback: %v", err)
	}
}
