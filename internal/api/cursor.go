package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"switchyard/internal/record"
	"switchyard/routing"
)

// A cursor says where a list left off. To clients it is text without a meaning.
// It carries a sum over what it is of and whose, so that another list's,
// another tenant's and an invented one are told from it; it is no secret: with
// it one gets to one's own entries alone.

var (
	errCursor = errors.New("this is no cursor of this list")
	encoding  = base64.RawURLEncoding.Strict()
)

const (
	cursorVersion = 1
	sumBytes      = 8
)

// seal spells a cursor of a kind of list and a tenant.
func seal(kind string, tenant routing.TenantID, place []byte) string {
	return encoding.EncodeToString(append(cursorSum(kind, tenant, place), place...))
}

// unseal gives what was sealed, or errCursor.
func unseal(kind string, tenant routing.TenantID, text string) ([]byte, error) {
	raw, err := encoding.DecodeString(text)
	if err != nil || len(raw) < sumBytes {
		return nil, errCursor
	}
	sum, place := raw[:sumBytes], raw[sumBytes:]
	if string(sum) != string(cursorSum(kind, tenant, place)) {
		return nil, errCursor
	}
	return place, nil
}

func cursorSum(kind string, tenant routing.TenantID, place []byte) []byte {
	h := sha256.New()
	h.Write([]byte{cursorVersion, byte(len(kind))})
	h.Write([]byte(kind + string(tenant) + "\x00"))
	h.Write(place)
	return h.Sum(nil)[:sumBytes:sumBytes]
}

func eventCursor(tenant routing.TenantID, c record.EventCursor) string {
	return seal("events", tenant, numbers(c.XID, c.ID))
}

func parseEventCursor(tenant routing.TenantID, text string) (record.EventCursor, error) {
	if text == "" {
		return record.EventCursor{}, nil
	}
	n, err := twoNumbers(unseal("events", tenant, text))
	return record.EventCursor{XID: n[0], ID: n[1]}, err
}

func callCursor(tenant routing.TenantID, last record.Call) string {
	return seal("calls", tenant, append(numbers(last.StartedAt.UnixMicro()), last.ID...))
}

func parseCallCursor(tenant routing.TenantID, text string) (*record.Cursor, error) {
	if text == "" {
		return nil, nil
	}
	place, err := unseal("calls", tenant, text)
	if err != nil || len(place) < 8 {
		return nil, errCursor
	}
	at := int64(binary.BigEndian.Uint64(place))
	return &record.Cursor{StartedAt: time.UnixMicro(at).UTC(), ID: routing.CallID(place[8:])}, nil
}

func deliveryCursor(tenant routing.TenantID, last int64) string {
	return seal("deliveries", tenant, numbers(last, 0))
}

func parseDeliveryCursor(tenant routing.TenantID, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := twoNumbers(unseal("deliveries", tenant, text))
	return n[0], err
}

func numbers(list ...int64) []byte {
	var b []byte
	for _, n := range list {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}

func twoNumbers(place []byte, err error) ([2]int64, error) {
	if err != nil || len(place) != 16 {
		return [2]int64{}, errCursor
	}
	n := [2]int64{int64(binary.BigEndian.Uint64(place)), int64(binary.BigEndian.Uint64(place[8:]))}
	if n[0] < 0 || n[1] < 0 {
		return [2]int64{}, errCursor
	}
	return n, nil
}
