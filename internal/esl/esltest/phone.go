package esltest

import (
	"maps"
	"strconv"
	"strings"
	"time"
)

// leg is one dialled phone. Its behaviour is computed from the time since its
// INVITE each time the session looks: no goroutine of its own.
type leg struct {
	c      *call
	uuid   string
	target string
	number string
	callee string // its number in events: the dialled one, or origination_callee_id_number
	user   bool   // dialled as user/: FreeSWITCH lists it twice
	phone  Phone
	vars   map[string]string

	created    time.Time
	begun      time.Time // INVITE; zero while leg_delay_start holds it back
	rangAt     time.Time
	earlyAt    time.Time
	answeredAt time.Time
	asked      bool // it hears the prompt of group_confirm_file
	heard      []string
	winsAt     time.Time // when an announcement is over
	limits     legLimits
	sip        int    // its failure
	cause      string // hangup cause, "" while it is up
	killed     string // uuid_kill of this leg
	sentOn     bool   // its 302 moves the caller
	noted      bool   // its failure is on the caller's channel
	reported   bool   // its CDR is written

	// What its phone is shown of the caller.
	shownName, shownNumber string
	headers                map[string]string
	// hungUpItself: after its answer, before it was connected or after.
	hungUpItself bool
}

// innerOriginate is how much later the INVITE of a user/ leg goes out that is
// the only target: it is an originate inside the originate, with a tick of its own.
const innerOriginate = tickLen + time.Millisecond

// dial makes the legs of one target, or gives the cause why there are none.
// forked: there are other targets.
func (c *call) dial(t dialTarget, common map[string]string, forked bool) ([]*leg, string) {
	kind, rest, _ := strings.Cut(t.dest, "/")
	var phones []Phone
	switch {
	case kind == "error":
		return nil, strings.ToUpper(rest)
	case kind == "user":
		return c.dialUser(t, rest, common, forked)
	case kind == "sofia" && strings.HasPrefix(rest, "gateway/"):
		return c.dialGateway(t, rest, common)
	case kind == "sofia":
		_, address, _ := strings.Cut(rest, "/")
		if phones = c.contact(t, address); phones == nil {
			phones, _ = c.sw.phonesOf(address)
		}
		if phones == nil {
			phones = []Phone{{SIPCode: 503, AnswerAfter: 40 * time.Millisecond, RingAfter: time.Hour}}
		}
		number, _, _ := strings.Cut(address, "@")
		return c.newLegs(t, common, phones, strings.TrimPrefix(number, "sip:"), false), ""
	}
	return nil, "CHAN_NOT_IMPLEMENTED"
}

// contact gives the registered phone whose address is dialled for a user.
func (c *call) contact(t dialTarget, address string) []Phone {
	user := t.vars["presence_id"]
	phones, _ := c.sw.phonesOf(user)
	for i := range phones {
		if registeredAt(phones, i) && address == contactURI(user, i) {
			return phones[i : i+1]
		}
	}
	return nil
}

// dialUser calls the registered phones of a user. If there are other targets,
// FreeSWITCH returns from its inner originate with the first phone.
func (c *call) dialUser(t dialTarget, user string, common map[string]string, forked bool) ([]*leg, string) {
	name, domain, _ := strings.Cut(user, "@")
	c.vars.set("dialed_user", name)
	c.vars.set("dialed_domain", domain)
	phones, known := c.sw.phonesOf(user)
	if !known {
		return nil, "SUBSCRIBER_ABSENT"
	}
	c.vars.set("originate_disposition", "failure") // by the inner originate
	c.vars.set("DIALSTATUS", "INVALIDARGS")
	var registered []Phone
	for _, p := range phones {
		if p.Registered {
			registered = append(registered, p)
		}
	}
	if len(registered) == 0 {
		const cause = "USER_NOT_REGISTERED"
		c.vars.set("originate_disposition", cause)
		c.vars.set("DIALSTATUS", dialStatus(cause))
		return nil, cause
	}
	if forked {
		registered = registered[:1]
	}
	legs := c.newLegs(t, common, registered, name, true)
	if !forked {
		for _, l := range legs {
			if !l.begun.IsZero() {
				l.begun = l.begun.Add(innerOriginate)
			}
		}
		return legs, ""
	}
	c.other = legs[0]
	return legs, ""
}

func (c *call) dialGateway(t dialTarget, path string, common map[string]string) ([]*leg, string) {
	gateway, number, _ := strings.Cut(strings.TrimPrefix(path, "gateway/"), "/")
	phones, known := c.sw.phonesOf("gateway/" + gateway + "/" + number)
	if !known {
		phones, known = c.sw.phonesOf("gateway/" + gateway)
	}
	if !known || len(phones) == 0 {
		return nil, "INVALID_GATEWAY"
	}
	if phones[0].Down {
		return nil, "GATEWAY_DOWN"
	}
	return c.newLegs(t, common, phones[:1], number, false), ""
}

func (c *call) newLegs(t dialTarget, common map[string]string, phones []Phone, number string, user bool) []*leg {
	var legs []*leg
	for i, p := range phones {
		l := &leg{c: c, target: t.dest, number: number, user: user, phone: p, created: time.Now(), vars: map[string]string{}}
		c.exportTo(l.vars)
		maps.Copy(l.vars, common)
		maps.Copy(l.vars, t.vars)
		l.uuid = l.vars["origination_uuid"]
		if l.uuid == "" || i > 0 {
			l.uuid = c.newUUID()
		}
		if l.limits = l.readLimits(); l.limits.delay == 0 {
			l.begun = l.created
		}
		l.callee = l.vars["origination_callee_id_number"]
		setDefault(&l.callee, number)
		c.callee = profile{name: "Outbound Call", number: l.callee}
		l.show()
		legs = append(legs, l)
	}
	return legs
}

// exportTo copies what export_vars names.
func (c *call) exportTo(vars map[string]string) {
	for _, name := range strings.Split(c.vars.get("export_vars"), ",") {
		if name != "" {
			vars[strings.TrimPrefix(name, "nolocal:")] = c.vars.get(name)
		}
	}
}

func (l *leg) seconds(name string) int64 {
	n, _ := strconv.ParseInt(l.vars[name], 10, 64) // as atoi: rubbish counts as 0
	return n
}

func (l *leg) truthy(name string) bool { return isTrue(l.vars[name]) }

// advance brings the leg up to now.
func (l *leg) advance(now time.Time) {
	if l.begun.IsZero() || l.cause != "" || !l.answeredAt.IsZero() {
		return
	}
	p, since := l.phone, now.Sub(l.begun)
	over := !p.NeverAnswers && since >= p.AnswerAfter
	if p.RingAfter <= since && (!over || p.RingAfter < p.AnswerAfter) {
		l.ring(now)
	}
	switch {
	case !over:
	case p.RedirectTo != "":
		l.redirect()
	case p.SIPCode != 0:
		l.fail(p.SIPCode)
	case p.Busy:
		l.fail(486)
	case p.Decline:
		l.fail(603)
	default:
		l.answeredAt = l.begun.Add(p.AnswerAfter)
	}
}

func (l *leg) ring(now time.Time) {
	switch {
	case l.phone.EarlyMedia && l.earlyAt.IsZero():
		l.earlyAt = now
	case !l.phone.EarlyMedia && l.rangAt.IsZero():
		l.rangAt = now
	}
}

func (l *leg) fail(code int) { l.sip, l.cause = code, causeOfSIP(code) }

// redirect is the phone's 302: it fails the leg if outbound_redirect_fatal
// says so; otherwise FreeSWITCH sends the caller himself to the new
// destination.
func (l *leg) redirect() {
	if l.truthy("outbound_redirect_fatal") {
		l.sip, l.cause = 302, "REQUESTED_CHAN_UNAVAIL"
		return
	}
	l.sentOn, l.rangAt, l.cause = true, time.Time{}, "REDIRECTION_TO_NEW_DESTINATION"
}

// pressed tells whether the phone has pressed key since it answered.
func (l *leg) pressed(key string, now time.Time) bool {
	for _, k := range l.phone.Presses {
		if string(k.Digit) == key && now.Sub(l.answeredAt) >= k.At {
			return true
		}
	}
	return false
}

// hungUp tells whether an answered leg has ended by now, and how.
func (l *leg) hungUp(now time.Time) bool {
	switch {
	case l.killed != "":
		l.cause = l.killed
	case l.phone.HangupAfter > 0 && now.Sub(l.answeredAt) >= l.phone.HangupAfter:
		l.cause, l.hungUpItself = "NORMAL_CLEARING", true
	}
	return l.cause != ""
}

func (l *leg) name() string {
	return "sofia/" + l.c.in.Profile + "/" + strings.TrimPrefix(l.number, "sip:")
}

func (l *leg) result() LegResult {
	r := LegResult{UUID: l.uuid, Target: l.target, Rang: !l.rangAt.IsZero() || !l.earlyAt.IsZero(),
		Answered: !l.answeredAt.IsZero(), Cause: l.cause, Elsewhere: l.cause == "LOSE_RACE", Variables: l.vars}
	r.Heard = l.heard
	if !l.begun.IsZero() {
		r.Called = true
		r.CalledAfter = l.begun.Sub(l.c.start)
	}
	r.CallerName, r.CallerNumber, r.Headers = l.shownName, l.shownNumber, l.headers
	return r
}

// addProfile writes the Other-Leg-… headers.
func (l *leg) addProfile(f *fields) {
	p := l.c.profile
	for _, v := range []field{
		{"Direction", "outbound"}, {"Logical-Direction", "inbound"}, {"Username", p.number}, {"Dialplan", "XML"},
		{"Caller-ID-Name", p.name}, {"Caller-ID-Number", p.number},
		{"Orig-Caller-ID-Name", p.name}, {"Orig-Caller-ID-Number", p.number},
		{"Callee-ID-Name", "Outbound Call"}, {"Callee-ID-Number", l.callee},
		{"Network-Addr", "127.0.0.1"}, {"ANI", p.number}, {"Destination-Number", l.number},
		{"Unique-ID", l.uuid}, {"Source", "mod_sofia"}, {"Context", p.context}, {"Channel-Name", l.name()},
		{"Profile-Created-Time", micros(l.created)}, {"Channel-Created-Time", micros(l.created)},
		{"Channel-Answered-Time", micros(l.answeredAt)}, {"Channel-Progress-Time", micros(l.rangAt)},
		{"Channel-Progress-Media-Time", micros(l.earlyAt)}, {"Channel-Hangup-Time", "0"},
		{"Channel-Transfer-Time", "0"}, {"Channel-Resurrect-Time", "0"}, {"Channel-Bridged-Time", "0"},
		{"Channel-Last-Hold", "0"}, {"Channel-Hold-Accum", "0"},
		{"Screen-Bit", "true"}, {"Privacy-Hide-Name", "false"}, {"Privacy-Hide-Number", "false"},
	} {
		if v.value != "" {
			f.add("Other-Leg-"+v.name, v.value)
		}
	}
}
