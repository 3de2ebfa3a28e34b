package dialplan

import "fmt"

// AccountCode is whom a call is charged to.
type AccountCode struct{ s string }

func (a AccountCode) String() string { return a.s }

// ParseAccountCode accepts 1 to 64 letters, digits, '.', '_' and '-', beginning
// with a letter or digit. No path can pass: mod_cdr_csv writes a call to the file
// that is named after its account code.
func ParseAccountCode(s string) (AccountCode, error) {
	if err := allowed("account code", s, 64, isNameByte); err != nil {
		return AccountCode{}, err
	}
	switch s[0] {
	case '.', '_', '-':
		return AccountCode{}, fmt.Errorf("account code %q does not begin with a letter or digit", s)
	}
	return AccountCode{s}, nil
}

// accountVariable is where FreeSWITCH's records of a channel and its list of
// calls have the account code.
const accountVariable = "accountcode"

// Account charges the channel. The legs that are called for it are told by their
// bridge: see Bridge.Account.
func Account(a AccountCode) Variable { return Variable{accountVariable, a.s} }
