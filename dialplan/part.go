package dialplan

import "fmt"

// These parts may stand in a dial string or an argument. They can only be made
// by their Parse functions, so a value of these types is safe to spell out.
type (
	// User is a directory user, an extension's number.
	User struct{ s string }
	// Domain is a SIP domain or address.
	Domain struct{ s string }
	// Gateway is the name of a gateway in FreeSWITCH's configuration.
	Gateway struct{ s string }
	// OutsideNumber is a number as dialled over a gateway: digits with an
	// optional leading +.
	OutsideNumber struct{ s string }
	// Key is a key of a telephone; the zero value is none.
	Key struct{ s string }
)

func (u User) String() string          { return u.s }
func (d Domain) String() string        { return d.s }
func (g Gateway) String() string       { return g.s }
func (n OutsideNumber) String() string { return n.s }
func (k Key) String() string           { return k.s }

// ParseKey accepts one of 0-9, '*' and '#'.
func ParseKey(s string) (Key, error) {
	if err := allowed("key", s, 1, isDialByte); err != nil {
		return Key{}, err
	}
	return Key{s}, nil
}

// ParseUser accepts 1 to 64 letters, digits, '.', '_' and '-'.
func ParseUser(s string) (User, error) {
	if err := allowed("user", s, 64, isNameByte); err != nil {
		return User{}, err
	}
	return User{s}, nil
}

// ParseDomain accepts 1 to 253 letters, digits, '.', '_' and '-'.
func ParseDomain(s string) (Domain, error) {
	if err := allowed("domain", s, 253, isNameByte); err != nil {
		return Domain{}, err
	}
	return Domain{s}, nil
}

// ParseGateway accepts 1 to 64 letters, digits, '.', '_' and '-'.
func ParseGateway(s string) (Gateway, error) {
	if err := allowed("gateway", s, 64, isNameByte); err != nil {
		return Gateway{}, err
	}
	return Gateway{s}, nil
}

// ParseOutsideNumber accepts 1 to 32 digits, '*' and '#', with an optional
// leading '+'. No '@' and no ';' can pass, so a number can carry neither a
// host nor SIP parameters.
func ParseOutsideNumber(s string) (OutsideNumber, error) {
	digits := s
	if digits != "" && digits[0] == '+' {
		digits = digits[1:]
	}
	if err := allowed("number", digits, 32, isDialByte); err != nil {
		return OutsideNumber{}, err
	}
	return OutsideNumber{s}, nil
}

func allowed(what, s string, most int, ok func(byte) bool) error {
	if s == "" {
		return fmt.Errorf("%s is empty", what)
	}
	if len(s) > most {
		return fmt.Errorf("%s is longer than %d characters", what, most)
	}
	for i := range len(s) {
		if !ok(s[i]) {
			return fmt.Errorf("%s %q has a character that is not allowed there (byte %d)", what, s, i)
		}
	}
	return nil
}

func isNameByte(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '_' || c == '-'
}

func isDialByte(c byte) bool { return isDigit(c) || c == '*' || c == '#' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
