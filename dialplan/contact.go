package dialplan

import (
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

// ParseContacts reads where the phones of a user are, one DialString a phone,
// for a bridge with several legs; none are registered: an empty list. What a
// phone registers is its own text, so a contact with a character that could end
// the leg is an error; the caller then calls the user by DialUser.
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
	for contact := range strings.SplitSeq(answer, ",") {
		if !strings.HasPrefix(contact, "sofia/") {
			return nil, fmt.Errorf("contact %q is not of a SIP profile", contact)
		}
		if err := allowed("contact", contact, 500, isContactByte); err != nil {
			return nil, err
		}
		if strings.Contains(contact, separateBridges) {
			return nil, fmt.Errorf("contact %q would end the bridge", contact)
		}
		all = append(all, DialString{s: contact, vars: vars})
	}
	if len(all) > mostContacts {
		all = all[:mostContacts]
	}
	return all, nil
}

func isContactByte(c byte) bool {
	return isNameByte(c) || strings.IndexByte("/:;=@%+~!*&", c) >= 0
}
