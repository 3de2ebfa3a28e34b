package routing

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// FuzzDecide makes configurations and calls: whatever was accepted decides each
// call, always alike, says why, and comes to an end.
func FuzzDecide(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(manyBytes(seed))
	}
	f.Fuzz(rapid.MakeFuzz(decidesAndEnds))
}

// manyBytes are enough to make a configuration and some calls of, the same for a
// seed each time.
func manyBytes(seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 1))
	data := make([]byte, 0, 1<<14)
	for len(data) < cap(data) {
		data = binary.LittleEndian.AppendUint64(data, random.Uint64()>>random.IntN(64))
	}
	return data
}

func TestDecideOnAnything(t *testing.T) { rapid.Check(t, decidesAndEnds) }

// What is made at random comes to everything a decision can be; the seeds are the
// same each time.
func TestAnythingIsEverything(t *testing.T) {
	decided := map[Verdict]int{}
	byRule, failed := 0, 0
	anything := rapid.Custom(decideAll)
	for seed := range 200 {
		for _, d := range anything.Example(seed) {
			decided[d.Verdict]++
			if d.Rule != "" {
				byRule++
			}
			failed += len(d.FailedRules)
		}
	}
	t.Log(decided, byRule, failed)
	for _, verdict := range []Verdict{Routed, UnknownNumber, TenantSuspended, NoRoute, CallerBlocked, CallDenied} {
		if decided[verdict] == 0 {
			t.Errorf("no call was %s: %v", verdict, decided)
		}
	}
	if byRule == 0 || failed == 0 {
		t.Errorf("%d calls were decided by rules, %d rules failed", byRule, failed)
	}
}

func decidesAndEnds(t *rapid.T) { decideAll(t) }

// decideAll makes a configuration and decides some calls by it, none if it is
// refused.
func decideAll(t *rapid.T) []Decision {
	cfg := randomConfig(t)
	directory, problems := Compile(cfg)
	if (directory == nil) != Refused(problems) {
		t.Fatalf("directory %v, problems %v", directory != nil, problems)
	}
	if directory == nil {
		return nil
	}
	again, _ := Compile(cfg)
	calls := rapid.IntRange(1, 4).Draw(t, "calls")
	decisions := make([]Decision, 0, calls)
	for range calls {
		call, now, live := randomCall(t)
		decision := directory.Decide(call, now, live)
		if diff := sameDecision(decision, again.Decide(call, now, live)); diff != "" {
			t.Fatalf("decided again (-first +again):\n%s", diff)
		}
		if diff := sameDecision(decision, directory.Decide(call, now, RecordedLive(decision.Facts))); diff != "" {
			t.Fatalf("decided by what was recorded (-first +again):\n%s", diff)
		}
		explained(t, directory.Explain(call, now, live), decision)
		if decision.Verdict == Routed {
			walkToTheEnd(t, decision)
		}
		decisions = append(decisions, decision)
	}
	walkFromMenus(t, directory)
	drawn(t, directory)
	return decisions
}

// explained checks that an explanation says something, and nothing else than the
// decision.
func explained(t *rapid.T, e Explanation, d Decision) {
	if len(e.Checks) == 0 || e.String() == "" {
		t.Fatalf("nothing is explained: %+v", e)
	}
	got := []any{e.Verdict, e.TenantID, e.Revision, e.Direction, e.Destination, e.Rule, e.FailedRules}
	want := []any{d.Verdict, d.Tenant, d.Revision, d.Direction, d.Destination, d.Rule, d.FailedRules}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("explained (-decided +explained):\n%s", diff)
	}
	if diff := cmp.Diff(d.Set, e.Set, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("set (-decided +explained):\n%s", diff)
	}
}

// drawn checks that each way of a picture leads from a place to a place.
func drawn(t *rapid.T, d *Directory) {
	plan, _ := d.Plan("acme")
	graph := plan.Graph()
	known := map[string]bool{}
	for _, n := range graph.Nodes {
		known[n.ID] = true
	}
	for _, e := range graph.Edges {
		if !known[e.From] || !known[e.To] {
			t.Fatalf("a way from %s to %s, of %d places", e.From, e.To, len(known))
		}
	}
}

// sameDecision compares all of two decisions but their plans.
func sameDecision(a, b Decision) string {
	a.Plan, b.Plan = nil, nil
	return cmp.Diff(a, b, cmpopts.EquateComparable(Number{}), cmpopts.EquateEmpty())
}

func randomCall(t *rapid.T) (Call, time.Time, Live) {
	r := randomPlatform{t: t}
	c := Call{
		ID: CallID(pick(r, "id", "a", "b", "3f2a")), CallerNumber: pick(r, "from", randomNumbers...), CallerName: pick(r, "name", "", "Bob \"x\"", "\xff\x00"),
		Anonymous: r.oneIn(6, "anonymous"), Dialled: pick(r, "dialled", "+15551230001", "+15551230002", "5551230001", "+15551240001", "+19995550000", "garbage", ""),
		Trunk: pick(r, "trunk", "", "main", "other"),
	}
	if r.oneIn(2, "phone") {
		c.AuthUser, c.AuthDomain = pick(r, "user", "1001", "1002", "9999"), pick(r, "domain", "acme.test", "globex.test")
		c.Dialled = pick(r, "inside", "1001", "1002", "2000", "4000", "*280", "*281", "*282", "+15557770000", "+442071234567", "+19005550000", "+15551113333", "911", "")
	}
	if r.oneIn(2, "headers") {
		c.Headers = map[string]string{"X-Campaign": pick(r, "campaign", "spring", "")}
	}
	now := noon.Add(time.Duration(r.number("hours", -48, 48)) * time.Hour)
	return c, now, randomLive(r)
}

// randomLive gives what is known of phones: nothing, or some.
func randomLive(r randomPlatform) Live {
	if r.oneIn(3, "nothing live") {
		return nil
	}
	phones := map[string]AssumedExtension{}
	for _, number := range []string{"1001", "1002"} {
		registered := r.oneIn(2, "registered")
		phones[number] = AssumedExtension{Registered: &registered, OnCall: r.oneIn(2, "on call")}
	}
	return Assumed(phones)
}
