package scenario

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"switchyard/routing"
)

// overrides is a handlers.Overrides that writes down what phones set.
type overrides struct {
	fail bool
	text strings.Builder
}

// Override implements handlers.Overrides.
func (o *overrides) Override(_ context.Context, _ routing.TenantID, by string, set routing.Override) error {
	if o.fail {
		return errors.New("the database does not answer")
	}
	fmt.Fprintf(&o.text, "%s: %s until %s, by %s\n", set.Schedule, set.State, set.Until, by)
	return nil
}

// ClearOverride implements handlers.Overrides.
func (o *overrides) ClearOverride(_ context.Context, _ routing.TenantID, by, schedule string) error {
	if o.fail {
		return errors.New("the database does not answer")
	}
	fmt.Fprintf(&o.text, "%s: none, by %s\n", schedule, by)
	return nil
}
