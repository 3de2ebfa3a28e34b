package esltest

import (
	"strconv"
	"strings"
	"time"
)

// legLimits are what counts for one leg, in seconds since its group began; 0
// means none.
type legLimits struct{ delay, ring, progress int64 }

func (l *leg) readLimits() legLimits {
	m := legLimits{delay: max(l.seconds("leg_delay_start"), 0), ring: max(l.seconds("leg_timeout"), 0), progress: max(l.seconds("leg_progress_timeout"), 0)}
	if m.ring > 0 {
		m.ring += m.delay
	}
	if m.progress > 0 {
		m.progress += m.delay
	}
	return m
}

// limitLegs starts the legs whose delay is over and ends those whose time is
// (check_per_channel_timeouts).
func (a *attempt) limitLegs(now time.Time) {
	elapsed := epoch() - a.start
	a.startDelayed(now, elapsed)
	for _, l := range a.legs {
		if l.cause != "" {
			continue
		}
		m := l.limits
		if m.progress > 0 && elapsed > m.progress && l.rangAt.IsZero() && l.earlyAt.IsZero() && l.answeredAt.IsZero() {
			l.cause, a.forced = "PROGRESS_TIMEOUT", "PROGRESS_TIMEOUT"
		}
		if m.ring > 0 && elapsed > m.ring && l.cause == "" {
			l.cause = "ALLOTTED_TIMEOUT"
		}
	}
}

// startDelayed sends the INVITEs of the legs whose delay is over. When no other
// leg is left, the next of them come at once, and their limits with them.
func (a *attempt) startDelayed(now time.Time, elapsed int64) {
	earliest, active := a.delayed()
	for _, l := range a.legs {
		switch {
		case l.cause != "" || l.limits.delay == 0 || active && elapsed <= l.limits.delay:
			continue
		case active:
			l.limits.delay = 0
		default:
			l.limits.bringForward(earliest, earliest-elapsed)
		}
		if l.limits.delay == 0 {
			l.begun = now
		}
	}
}

// delayed gives the shortest delay among the legs, and whether any other is up.
func (a *attempt) delayed() (earliest int64, active bool) {
	for _, l := range a.legs {
		switch {
		case l.cause != "":
		case l.limits.delay == 0:
			active = true
		case earliest == 0 || l.limits.delay < earliest:
			earliest = l.limits.delay
		}
	}
	return earliest, active
}

func (m *legLimits) bringForward(delay, by int64) {
	m.delay -= delay
	for _, limit := range []*int64{&m.ring, &m.progress} {
		if *limit > 0 {
			*limit = max(*limit-by, 1)
		}
	}
}

// confirmed lets a leg that answered hear its prompt and gives whether it has
// accepted by now.
func (a *attempt) confirmed(l *leg, now time.Time) bool {
	key, file := l.vars["group_confirm_key"], l.vars["group_confirm_file"]
	if !l.asked {
		l.asked = true
		if n, err := strconv.ParseInt(l.vars["group_confirm_timeout"], 10, 64); err == nil {
			l.limits.ring, l.limits.progress = 0, 0
			if n > 0 {
				l.limits.ring = epoch() - a.start + n
			}
		}
		if key == "exec" {
			l.announce(file, now)
		} else if _, ok := a.c.playLength(file); file != "" && !ok && !isList(file) {
			l.cause = "DESTINATION_OUT_OF_ORDER"
			return false
		}
	}
	if l.hungUp(now) {
		return false
	}
	if key == "exec" {
		return !now.Before(l.winsAt)
	}
	return l.pressed(key, now)
}

// announce runs an application for a leg that answered; only playback takes
// time. The leg is connected afterwards, also if the file is not there.
func (l *leg) announce(application string, now time.Time) {
	app, arg, _ := strings.Cut(application, " ")
	if app != "" && applications()[app] == nil {
		l.cause = "DESTINATION_OUT_OF_ORDER"
		return
	}
	l.winsAt = now
	if length, ok := l.c.playLength(arg); ok && app == "playback" {
		l.heard = append(l.heard, arg)
		l.winsAt = now.Add(length)
	}
}
