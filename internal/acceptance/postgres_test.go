//go:build acceptance

package acceptance

import (
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/internal/pgtest"
)

// TestOnPostgreSQL: an answered call, recorded and told to the CRM from there.
func TestOnPostgreSQL(t *testing.T) {
	w := newWorldOn(t, pgtest.Start(t))
	w.phones["1001"].OnCall(phone.Script{Ring: 100 * time.Millisecond, Tone: 700})
	w.answered(t)
	w.idle(t)
	w.server.stop()
}
