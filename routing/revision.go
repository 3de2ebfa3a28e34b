package routing

import "fmt"

// baseRevision checks the revision a file says it was made from.
func (d *decoder) baseRevision(rev **int, tree *node) {
	if *rev == nil || **rev >= 0 {
		return
	}
	d.refuse(tree.keys["revision"], "revision", fmt.Sprintf("%d is no revision", **rev), "0 is one that nothing was published before")
	*rev = nil
}

// sameRevision takes the revision of another file of an owner over: all of them
// that say one were made from the same.
func (d *decoder) sameRevision(whole **int, part *int, known, again *node) {
	switch {
	case part == nil:
	case *whole == nil:
		*whole = part
	case **whole != *part:
		first := known.keys["revision"]
		d.add(again.keys["revision"], "revision", fmt.Sprintf("made from revision %d, the file before from %d", *part, **whole),
			fmt.Sprintf("see %s:%d: take all files from one revision", *first.file, first.line))
	}
}

// ProblemAt gives a problem of a tenant's files, or of the operator's for "", at
// the place of a value: keys as strings and places in lists as ints. It stands
// where the value was written, as far as there are files.
func (c Config) ProblemAt(tenant, message, hint string, at ...any) Problem {
	owner := tenant
	if owner == operatorScope {
		owner = "operator"
	}
	s := scope{compiler: &compiler{cfg: c}, key: tenant, owner: owner}
	s.add(at, message, hint)
	if len(s.problems) == 0 { // another problem stands there
		return Problem{Path: joinRest(owner, at), Message: message, Hint: hint}
	}
	return s.problems[0]
}

// SecretKept stands in files for a secret that is not to be changed: what was
// published is never written out again.
const SecretKept = "(unchanged)"

// OperatorFiles tells whether a file the configuration was read from belongs to
// the operator, whatever is in it.
func (c Config) OperatorFiles() bool { return c.positions[operatorScope] != nil }
