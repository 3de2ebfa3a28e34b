package delivery

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestDueList(t *testing.T) {
	l := newDueList()
	if w := l.wait(t0, time.Hour); w != time.Hour {
		t.Errorf("empty: wait %s", w)
	}
	l.addAt("later", after(250*time.Millisecond), t0)
	l.addAt("never", time.Time{}, t0)
	l.addAt("past", after(-time.Second), t0)
	l.add("now", "now", "past")
	if got := l.take(t0, 10); !slices.Equal(got, []string{"past", "now"}) {
		t.Errorf("took %v", got)
	}
	if w := l.wait(t0, time.Hour); w != 300*time.Millisecond {
		t.Errorf("wait %s for the next tick", w)
	}
	if got := l.take(after(299*time.Millisecond), 10); len(got) != 0 {
		t.Errorf("took %v too early", got)
	}
	if got := l.take(after(300*time.Millisecond), 10); !slices.Equal(got, []string{"later"}) {
		t.Errorf("took %v", got)
	}
}

func TestDueListTakesTurns(t *testing.T) {
	l := newDueList()
	l.add("a", "b", "c")
	if got := l.take(t0, 2); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("took %v", got)
	}
	l.add("a")
	if got := l.take(t0, 2); !slices.Equal(got, []string{"c", "a"}) {
		t.Errorf("took %v", got)
	}
}

func TestDueListIsBounded(t *testing.T) {
	l := newDueList()
	for i := range 100_000 {
		l.addAt(fmt.Sprint("e", i%10), after(time.Duration(i)*3*time.Millisecond), t0)
	}
	entries := 0
	for _, endpoints := range l.later {
		entries += len(endpoints)
	}
	if most := 10 * int(horizon/tick+1); entries > most {
		t.Errorf("%d entries, want at most %d", entries, most)
	}
}

func TestAPlaceIsGivenBackOnce(t *testing.T) {
	p := newPlaces(2, 2, 1)
	of := p.take("t1")
	p.giveBack(of)
	if p.slowDown(of) { // its timer was late
		t.Error("a place that was given back became slow")
	}
	if fast, slow := p.underWay(); fast != 0 || slow != 0 {
		t.Errorf("%d and %d under way", fast, slow)
	}
}

func TestStarvedEndpointsOfFullTenants(t *testing.T) {
	p := newPlaces(8, 8, 2)
	first, second, foreign := p.take("t1"), p.take("t1"), p.take("t2")
	p.starve("t1", "a")
	p.starve("t1", "a")
	p.starve("t2", "b") // its tenant has room, so it just has nothing
	p.starve("", "c")
	if got := p.giveBack(foreign); len(got) != 0 {
		t.Errorf("another tenant's place woke %v", got)
	}
	got := p.giveBack(first)
	slices.Sort(got)
	if !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("woke %v", got)
	}
	if got := p.giveBack(second); len(got) != 0 {
		t.Errorf("woke %v again", got)
	}
}
