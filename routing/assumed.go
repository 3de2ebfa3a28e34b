package routing

// Assumed is a Live of what somebody assumes of extensions, by number; one that
// is not named is registered and free. It is for dry runs and tests: nobody is
// asked.
func Assumed(extensions map[string]AssumedExtension) Live { return assumed(extensions) }

type assumed map[string]AssumedExtension

// Phone implements Live.
func (a assumed) Phone(_ TenantID, _, extension string) PhoneState {
	state := PhoneState{Known: true, Contacts: 1}
	e, named := a[extension]
	if !named {
		return state
	}
	if e.Registered != nil && !*e.Registered {
		state.Contacts = 0
	}
	if e.OnCall {
		state.Calls = 1
	}
	return state
}
