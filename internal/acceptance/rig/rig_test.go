//go:build acceptance

package rig_test

import (
	"testing"

	"switchyard/internal/acceptance/rig"
)

func TestStartedSwitchTakesCommands(t *testing.T) {
	s := rig.StartSwitch(t, rig.Options{})
	n, err := s.Channels(t.Context())
	if err != nil || n != 0 {
		t.Fatalf("channels of a fresh switch: %d, %v; want 0", n, err)
	}
	gw, err := s.API(t.Context(), "sofia xmlstatus gateway carrier-a")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(gw)
}
