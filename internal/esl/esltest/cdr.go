package esltest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// CDR is mod_json_cdr: when a channel is over, a record of it is posted, one
// after the other, and written to a folder when nobody takes it. Set the
// fields before the first call; Wait may be called from anywhere.
type CDR struct {
	URL            string // ?uuid=… is added
	User, Password string
	// Retries is how often a post that failed is tried again, and Delay how long
	// after it. Any answer but 2xx is a failure.
	Retries int
	Delay   time.Duration
	// Folder takes what could not be posted, as a_UUID.cdr.json for the caller's
	// channel (prefix-a-leg) and UUID.cdr.json for others; "" loses it.
	Folder string
	// PlainValues leaves the variables as they are (encode-values=false);
	// otherwise they are URL-encoded.
	PlainValues bool
	// Form posts cdr=… as a form (encode=true). What is left in the folder is
	// URL-encoded too then. Without PlainValues it cannot be read back: what is
	// encoded already is not encoded again, and once decoded a quote in a value
	// ends it.
	Form bool
	// OnlyA leaves out the legs that were dialled (log-b-leg=false).
	OnlyA bool

	mu      sync.Mutex
	queue   []cdr
	running bool
	idle    chan struct{} // closed when the queue is empty
	counts  CDRCounts
}

// CDRCounts is what became of records.
type CDRCounts struct{ Posted, Refused, Spooled, Lost int }

// cdr is one record on its way.
type cdr struct {
	uuid, file, text string
}

// Counts tells what became of the records so far; Refused counts attempts.
func (r *CDR) Counts() CDRCounts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts
}

// Wait returns when every record was posted, written to the folder or lost,
// or when ctx ends.
func (r *CDR) Wait(ctx context.Context) error {
	r.mu.Lock()
	idle := r.idle
	running := r.running
	r.mu.Unlock()
	if !running {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take queues a record; the one worker runs while there is something.
func (r *CDR) take(one cdr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, one)
	if !r.running {
		r.running, r.idle = true, make(chan struct{})
		go r.work()
	}
}

func (r *CDR) work() {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	for {
		r.mu.Lock()
		if len(r.queue) == 0 {
			r.running = false
			close(r.idle)
			r.mu.Unlock()
			return
		}
		one := r.queue[0]
		r.queue = r.queue[1:]
		r.mu.Unlock()
		r.process(client, one)
	}
}

func (r *CDR) process(client *http.Client, one cdr) {
	for try := 0; try <= r.Retries; try++ {
		if try > 0 {
			time.Sleep(r.Delay)
		}
		err := r.post(client, one)
		r.note(func(c *CDRCounts) {
			if err == nil {
				c.Posted++
			} else {
				c.Refused++
			}
		})
		if err == nil {
			return
		}
	}
	err := r.spool(one)
	r.note(func(c *CDRCounts) {
		if err == nil {
			c.Spooled++
		} else {
			c.Lost++
		}
	})
}

func (r *CDR) note(change func(*CDRCounts)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.counts)
}

func (r *CDR) post(client *http.Client, one cdr) error {
	body, kind := one.text, "application/json"
	if r.Form {
		body, kind = "cdr="+encode(one.text), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequest(http.MethodPost, r.URL+"?uuid="+one.uuid, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "freeswitch-json/1.0")
	if r.User != "" {
		req.SetBasicAuth(r.User, r.Password)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // the module does not look at it either
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}

// spool writes the file in place and without a rename, as the module does: a
// reader can see half of it.
func (r *CDR) spool(one cdr) error {
	if r.Folder == "" {
		return errors.New("no folder")
	}
	text := one.text
	if r.Form {
		text = encode(text)
	}
	return os.WriteFile(filepath.Join(r.Folder, one.file), []byte(text+"\n"), 0o666)
}
