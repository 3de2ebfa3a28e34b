package replay_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/routing"
)

const operator = `
trunks: [{name: carrier-a, gateway: carrier-a, profile: external, country: US}]
tenants:
  - name: acme
    id: 6a097cb2-504f-43be-819a-b76209976818
    country: US
    timezone: America/New_York
    domains: [acme.example]
    numbers: ["+13055550100", "+13055550101", "+13055550102", "+13055550103", "+13055550104"MORE]
    trunks: [carrier-a]
    countries: [US]
  - name: rival
    id: 7b097cb2-504f-43be-819a-b76209976819
    country: US
    domains: [rival.example]
    numbers: ["+13055550200"]
    trunks: [carrier-a]
`

const tenant = `
tenant: acme
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
  - {extension: "1003"}
  - {extension: "1004"}
  - {extension: "1005", forward: {always: {number: "FORWARD"}}}
  - {extension: "1006"}
  - {extension: "1007"}
  - {extension: "1008"}
  - {extension: "1009"}
ringGroups: [{name: sales, extension: "1100", members: [{number: "1001"}, {number: "1002"}]}]
ivrMenus:
  - {name: main, extension: "1200", greeting: {file: main.wav}, digits: {"2": {route: extension, target: "1001"}}, exits: {no-input: {route: extension, target: "1001"}, invalid: {route: extension, target: "1001"}, too-many-tries: {route: extension, target: "1001"}}}
schedules:
  - name: office
    schedules: [{days: [monday, tuesday, wednesday, thursday, friday], startTime: "09:00", endTime: "CLOSES"}]
    openAction: {route: extension, target: "1001"}
    afterHoursAction: {route: voicemail, target: "1001"}
lists: [{name: vip, numbers: ["+13055550111", "+13055550112"]}]
BLOCKLIST
dids:
  - {number: "+13055550100", inboundRoute: extension, routeTarget: "1001"}
  - {number: "+13055550101", inboundRoute: schedule, routeTarget: office}
  - {number: "+13055550102", inboundRoute: ivr, routeTarget: main}
  - {number: "+13055550103", inboundRoute: extension, routeTarget: "1004"}
  - {number: "+13055550104", inboundRoute: extension, routeTarget: "1005"}
  DIDS
rules:
  - {name: vip, when: call.from in list("vip"), then: {VIP}}
  - {name: DESK, when: call.did == "+13055550103", then: {route: extension, target: "1003"}}
  - {name: spain, when: call.from.startsWith("+34"), then: {route: extension, target: "1001"}, set: {language: es-ES TAGS}}
  RULES
`

const neighbour = `
tenant: rival
extensions: [{extension: "1001"}]
dids: [{number: "+13055550200", inboundRoute: extension, routeTarget: "1001"}]
`

// platform is the published configuration and the draft of it, which differ in
// what the kinds of calls below say.
func platform(t testing.TB) (published, draft *routing.Directory) {
	t.Helper()
	compile := func(more ...string) *routing.Directory {
		filled := strings.NewReplacer(more...)
		_, d, problems := routing.CompileFiles([]routing.File{
			{Name: "operator.yaml", Data: []byte(filled.Replace(operator))},
			{Name: "acme.yaml", Data: []byte(filled.Replace(tenant))}, {Name: "rival.yaml", Data: []byte(neighbour)},
		})
		if d == nil {
			t.Fatal(problems)
		}
		return d
	}
	published = compile("MORE", "", "FORWARD", "1006", "CLOSES", "17:00", "BLOCKLIST", "", "DIDS", "", "VIP", `route: extension, target: "1002"`,
		"DESK", "desk", "TAGS", "", "RULES", "")
	draft = compile("MORE", `, "+13055550109"`, "FORWARD", "1008", "CLOSES", "18:00",
		"BLOCKLIST", `blocklist: [{prefix: "+1212", direction: outbound}]`,
		"DIDS", `- {number: "+13055550109", inboundRoute: extension, routeTarget: "1009"}`,
		"VIP", "route: ringgroup, target: sales", "DESK", "front-desk", "TAGS", ", tags: [spain]",
		"RULES", `- {name: west, when: call.from.startsWith("+1415"), then: {route: extension, target: "1004"}}
  - {name: campaign, when: 'call.did == "+13055550102" && "x-campaign" in call.headers', then: {route: extension, target: "1002"}}`)
	return published, draft
}

var monday = time.Date(2026, 11, 16, 15, 0, 0, 0, time.UTC) // ten in the morning in New York

// kind is calls of one kind and what the draft does with them.
type kind struct {
	share int // of a thousand calls
	call  routing.Call
	at    time.Time
	// alter, if not nil, changes the record, to one of a call that an older
	// configuration decided or of which less is kept.
	alter func(*record.Call)

	group   string // "from | to | differs" of the calls; "": they do not change
	same    bool   // they go to the same place by another rule
	unknown string // why they cannot be decided again
	went    bool   // they went elsewhere in fact
}

func in(from, to string) routing.Call {
	return routing.Call{CallerNumber: from, Dialled: to, Trunk: "carrier-a"}
}

func phone(extension, to string) routing.Call {
	return routing.Call{CallerNumber: extension, Dialled: to, AuthUser: extension, AuthDomain: "acme.example"}
}

// kinds are the calls of the test. Which of them change is known from what they
// are, and from nothing that is decided.
var kinds = []kind{
	{share: 300, call: in("+13055550122", "+13055550100")},
	{share: 113, call: in("+13055550122", "+13055550101")},
	{share: 110, call: phone("1007", "1003")},
	{share: 100, call: phone("1007", "+13055550999")},
	{share: 90, call: in("+13055550122", "+13055550200")},
	{share: 50, call: in("", "+13055550100")},
	{share: 37, call: in("+13055550111", "+13055550100"), group: `extension 1002, rule "vip" | ringgroup sales, rule "vip" | destination`},
	{share: 31, call: in("+14155550100", "+13055550100"), group: `extension 1001, no rule | extension 1004, rule "west" | destination`},
	{share: 29, call: in("+13055550122", "+13055550101"), at: monday.Add(7*time.Hour + 30*time.Minute),
		group: `schedule office -> voicemail 1001, no rule | schedule office -> extension 1001, no rule | destination`},
	{share: 23, call: phone("1007", "+12125550100"),
		group: `outside, the number dialled, over carrier-a, no rule | refused: blocked (CALL_REJECTED), the blocklist | verdict destination trunk cause`},
	{share: 19, call: in("+34915550100", "+13055550100"), group: `extension 1001, rule "spain" | extension 1001, rule "spain" | set.tags`},
	{share: 17, call: in("+13055550122", "+13055550104"), group: `extension 1005 -> extension 1006, no rule | extension 1005 -> extension 1008, no rule | destination`},
	{share: 13, call: in("+13055550122", "+13055550109"), group: `nobody has the number, no rule | extension 1009, no rule | tenant verdict destination`},
	{share: 20, call: in("+13055550122", "+13055550103"), same: true},
	{share: 11, call: in("+13055550122", "+13055550102"), unknown: "header x-campaign was not kept with it: no rule asked for it then"},
	{share: 7, call: in("+13055550122", "+13055550100"), unknown: "a number of it was erased",
		alter: func(c *record.Call) { c.CallerNumber, c.CallerRaw, c.Facts["from"] = "erased", "erased", "erased" }},
	{share: 5, call: in("+13055550122", "+13055550100"), unknown: "nothing was kept of how it was decided: its record was made from what the switch reported",
		alter: func(c *record.Call) { c.Facts = map[string]string{"source": "the call came for this number"} }},
	{share: 25, call: in("+13055550122", "+13055550100"), went: true,
		alter: func(c *record.Call) { c.Steps[0].Destination.Target, c.Rule = "1008", "long ago" }},
}

// planted is what a replay of some generated calls must find.
type planted struct {
	calls, changed, same, unknown, went int
	groups                              map[string]int
	unknowns                            map[string]int
}

// generate gives the records of n calls of all kinds, mixed, the newest first, as
// the pipeline of a server that routed them would have stored them.
func generate(t testing.TB, published *routing.Directory, n int) ([]record.Call, planted) {
	t.Helper()
	p := planted{groups: map[string]int{}, unknowns: map[string]int{}}
	patterns := recordKinds(t, published)
	calls := make([]record.Call, n)
	for i := range calls {
		k := kindOf(i)
		calls[i] = like(patterns[k], i)
		p.add(k)
	}
	slices.SortFunc(calls, record.NewestFirst)
	return calls, p
}

// like gives the record of the i-th call, which is of the pattern's kind.
func like(pattern record.Call, i int) record.Call {
	call, at := nth(i)
	c := pattern
	c.ID, c.SIPCallID, c.StartedAt = call.ID, call.SIPCallID, at
	c.Facts = maps.Clone(pattern.Facts)
	if _, decided := c.Facts["now"]; decided {
		c.Facts["now"] = at.Format(time.RFC3339)
	}
	return c
}

func (p *planted) add(k *kind) {
	p.calls++
	if k.went {
		p.went++
	}
	switch {
	case k.group != "":
		p.changed++
		p.groups[k.group]++
	case k.same:
		p.same++
	case k.unknown != "":
		p.unknown++
		p.unknowns[k.unknown]++
	}
}

// kindOf gives the kind of the i-th call: each thousand has every kind by its share,
// in an order that mixes them.
func kindOf(i int) *kind {
	place := i * 617 % 1000
	for n := range kinds {
		if place -= kinds[n].share; place < 0 {
			return &kinds[n]
		}
	}
	panic("the shares of the kinds are not a thousand together")
}

// recordKinds has one call of each kind decided, and takes its record from the
// pipeline that live calls go through.
func recordKinds(t testing.TB, d *routing.Directory) map[*kind]record.Call {
	t.Helper()
	var store kept
	p := record.New(&store, record.Options{})
	of := map[routing.CallID]*kind{}
	for i := range 1000 {
		k := kindOf(i)
		call, at := nth(i)
		if slices.Contains(slices.Collect(maps.Values(of)), k) {
			continue
		}
		of[call.ID] = k
		decision := d.Decide(call, at, nil)
		p.Started(record.Started{Call: call, Decision: decision, At: at})
		status := handlers.StatusUnknownNumber
		if decision.Verdict == routing.Routed {
			status = handlers.StatusNoAnswer
			for _, step := range steps(&decision, at) {
				p.Stepped(call.ID, step)
			}
		}
		p.Ended(call.ID, dialplan.Ending{Cause: dialplan.NoAnswerCause, CreatedAt: at, EndedAt: at.Add(30 * time.Second), Complete: true}, status)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := p.Run(stopped); err != nil {
		t.Fatal(err)
	}
	patterns := map[*kind]record.Call{}
	for _, c := range store.calls {
		k := of[c.ID]
		if k.alter != nil {
			k.alter(&c)
		}
		patterns[k] = c
	}
	return patterns
}

func nth(i int) (routing.Call, time.Time) {
	k := kindOf(i)
	at := k.at
	if at.IsZero() {
		at = monday
	}
	at = at.Add(time.Duration(i%1200)*time.Second).AddDate(0, 0, i/1200%5)
	call := k.call
	call.ID = routing.CallID(fmt.Sprintf("00000000-0000-4000-8000-%012d", i))
	call.Anonymous, call.CreatedAt = call.CallerNumber == "", at
	call.Switch, call.SIPCallID, call.CallerName = "fs1", string(call.ID)+"@192.0.2.1", "Ann Other"
	return call, at
}

// steps are the first destinations of a call, with what a handler notes of each.
func steps(d *routing.Decision, at time.Time) []record.Step {
	list := []record.Step{{N: 1, Destination: d.Destination, Outcome: routing.NoAnswer, From: at, To: at.Add(20 * time.Second)}}
	if next, _, ok := d.Plan.Follow(routing.Stop{Destination: d.Destination, Open: d.Open}, at); ok {
		list[0].Outcome = routing.Open
		list = append(list, record.Step{N: 2, Destination: next.Destination, From: at, To: at.Add(20 * time.Second)})
	}
	last := &list[len(list)-1]
	last.Attempts = []record.Attempt{{Member: "1001", Round: 1, Outcome: routing.NoAnswer, Cause: "NO_ANSWER"}, {Member: "1002", Skipped: routing.SkipOnCall}}
	return list
}

// kept is a store that keeps records.
type kept struct{ calls []record.Call }

func (k *kept) SaveCalls(_ context.Context, changes []record.Change) error {
	for i := range changes {
		k.calls = append(k.calls, changes[i].Call)
	}
	return nil
}
