package routing

// Assumed is a Live of what somebody assumes of extensions, by number; one that
// is not named is registered and free. It is for dry runs and tests: nobody is
// asked.
func Assumed(extensions map[string]AssumedExtension) Live {
	return assumed{extensions, PhoneState{Known: true, Contacts: 1}}
}

// AssumedAlone is the same where no switch is watched: of an extension that is
// not named nothing is known, as in a call.
func AssumedAlone(extensions map[string]AssumedExtension) Live {
	return assumed{extensions, PhoneState{}}
}

type assumed struct {
	extensions map[string]AssumedExtension
	others     PhoneState
}

// Phone implements Live.
func (a assumed) Phone(_ TenantID, _, extension string) PhoneState {
	e, named := a.extensions[extension]
	if !named {
		return a.others
	}
	state := PhoneState{Known: true, Contacts: 1}
	if e.Registered != nil && !*e.Registered {
		state.Contacts = 0
	}
	if e.OnCall {
		state.Calls = 1
	}
	return state
}
