package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"switchyard/internal/config"
)

// changeLines writes differences as people read them.
func changeLines(changes []config.Difference) []string {
	out := []string{}
	for _, d := range changes {
		out = append(out, strings.TrimSpace(d.Change+" "+d.Kind+" "+d.Name))
		for _, f := range d.Fields {
			text := fmt.Sprintf("  %s: %s -> %s", f.Field, f.Was, f.Now)
			if f.Secret {
				text = "  " + f.Field + " (secret)"
			}
			out = append(out, text)
		}
	}
	return out
}

func TestFieldByField(t *testing.T) {
	const before = `
tenant: acme
extensions: [{extension: "1001"}, {extension: "1002", exits: {busy: {route: voicemail, target: "1001"}}}]
ringGroups: [{name: sales, members: [{number: "1001"}, {number: "1002", delaySeconds: 5}]}]
lists: [{name: vip, numbers: ["+13055550111", "+13055550112"]}]
rules:
  - {name: a, when: "call.anonymous", then: {route: extension, target: "1001"}}
  - {name: b, when: "true", then: {route: extension, target: "1001"}, set: {tags: [x]}}
webhooks: [{name: crm, url: "https://crm.example/hook", secret: s3cret-s3cret-s3cret}]
`
	for _, c := range []struct {
		name, was, now string
		want           []string
	}{
		{"a field", `when: "call.anonymous"`, `when: "!call.anonymous"`, []string{"changed rules a", `  when: "call.anonymous" -> "!call.anonymous"`}},
		{"a field inside", `target: "1001"}, set`, `target: "1002"}, set`, []string{"changed rules b", `  then.target: "1001" -> "1002"`}},
		{"a field that is gone", `, exits: {busy: {route: voicemail, target: "1001"}}`, ``, []string{"changed extensions 1002", `  exits: {"busy":{"route":"voicemail","target":"1001"}} -> `}},
		{"a field that is new", `{number: "1001"}`, `{number: "1001", confirm: true}`, []string{"changed ringGroups sales", `  members[1001].confirm:  -> true`}},
		{"another member", `{number: "1001"}, {number: "1002", delaySeconds: 5}`, `{number: "1002", delaySeconds: 7}`, []string{"changed ringGroups sales", "  members[1002].delaySeconds: 5 -> 7", `  members[1001]: {"number":"1001"} -> `}},
		{"members in another order", `{number: "1001"}, {number: "1002", delaySeconds: 5}`, `{number: "1002", delaySeconds: 5}, {number: "1001"}`, []string{"changed ringGroups sales", `  members (order): ["1001","1002"] -> ["1002","1001"]`}},
		{"a number of a list", `"+13055550112"`, `"+13055550113"`, []string{"changed lists vip", `  numbers[+13055550113]:  -> "+13055550113"`, `  numbers[+13055550112]: "+13055550112" -> `}},
		{"a secret", `s3cret-s3cret-s3cret`, `an0ther-s3cret-of-it`, []string{"changed webhooks crm", "  secret (secret)"}},
		{"no secret any more", `, secret: s3cret-s3cret-s3cret`, ``, []string{"changed webhooks crm", "  secret (secret)"}},
		{"one more before them", `  - {name: a,`, "  - {name: z, when: \"call.anonymous\", then: {route: extension, target: \"1002\"}}\n  - {name: a,", []string{"added rules z"}},
		{"one renamed", `name: vip`, `name: gold`, []string{"added lists gold", "removed lists vip"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, _, _ := opened(t)
			apply(t, h, operator, before)
			text := strings.Replace(before, c.was, c.now, 1)
			if text == before {
				t.Fatal("nothing is replaced")
			}
			out := apply(t, h, text)
			if diff := cmp.Diff(c.want, changeLines(out.Changes)); diff != "" {
				t.Error(diff)
			}
			// The history tells the same.
			then, err := h.Between(t.Context(), "acme", 1, 2)
			if diff := cmp.Diff(c.want, changeLines(then.Changes)); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
}

// However rules are put in order, applying it and comparing finds a change
// exactly if the order is another one, and never more rules than there are.
func TestOrderOfRules(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, acme)
	text := func(names []string) string {
		b := "tenant: acme\nrules:\n"
		for _, name := range names {
			b += fmt.Sprintf("  - {name: %s, when: \"call.from == '+1305555010%s'\", then: {route: extension, target: \"1001\"}}\n", name, string(name[1]))
		}
		return b
	}
	names := []string{"r0", "r1", "r2", "r3", "r4", "r5"}
	apply(t, h, text(names))
	rapid.Check(t, func(rt *rapid.T) {
		order := rapid.Permutation(names).Draw(rt, "order")
		count := rapid.IntRange(0, len(order)).Draw(rt, "count")
		before, _, _ := h.Tenant("acme")
		out := apply(t, h, text(order[:count]))
		common, was := []string{}, []string{}
		there := map[string]bool{}
		for _, name := range order[:count] {
			there[name] = true
		}
		known := map[string]bool{}
		for _, r := range before.Rules {
			if known[r.Name] = true; there[r.Name] {
				was = append(was, r.Name)
			}
		}
		for _, name := range order[:count] {
			if known[name] {
				common = append(common, name)
			}
		}
		moved := 0
		for _, d := range out.Changes {
			if d.Change == config.Changed {
				moved++
			}
		}
		if same := cmp.Equal(was, common); same != (moved == 0) || moved >= max(1, len(common)) && moved > 0 {
			rt.Fatalf("%v -> %v: %d moved", was, common, moved)
		}
		after, _, _ := h.Tenant("acme")
		for i, r := range after.Rules {
			if r.Name != order[i] {
				rt.Fatalf("%v is kept as %v", order[:count], after.Rules)
			}
		}
	})
}
