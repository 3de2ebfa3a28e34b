package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"switchyard/dialplan"
	"switchyard/internal/esl"
	"switchyard/internal/record"
)

const (
	// resyncEvery is how often a switch is asked for everything, a tenth more or
	// less, so that servers do not ask in step.
	resyncEvery = time.Minute
	// resyncShare is how much of the time may be spent with asking: a switch that
	// takes three seconds is asked every five minutes.
	resyncShare = 100
	longestSync = 10 * time.Minute // between two
	resyncing   = 30 * time.Second // bounds one
	// settling is how long doubts gather before they are asked about.
	settling = 200 * time.Millisecond
	// listLag is longer than FreeSWITCH's list of channels is behind. Of younger
	// channels that it does not have, each is asked for.
	listLag = time.Minute
	// fresh is how long ago a switch may have said something: it is asked after
	// 30 s whether it is there.
	fresh = 40 * time.Second
)

// resynchronise asks the switch for everything, now and then, and for what
// events leave open, until the context ends.
func (l *link) resynchronise(ctx context.Context) {
	for failures := 0; ; {
		began := l.opts.Now()
		err := l.sync(ctx)
		if ctx.Err() != nil {
			return
		}
		took := l.opts.Now().Sub(began)
		l.synced(err, took, failures == 0)
		next := syncPause(took, l.opts.Random)
		if failures++; err == nil {
			failures = 0
		} else {
			next = pause(failures, l.opts.Random)
		}
		if !l.answerDoubts(ctx, next) {
			return
		}
	}
}

func syncPause(took time.Duration, random func() float64) time.Duration {
	next := min(longestSync, max(resyncEvery, took*resyncShare))
	return next + time.Duration((random()-0.5)*float64(next)/5)
}

// answerDoubts asks about what is in doubt, until it is time to ask for
// everything; false: the context ended.
func (l *link) answerDoubts(ctx context.Context, until time.Duration) bool {
	due := time.NewTimer(until)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-due.C:
			return true
		case <-l.doubtful:
		}
		if !sleep(ctx, settling) {
			return false
		}
		if err := l.settle(ctx); err != nil && ctx.Err() == nil {
			l.synced(err, 0, false)
		}
	}
}

// synced notes what became of a resynchronisation.
func (l *link) synced(err error, took time.Duration, first bool) {
	l.mu.Lock()
	l.state.ResyncErr = err
	if err == nil {
		l.state.LastResync, l.state.ResyncTook = l.opts.Now(), took
	} else {
		l.state.ResyncFailures++
	}
	name := l.state.Name
	l.mu.Unlock()
	if err != nil && first {
		l.opts.Log.Warn().Err(err).Str("address", l.at.Address).Str("switch", name).
			Msg("the switch does not tell its registrations and channels; it is tried again")
	}
}

// question runs do with a connection of its own, so that long answers hold up
// no event.
func (l *link) question(ctx context.Context, do func(ctx context.Context, c *esl.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, resyncing)
	defer cancel()
	c, err := l.logIn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	l.phones.begin()
	defer func() {
		if l.phones.end() {
			l.wake()
		}
	}()
	return do(ctx, c)
}

// sync asks for everything.
func (l *link) sync(ctx context.Context) error {
	return l.question(ctx, func(ctx context.Context, c *esl.Client) error {
		name, err := c.SwitchName(ctx)
		if err != nil {
			return err
		}
		if now := record.SafeText(name); now != l.snapshot().Name {
			return fmt.Errorf("at %s there is %s now", l.at.Address, now)
		}
		if err := l.syncContacts(ctx, c); err != nil {
			return fmt.Errorf("ask for registrations: %w", err)
		}
		if err := l.syncChannels(ctx, c); err != nil {
			return fmt.Errorf("ask for channels: %w", err)
		}
		l.phones.upToDate()
		return nil
	})
}

// errNoAnswer means that the switch did not answer as FreeSWITCH does.
var errNoAnswer = errors.New("that is no answer to it")

// syncContacts asks each profile. `show registrations` would be one question,
// but has one contact of each extension only (measured; with
// multiple-registrations of the core it has all, but not by default).
func (l *link) syncContacts(ctx context.Context, c *esl.Client) error {
	answer, err := c.API(ctx, "sofia", "xmlstatus")
	if err != nil {
		return err
	}
	if !strings.Contains(answer, "</profiles>") {
		return fmt.Errorf("sofia xmlstatus: %w: %.60q", errNoAnswer, answer)
	}
	var all []change
	for _, profile := range profilesOf(answer) {
		list, err := l.contacts(ctx, c, profile, "reg")
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	return l.phones.registered(all)
}

func (l *link) contacts(ctx context.Context, c *esl.Client, profile, which string) ([]change, error) {
	answer, err := c.API(ctx, "sofia", "xmlstatus profile "+profile+" "+which)
	if err != nil {
		return nil, err
	}
	list, ok := contactsOf(answer, profile, l.opts.Now())
	if !ok {
		return nil, fmt.Errorf("sofia xmlstatus profile: %w: %.60q", errNoAnswer, answer)
	}
	return list, nil
}

// settle asks for the extensions in doubt.
func (l *link) settle(ctx context.Context) error {
	doubts := l.phones.doubtful()
	if len(doubts) == 0 {
		return nil
	}
	return l.question(ctx, func(ctx context.Context, c *esl.Client) error {
		for _, d := range doubts {
			if !isWord(d.profile) || !isWord(d.of.extension) || !isWord(d.of.domain) {
				continue // the next list has it
			}
			list, err := l.contacts(ctx, c, d.profile, "user "+d.of.extension+"@"+d.of.domain)
			if err != nil {
				return fmt.Errorf("ask for an extension's registrations: %w", err)
			}
			if err := l.phones.registeredAs(d, list); err != nil {
				return err
			}
		}
		return nil
	})
}

// isWord tells that a text is one word of a command, and nothing else.
func isWord(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._") == ""
}

// syncChannels compares the list of channels with what is known. The list is
// kept beside the channels and is behind them, so it only says what to ask for:
// a dump and uuid_exists look at the channels themselves.
func (l *link) syncChannels(ctx context.Context, c *esl.Client) error {
	listed, err := listChannels(ctx, c)
	if err != nil {
		return err
	}
	unknown, unlisted := l.phones.compare(listed)
	for _, id := range unknown {
		answer, err := c.API(ctx, "uuid_dump", id)
		if err != nil {
			return err
		}
		dump := esl.EventOf([]byte(answer))
		named, one, ok := channelOf(dump, l.opts.Now())
		if !ok || named != id || dump.Header("Answer-State") == "hangup" {
			continue // over meanwhile
		}
		if err := l.phones.found(id, one); err != nil {
			return err
		}
	}
	return l.dropMissing(ctx, c, unlisted)
}

func (l *link) dropMissing(ctx context.Context, c *esl.Client, unlisted map[string]time.Time) error {
	for id, since := range unlisted {
		if l.opts.Now().Sub(since) < listLag {
			channel, err := dialplan.ParseChannelID(id)
			if err != nil {
				return err
			}
			there, err := exists(ctx, c, channel)
			if err != nil {
				return err
			}
			if there {
				continue
			}
		}
		l.phones.missing(id)
	}
	return nil
}

// listChannels gives the ids of the channels that the switch lists, and
// whether they are answered.
func listChannels(ctx context.Context, c *esl.Client) (map[string]bool, error) {
	answer, err := c.API(ctx, "show", "channels as json")
	if err != nil {
		return nil, err
	}
	var list struct {
		Rows []struct {
			UUID      string `json:"uuid"`
			CallState string `json:"callstate"`
		} `json:"rows"`
	}
	if err := json.Unmarshal([]byte(answer), &list); err != nil {
		return nil, fmt.Errorf("read the list of channels: %w", err)
	}
	listed := make(map[string]bool, len(list.Rows))
	for _, r := range list.Rows {
		if id, err := dialplan.ParseChannelID(r.UUID); err == nil {
			listed[id.String()] = r.CallState == "ACTIVE" || r.CallState == "HELD"
		}
	}
	return listed, nil
}

// heardConn notes when something came.
type heardConn struct {
	net.Conn
	now func() time.Time
	at  *atomic.Int64 // nanoseconds of the epoch
}

// Read implements net.Conn.
func (c heardConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.at.Store(c.now().UnixNano())
	}
	return n, err
}
