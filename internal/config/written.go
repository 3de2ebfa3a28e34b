package config

import (
	"bytes"
	"encoding/json"
	"fmt"

	"switchyard/routing"
)

// WriteOptions say what a written configuration has beside what people write.
type WriteOptions struct {
	// IDs has the ids of all objects, so that one can get another name and stay
	// the same one.
	IDs bool
}

// WriteTenant writes a tenant's configuration as a file that publishes it again
// and changes nothing: secrets stand as routing.SecretKept. Overrides are left
// out, they are for now.
func WriteTenant(cfg routing.TenantConfig, rev int, o WriteOptions) ([]byte, error) {
	cfg.Overrides = nil
	hooks := make([]routing.Webhook, len(cfg.Webhooks))
	for i, w := range cfg.Webhooks {
		w.Secret, w.PreviousSecret = kept(w.Secret), kept(w.PreviousSecret)
		hooks[i] = w
	}
	cfg.Webhooks = hooks
	return written(cfg, []string{"tenant"}, rev, o)
}

// WriteOperator does the same for what the operator owns.
func WriteOperator(cfg routing.OperatorConfig, rev int) ([]byte, error) {
	return written(cfg, nil, rev, WriteOptions{IDs: true}) // a tenant's id is the operator's to write
}

func kept(secret string) string {
	if secret == "" {
		return ""
	}
	return routing.SecretKept
}

// written gives v as YAML, the revision behind the keys that come first.
func written(v any, first []string, rev int, o WriteOptions) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("spell the configuration: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	root, err := readOrdered(d)
	if err != nil {
		return nil, fmt.Errorf("spell the configuration: %w", err)
	}
	revision := entry{"revision", orderedValue{scalar: json.Number(fmt.Sprint(rev))}}
	root.entries = append(root.entries[:len(first):len(first)], append([]entry{revision}, root.entries[len(first):]...)...)
	if !o.IDs {
		for i := range root.entries {
			root.entries[i].value.forget("id")
		}
	}
	w := yamlWriter{}
	w.mapping(root, 0)
	return w.Bytes(), nil
}

// forget leaves a key out of the entries of a list.
func (v *orderedValue) forget(key string) {
	for i := range v.items {
		item := &v.items[i]
		var rest []entry
		for _, e := range item.entries {
			if e.key != key {
				rest = append(rest, e)
			}
		}
		item.entries = rest
	}
}
