package record

import (
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/routing"
)

// Options of a Pipeline. The zero value is ready to use.
type Options struct {
	Now     func() time.Time // default time.Now
	EventID func() string    // default NewEventID
	Log     zerolog.Logger   // default: nothing is logged
	Resume  Resumer          // default: earlier sessions' records are not read

	// Server is the id of this process, a new one each time it starts: live
	// calls are its own until their sessions end, and when it says no longer
	// that it lives (Reaper) somebody else closes their records.
	Server string
	// Committed is called after deliveries were stored, with the ids of their
	// endpoints, sorted, each once. It must not block.
	Committed func(endpoints []string)

	// MaxWaiting is how many calls that are over may wait for a store that is
	// away; of more, the records are lost and counted. Default 20,000.
	MaxWaiting int
	// GroupFor is how long a change waits for others to be stored with it.
	// Default 100 ms.
	GroupFor time.Duration
	// UntoldFor is how long changes that no webhook is waiting for, such as most
	// steps, wait before that for one with more reason to be stored. Default 250 ms.
	UntoldFor time.Duration
	// SaveWithin bounds one transaction. Default 10 s.
	SaveWithin time.Duration
	// ForgetAfter is how long a call that no session here has stays in memory
	// when Resume could not read its record again. Default 24 h.
	ForgetAfter time.Duration
	// FlushWithin bounds storing what is left when the pipeline stops.
	// Default 5 s.
	FlushWithin time.Duration
}

func (o *Options) setDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.EventID == nil {
		o.EventID = NewEventID
	}
	if o.Committed == nil {
		o.Committed = func([]string) {}
	}
	orElse(&o.MaxWaiting, 20_000)
	orElse(&o.GroupFor, 100*time.Millisecond)
	orElse(&o.UntoldFor, 250*time.Millisecond)
	orElse(&o.SaveWithin, 10*time.Second)
	orElse(&o.ForgetAfter, 24*time.Hour)
	orElse(&o.FlushWithin, 5*time.Second)
}

func orElse[T comparable](v *T, value T) {
	if *v == *new(T) {
		*v = value
	}
}

// NewEventID makes the id of an event: msg_ and a UUID v7, which sorts by time.
func NewEventID() string { return "msg_" + uuid.Must(uuid.NewV7()).String() }

// Pipeline takes what happens to calls and stores it. Started, Stepped,
// Answered, Ended and Left are called from the goroutine of a call, in order;
// they only note it and never wait for the database. Run is the one writer.
type Pipeline struct {
	saver Saver
	opts  Options

	changed chan struct{} // something waits; holds one token

	mu      sync.Mutex
	calls   map[routing.CallID]*live
	swept   time.Time // when silent calls were last looked for
	queue   []*live   // what waits for the writer, in order
	urgent  bool      // something in queue is waited for
	waiting int       // calls that are over and not stored
	batch   int       // calls stored together
	health  Health

	failing  bool   // the log says that storing fails
	reported uint64 // lost records the log has told of
}

// New makes a pipeline; nothing is stored until Run runs.
func New(saver Saver, opts Options) *Pipeline {
	opts.setDefaults()
	return &Pipeline{
		saver:   saver,
		opts:    opts,
		changed: make(chan struct{}, 1),
		calls:   map[routing.CallID]*live{},
		batch:   maxBatch,
	}
}

// Started opens the record of a call, or continues it if an earlier session
// had the call. An accepted call causes call.started, once.
func (p *Pipeline) Started(s Started) { p.open(openingOf(s)) }

func (p *Pipeline) open(o opening) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgetSilent()
	o.call.Owner = p.opts.Server
	l := p.calls[o.call.ID]
	if l != nil {
		if l.ended && !l.call.Complete {
			p.waiting--
		}
		l.again(o)
	} else {
		l = newLive(o)
		p.calls[o.call.ID] = l
		if o.accepted {
			p.happened(l, happening{kind: CallStarted, at: o.at})
		}
	}
	l.sessions++
	p.enqueue(l)
}

// Stepped notes a step that begins (no Outcome) or ends (the same N). The first
// that forwards because all calls are forwarded causes call.forwarded as it
// begins.
func (p *Pipeline) Stepped(id routing.CallID, s Step) {
	p.change(id, func(l *live) {
		kept, began := l.step(s)
		initiates := began && !l.initiated && !l.ended && isForward(&kept) && kept.ForwardType == string(routing.ForwardAlways)
		if initiates {
			l.initiated = true
			p.happened(l, l.forwardInitiated(kept, p.opts.Now()))
		}
		p.enqueue(l)
	})
}

// Answered notes that the call was connected to a person or an outside number.
// The first time causes call.answered; the first time that it was forwarded to
// who answered, call.forwarded.
func (p *Pipeline) Answered(id routing.CallID, a Answer) {
	p.change(id, func(l *live) {
		a = safeAnswer(a)
		tell := l.accepted && !l.ended // nothing follows call.ended
		if l.answer(a) && tell {
			p.happened(l, happening{kind: CallAnswered, at: a.At, forwardedTo: a.ForwardedTo})
		}
		if a.ForwardedTo != "" && !l.forwardAnswered && tell {
			l.forwardAnswered = true
			p.happened(l, l.forwardConnected(a))
		}
		p.enqueue(l)
	})
}

// Ended closes the record. It causes the last events of the call, once: see
// closings. A second end counts only if the first one was
// incomplete and this one is not.
func (p *Pipeline) Ended(id routing.CallID, e dialplan.Ending, status Status) {
	p.change(id, func(l *live) {
		first := !l.ended
		if !first && (l.call.Complete || !e.Complete) {
			return
		}
		if first && p.waiting >= p.opts.MaxWaiting {
			p.drop(l)
			return
		}
		before := l.call
		l.end(e, status, p.opts.Now())
		if first {
			p.waiting++
		}
		if first || l.dropClosings() {
			p.closing(l)
		} else {
			for _, h := range news(&before, &l.call) {
				p.happened(l, h)
			}
		}
		p.enqueue(l)
	})
}

// Left notes that a session of the call is gone and the call is not over. When
// it was the last one here, nobody owns the call any more: another session
// goes on with its record, or the Reaper closes it.
func (p *Pipeline) Left(id routing.CallID, at time.Time) {
	p.change(id, func(l *live) {
		l.sessions--
		if l.ended || l.sessions > 0 {
			return
		}
		l.call.Owner, l.call.LeftAt = "", at
		p.urgent = true // who has the call next reads what we know of it
		p.enqueue(l)
	})
}

// Has tells that there is a record of the call and a session here has it, or its
// end is not stored yet. What others store of the call before that is found when
// its end is stored, by this server or, if it dies, by a Reaper.
func (p *Pipeline) Has(id routing.CallID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.calls[safeID(id)]
	return l != nil && l.stored && (l.sessions > 0 || l.ended) && p.opts.Resume != nil
}

// change does something to a call that is known.
func (p *Pipeline) change(id routing.CallID, do func(*live)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.calls[safeID(id)]; l != nil {
		do(l)
	}
}

// closing notes the last events of a call by what is known of it now.
func (p *Pipeline) closing(l *live) {
	for _, h := range closings(&l.call) {
		p.happened(l, h)
	}
}

// happened notes an event; unknown numbers have no tenant, so nobody is told.
func (p *Pipeline) happened(l *live, h happening) {
	if l.call.TenantID == "" {
		return
	}
	h.id = p.opts.EventID()
	h.subscribe(l.webhooks)
	l.events = append(l.events, h)
}

// forgetSilent lets go of calls that left this server and were never heard of
// again.
func (p *Pipeline) forgetSilent() {
	now := p.opts.Now()
	if now.Sub(p.swept) < p.opts.ForgetAfter/24 {
		return
	}
	p.swept = now
	for id, l := range p.calls {
		if l.sessions <= 0 && !l.ended && !l.queued && l.taken == 0 && now.Sub(l.since) > p.opts.ForgetAfter {
			delete(p.calls, id)
		}
	}
}

// enqueue lets a call wait for the writer: not long where somebody is to be told.
func (p *Pipeline) enqueue(l *live) {
	if !l.queued {
		l.queued = true
		l.since = p.opts.Now()
		p.queue = append(p.queue, l)
	}
	p.urgent = p.urgent || l.awaited()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// drop gives a record up: the store has been away for so long that there is no
// room for more.
func (p *Pipeline) drop(l *live) {
	l.dropped = true
	delete(p.calls, l.call.ID)
	p.health.Dropped++
}
