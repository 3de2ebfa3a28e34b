package api

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Patch is a field of a change: left out it keeps what is there, null clears
// it, a value replaces it.
type Patch[T any] struct {
	Sent  bool
	Value T // the zero value for null
}

// UnmarshalJSON implements json.Unmarshaler; it is called for fields that were
// sent only.
func (p *Patch[T]) UnmarshalJSON(b []byte) error {
	p.Sent = true
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	return json.Unmarshal(b, &p.Value)
}

// Schema implements huma.SchemaProvider.
func (Patch[T]) Schema(r huma.Registry) *huma.Schema {
	schema := *huma.SchemaFromType(r, reflect.TypeFor[T]())
	schema.Nullable = true
	return &schema
}

// put takes the field over into what it changes.
func (p Patch[T]) put(into *T) {
	if p.Sent {
		*into = p.Value
	}
}
