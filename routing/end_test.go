package routing

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Whatever configuration is accepted, and however each destination ends, a call
// ends within MaxSteps destinations.
func TestEveryCallEnds(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		directory, problems := Compile(drawConfig(t))
		if directory == nil {
			if !Refused(problems) {
				t.Fatal("no directory and no problem")
			}
			return
		}
		accepted++
		for _, call := range []Call{
			inboundCall("+15557770000", "+15551230001"), inboundCall("+15557770000", "+15551230002"), phoneCall("1000", "acme.test", "1001"),
			phoneCall("1000", "acme.test", "+15557654321"),
		} {
			walkToTheEnd(t, directory.Decide(call, noon))
		}
	})
	if accepted == 0 {
		t.Error("no configuration was accepted")
	}
}

// walkToTheEnd follows all ways at once: the set of destinations a call can be
// at after each step.
func walkToTheEnd(t *rapid.T, d Decision) {
	if d.Verdict != Routed {
		return
	}
	at := map[Destination]bool{d.Destination: true}
	for step := 1; len(at) > 0; step++ {
		if step > MaxSteps {
			t.Fatalf("still at %v after %d steps", at, MaxSteps)
		}
		next := map[Destination]bool{}
		for place := range at {
			for _, out := range exitOutcomes {
				if to, goesOn := d.Plan.Next(place, out); goesOn {
					next[to] = true
				}
			}
		}
		at = next
	}
}

// drawConfig gives one tenant with up to 20 extensions and any exits. Most
// exits lead on to a later extension, so that many configurations are accepted
// and some chains are long.
func drawConfig(t *rapid.T) Config {
	count := rapid.IntRange(2, 20).Draw(t, "extensions")
	config := TenantConfig{
		Tenant:   "acme",
		Forwards: []Forward{{Name: "mobile", Number: "+15557654321"}, {Name: "loop", Number: "+15551230001"}},
	}
	for i := range count {
		e := Extension{Extension: fmt.Sprint(1000 + i), Exits: Exits{}}
		for _, out := range exitOutcomes {
			if rapid.IntRange(0, 2).Draw(t, "exit") == 0 {
				e.Exits[out] = drawDestination(t, min(i+1, count-1), count)
			}
		}
		config.Extensions = append(config.Extensions, e)
	}
	for i := range config.Forwards {
		if rapid.Bool().Draw(t, "forward exit") {
			config.Forwards[i].Exits = Exits{Busy: drawDestination(t, 0, count)}
		}
	}
	route := drawDestination(t, 0, count)
	config.DIDs = []DID{{Number: "+15551230001", InboundRoute: route.Route, RouteTarget: route.Target}}
	if rapid.Bool().Draw(t, "default") {
		fallback := drawDestination(t, 0, count)
		config.DefaultDestination = &fallback
	}
	return Config{Operator: oneTenant(), Tenants: []TenantConfig{config}}
}

func drawDestination(t *rapid.T, from, count int) Destination {
	extension := fmt.Sprint(1000 + rapid.IntRange(from, count-1).Draw(t, "to"))
	switch rapid.IntRange(0, 7).Draw(t, "route") {
	case 0:
		return Destination{RouteVoicemail, extension}
	case 1:
		return Destination{RouteHangup, "USER_BUSY"}
	case 2:
		return Destination{RouteForward, "mobile"}
	case 3:
		return Destination{RouteForward, rapid.SampledFrom([]string{"loop", "+15551230001", "+15559990000"}).Draw(t, "number")}
	default:
		return Destination{RouteExtension, extension}
	}
}

func oneTenant() OperatorConfig {
	return OperatorConfig{
		DefaultCountry: "US",
		Trunks:         []Trunk{{Name: "main", Gateway: "carrier"}},
		Tenants: []TenantGrant{{
			ID: acmeID, Name: "acme", Domains: []string{"acme.test"}, Numbers: []string{"+15551230001", "+15551230002"},
			Trunks: []string{"main"}, Countries: []string{"US"},
		}},
	}
}
