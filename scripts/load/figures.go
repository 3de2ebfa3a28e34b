package main

import (
	"fmt"
	"time"

	"switchyard/internal/loadtest"
)

// result of one round of one server.
type result struct {
	name              string
	calls, failed     int
	answered, refused []float64 // post-dial delays in ms
	cpu, switchCPU    time.Duration
	rssStart, rssEnd  int // bytes
}

// figures are what is printed of a round, or of the middle of several.
type figures struct {
	name          string
	calls, failed int
	of            [8]float64 // in the order of the columns
}

// String is the line that is printed.
func (f figures) String() string {
	return fmt.Sprintf("%-10s %6d %6d  %9.1f /%8.1f  %8.1f /%8.1f  %11.2f  %18.2f  %8.1f /%6.1f", f.name, f.calls, f.failed,
		f.of[0], f.of[1], f.of[2], f.of[3], f.of[4], f.of[5], f.of[6], f.of[7])
}

func (r result) figures() figures {
	perCall := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(max(1, r.calls)) }
	return figures{r.name, r.calls, r.failed, [8]float64{
		loadtest.Quantile(r.answered, 0.50), loadtest.Quantile(r.answered, 0.99), loadtest.Quantile(r.refused, 0.50), loadtest.Quantile(r.refused, 0.99),
		perCall(r.cpu), perCall(r.switchCPU), float64(r.rssStart) / 1e6, float64(r.rssEnd) / 1e6,
	}}
}

// median is the middle of each figure over the rounds of one server; calls and
// failures are sums.
func median(rounds []figures) figures {
	m := figures{name: rounds[0].name}
	for _, r := range rounds {
		m.calls, m.failed = m.calls+r.calls, m.failed+r.failed
	}
	for column := range m.of {
		var all []float64
		for _, r := range rounds {
			all = append(all, r.of[column])
		}
		m.of[column] = loadtest.Median(all)
	}
	return m
}
