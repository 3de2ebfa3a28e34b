package jsoncdr

import (
	"context"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"switchyard/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink keeps what it took; fail decides what it does not take.
type sink struct {
	mu    sync.Mutex
	fail  func(record.Report) error
	taken []record.Report
	asked int
}

func (s *sink) Take(_ context.Context, reports []record.Report) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	for _, r := range reports {
		if s.fail == nil {
			break
		}
		if err := s.fail(r); err != nil {
			return err
		}
	}
	s.taken = append(s.taken, reports...)
	return nil
}

func (s *sink) legs() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.taken {
		ids = append(ids, r.Leg.LegID)
	}
	return ids
}

// refuse makes the sink take nothing, or all again.
func (s *sink) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = func(record.Report) error { return err }
}

// leg is the smallest record there is.
func leg(id string) string {
	return `{"variables":{"uuid":"` + id + `","hangup_cause":"NORMAL_CLEARING","end_uepoch":"1795257222638517"}}`
}
