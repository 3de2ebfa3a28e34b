package delivery

import (
	"strconv"
	"time"
)

// Attempt is what metrics are told of one attempt. It names no tenant and no
// endpoint, so that nobody's data becomes a label.
type Attempt struct {
	Class Class
	Code  int // HTTP status, 0 if there was no answer
	Took  time.Duration
	Done  bool // accepted
	Dead  bool // given up
	// First is the first attempt ever made for the event at the endpoint, and
	// Delay how long after the event it began.
	First bool
	Delay time.Duration
}

// CodeGroup is the answer's kind: 2xx, 3xx, 4xx, 5xx, or none.
func (a Attempt) CodeGroup() string {
	if a.Code < 200 || a.Code > 599 {
		return "none"
	}
	return strconv.Itoa(a.Code/100) + "xx"
}

func observed(d *Delivery, r *Result) Attempt {
	return Attempt{
		Class: r.Class, Code: r.Code, Took: r.Took, Done: r.Done, Dead: r.Dead,
		First: d.Attempt == 1, Delay: r.At.Sub(d.OccurredAt),
	}
}
