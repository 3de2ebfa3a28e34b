package record

import "switchyard/routing"

// SafeText makes text that a caller or a switch wrote safe to store, log and
// show: see routing.SafeText.
func SafeText(s string) string { return routing.SafeText(s) }

// safeFacts makes every name and value of the facts safe.
func safeFacts(facts map[string]string) map[string]string {
	if len(facts) == 0 {
		return nil
	}
	out := make(map[string]string, len(facts))
	for k, v := range facts {
		out[SafeText(k)] = SafeText(v)
	}
	return out
}
