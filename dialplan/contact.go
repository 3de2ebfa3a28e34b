package dialplan

import (
	"errors"
	"fmt"
	"strings"
)

// ContactsCommand gives the API command that asks where the phones of a
// directory user are; ParseContacts reads the answer.
func ContactsCommand(u User, d Domain) (command, argument string) {
	return "sofia_contact", "*/" + u.String() + "@" + d.String()
}

// separateBridges parts independent dial strings in FreeSWITCH's language.
const separateBridges = ":_:"

// mostContacts is how many phones of one user are called at once.
const mostContacts = 10

// ErrUnsafeContact is the error of ParseContacts for a phone that registered
// text that means something in a dial string. FreeSWITCH puts a contact into
// the dial string of "user/" as it is: a phone of any tenant could so have its
// callers connected to any number over any gateway (measured, with '|').
var ErrUnsafeContact = errors.New("a phone has registered a contact that would call somebody else")

// ParseContacts reads where the phones of a user are, one DialString a phone,
// for a bridge with several legs. None are registered, or one cannot be dialled
// in that way, which is no fault of it: an empty list, and the user may be
// called by DialUser. With ErrUnsafeContact it must not be called at all.
func ParseContacts(answer string, u User, d Domain) ([]DialString, error) {
	answer = strings.TrimSpace(answer)
	if strings.HasPrefix(answer, "error/") || answer == "" {
		return nil, nil
	}
	// What "user/" would put on the leg: whose phone it is.
	vars := []string{
		"dialed_user=" + u.String(), "dialed_domain=" + d.String(),
		"presence_id=" + u.String() + "@" + d.String(), "sip_invite_domain=" + d.String(),
	}
	var all []DialString
	plain := true
	for contact := range strings.SplitSeq(answer, ",") {
		if !strings.HasPrefix(contact, "sofia/") || strings.ContainsFunc(contact, endsLeg) || strings.Contains(contact, separateBridges) {
			return nil, fmt.Errorf("%w: %.100q", ErrUnsafeContact, contact)
		}
		plain = plain && allowed("contact", contact, 500, isContactByte) == nil
		all = append(all, DialString{s: contact, vars: vars})
	}
	if !plain {
		return nil, nil
	}
	if len(all) > mostContacts {
		all = all[:mostContacts]
	}
	return all, nil
}

// endsLeg tells of a character that ends a leg or begins something else in a
// dial string.
func endsLeg(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune("|${}'\\^", r)
}

func isContactByte(c byte) bool {
	return isNameByte(c) || strings.IndexByte("/:;=@%+~!*&", c) >= 0
}
