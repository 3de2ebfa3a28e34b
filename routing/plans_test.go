package routing

import (
	"fmt"
	"sync"
	"testing"
)

// slowly is a configuration that counts how often it is read.
type slowly struct {
	kept
	mu    *sync.Mutex
	reads map[string]int
}

func (s slowly) Config() (TenantConfig, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads[s.config.DIDs[0].Number]++
	return s.kept.Config()
}

func manyTenants(t testing.TB, n int, plans *Plans) (*Directory, map[string]int) {
	t.Helper()
	u := Update{Operator: &OperatorConfig{}, Tenants: map[TenantID]Stored{}}
	mu, reads := &sync.Mutex{}, map[string]int{}
	for i := range n {
		id, number := TenantID(fmt.Sprintf("00000000-0000-4000-8000-%012d", i)), fmt.Sprintf("+1305555%04d", i)
		u.Operator.Tenants = append(u.Operator.Tenants, TenantGrant{ID: id, Name: fmt.Sprintf("t%d", i), Country: "US", Numbers: []string{number}})
		u.Tenants[id] = slowly{kept{config: TenantConfig{
			Extensions: []Extension{{Extension: "1001"}},
			DIDs:       []DID{{Number: number, InboundRoute: RouteExtension, RouteTarget: "1001"}},
		}}, mu, reads}
	}
	d, problems := NewDirectory(plans).Update(u)
	if d == nil {
		t.Fatal(problems)
	}
	return d, reads
}

func toNumber(i int) Call {
	return Call{ID: "c", CallerNumber: "+13055550199", Dialled: fmt.Sprintf("+1305555%04d", i)}
}

func TestTheLeastRecentlyUsedPlanGoes(t *testing.T) {
	one := planSize(&TenantConfig{Extensions: make([]Extension, 1), DIDs: make([]DID, 1)})
	plans := NewPlans(10*one, nil)
	d, reads := manyTenants(t, 12, plans)
	for i := range 10 {
		d.Decide(toNumber(i), noon, nil)
	}
	if s := plans.Stats(); s.Evicted != 0 || s.Kept != 10 || s.Bytes != 10*one {
		t.Fatalf("%+v", s)
	}
	first := d.Decide(toNumber(0), noon, nil) // 1 is the oldest now
	d.Decide(toNumber(10), noon, nil)         // and goes, with 2
	if s := plans.Stats(); s.Evicted != 2 || s.Kept != 9 || s.Compiled != 11 {
		t.Fatalf("%+v", s)
	}
	d.Decide(toNumber(0), noon, nil)
	d.Decide(toNumber(3), noon, nil)
	if s := plans.Stats(); s.Compiled != 11 {
		t.Errorf("what was used is compiled again: %+v", s)
	}
	for _, i := range []int{1, 2} {
		if got := d.Decide(toNumber(i), noon, nil); got.Verdict != Routed {
			t.Errorf("%+v", got)
		}
	}
	if reads["+13055550001"] != 2 || reads["+13055550002"] != 2 {
		t.Errorf("%v", reads)
	}
	if _, ok := first.Plan.Extension("1001"); !ok {
		t.Error("a call lost its plan")
	}
}

// Many first calls at once compile a plan once; plans that come and go under
// them disturb no call. To be run with -race.
func TestFirstCallsTogether(t *testing.T) {
	const tenants = 20
	d, reads := manyTenants(t, tenants, NewPlans(0, nil))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range tenants {
				if got := d.Decide(toNumber(i), noon, nil); got.Verdict != Routed {
					t.Errorf("%+v", got)
				}
			}
		})
	}
	wg.Wait()
	for number, n := range reads {
		if n != 1 {
			t.Errorf("%s was compiled %d times", number, n)
		}
	}
	one := planSize(&TenantConfig{Extensions: make([]Extension, 1), DIDs: make([]DID, 1)})
	plans := NewPlans(3*one, nil)
	d, _ = manyTenants(t, tenants, plans)
	for from := range 8 {
		wg.Go(func() {
			for i := range 200 {
				if got := d.Decide(toNumber((from+i*7)%tenants), noon, nil); got.Verdict != Routed {
					t.Errorf("%+v", got)
				}
			}
		})
	}
	wg.Wait()
	if s := plans.Stats(); s.Bytes > 3*one || s.Kept == 0 || s.Evicted == 0 {
		t.Errorf("%+v", s)
	}
}
