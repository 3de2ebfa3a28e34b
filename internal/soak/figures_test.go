package soak

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// delays are how long healthy endpoints waited for the first attempt of an
// event since it happened, or since the event before it was accepted; sorted.
type delays struct {
	calm     []time.Duration // nothing was away
	troubled []time.Duration // something was
	late     []time.Duration // of calls whose session died: others had to tell their end
}

func (e *evidence) delays() (out delays) {
	happened, late := map[string]time.Time{}, map[string]bool{}
	for _, ev := range e.truth.events {
		happened[ev.id] = ev.at
		late[ev.id] = e.truth.calls[ev.call].source != "live"
	}
	first, free := map[string]bool{}, map[line]time.Time{}
	for _, p := range e.posts {
		at := line{p.endpoint.n, p.call}
		key := fmt.Sprint(p.endpoint.n, " ", p.id)
		if from, ok := happened[p.id]; ok && p.endpoint.kind == healthy && !first[key] {
			first[key] = true
			if before := free[at]; before.After(from) {
				from = before
			}
			switch delay := max(0, p.arrived.Sub(from)); {
			case late[p.id]:
				out.late = append(out.late, delay)
			case e.troubled(from.Add(-time.Second), p.arrived):
				out.troubled = append(out.troubled, delay)
			default:
				out.calm = append(out.calm, delay)
			}
		}
		if p.accepted() {
			free[at] = p.settled
		}
	}
	for _, list := range [][]time.Duration{out.calm, out.troubled, out.late} {
		slices.Sort(list)
	}
	return out
}

// percentile of sorted durations; 0 of none.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))].Round(time.Millisecond)
}

// figures are what a run came to, for its log.
func (e *evidence) figures() string {
	var b strings.Builder
	seen, recorded, lost := 0, 0, 0
	kinds, sources := map[string]int{}, map[string]int{}
	for _, p := range e.calls {
		kinds[p.kind]++
		c, ok := e.truth.calls[p.uuid]
		switch {
		case ok:
			recorded++
			sources[fmt.Sprintf("%s/%v", c.source, c.complete)]++
		case !p.seen():
			lost++
		}
		if p.seen() {
			seen++
		}
	}
	fmt.Fprintf(&b, "%d calls %v: %d taken on by a server, %d recorded (source/complete %v), %d reached none\n", len(e.calls), kinds, seen, recorded, sources, lost)
	b.WriteString(e.requests())
	d := e.delays()
	fmt.Fprintf(&b, "healthy endpoints, first attempt after the event (lease %v):", lease)
	for _, part := range []struct {
		what string
		list []time.Duration
	}{{"while nothing was away", d.calm}, {"around outages", d.troubled}, {"of calls whose server died", d.late}} {
		fmt.Fprintf(&b, "\n  %-28s p50 %v, p99 %v, of %d", part.what, percentile(part.list, .5), percentile(part.list, .99), len(part.list))
	}
	return b.String()
}

// requests sums up what the endpoints got.
func (e *evidence) requests() string {
	accepted, again, cut := 0, 0, 0
	times := map[string]int{}
	for _, p := range e.posts {
		switch {
		case p.accepted():
			accepted++
			key := fmt.Sprint(p.endpoint.n, " ", p.id)
			if times[key]++; times[key] > 1 {
				again++
			}
		case p.code == 0 && p.endpoint.kind.living():
			cut++
		}
	}
	outages := map[string]int{}
	for _, o := range e.outages {
		outages[o.what]++
	}
	return fmt.Sprintf("%d events stored; %d requests, %d accepted (%d for another time), %d cut off by a kill; outages %v\n",
		len(e.truth.events), len(e.posts), accepted, again, cut, outages)
}
