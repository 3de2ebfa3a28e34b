package routing

import "fmt"

// MaxSteps is how many destinations one call may go through. No configuration
// that Compile accepts comes to it.
const MaxSteps = 60

// maxChain is the longest chain of exits; a call can go through two of them,
// its own and that of the default destination, and through the forwards its
// tenant may use beside.
const maxChain = 12

// Compile checks the configuration as a whole and gives its compiled form. All
// problems are found in one run, in the order of the files; the Directory is
// nil if one of them is more than a warning.
func Compile(cfg Config) (*Directory, []Problem) {
	return NewDirectory(nil).With(Change{Config: cfg, Operator: true})
}

// compiler checks a configuration and builds its directory in one go: what has
// been checked is what is kept.
type compiler struct {
	cfg        Config
	roster     *roster
	webhookIDs webhookIDs
	problems   []Problem
	// changing: what is compiled is what somebody changes, and hears what could be
	// better of it, too.
	changing bool
}

// tenant compiles what a tenant owns into its plan. was is the plan it had, or nil.
func (c *compiler) tenant(config TenantConfig, plan, was *Plan) {
	s := scope{compiler: c, key: config.Tenant, owner: config.Tenant}
	(&tenantCompiler{scope: s, config: config, plan: plan, was: was}).compile()
}

// scope is one owner's part of the configuration; problems are added to it by
// path and find their position in the owner's files.
type scope struct {
	*compiler
	key   string // in Config.positions
	owner string // shown when there are no files
}

func (s scope) add(p path, message, hint string) { s.put(p, Problem{Message: message, Hint: hint}) }

func (s scope) warn(p path, message, hint string) {
	s.put(p, Problem{Message: message, Hint: hint, Warning: true})
}

func (s scope) put(p path, problem Problem) {
	problem.Message = legible(problem.Message)
	tree := s.cfg.positions[s.key]
	if tree == nil || len(p) > 1 && tree.child(p[0]) == nil {
		// Not from a file, or in a section that no file of the owner has.
		problem.Path = joinRest(s.owner, p)
		s.problems = append(s.problems, problem)
		return
	}
	at := tree.find(p)
	if at.bad {
		return
	}
	problem.File, problem.Line, problem.Column, problem.Path = *at.nearest.file, at.nearest.line, at.nearest.column, at.display
	s.problems = append(s.problems, problem)
}

// addInText adds a problem at a character of a text, by line (from 1) and
// column (from 0) within it.
func (s scope) addInText(p path, m mistake) {
	before := len(s.problems)
	s.add(p, m.message, m.hint)
	if len(s.problems) == before {
		return
	}
	added := &s.problems[before]
	if tree := s.cfg.positions[s.key]; tree != nil && added.File != "" {
		tree.find(p).nearest.locate(added, m)
		return
	}
	added.Line, added.Column = m.line, m.column+1
	added.underline(lineOf(m.text, m.line), m.length)
}

// written tells whether a value stands in a file, even one like 0 that looks
// as if it were left out.
func (s scope) written(p path) bool {
	tree := s.cfg.positions[s.key]
	return tree != nil && tree.find(p).exact
}

// unreadable tells whether a value stands in a file, but was a mistake to read.
func (s scope) unreadable(p path) bool {
	tree := s.cfg.positions[s.key]
	return tree != nil && tree.find(p).bad
}

// whereIs gives the file and line of a path, to point at from elsewhere.
func (s scope) whereIs(p path) string {
	tree := s.cfg.positions[s.key]
	if tree == nil || len(p) > 1 && tree.child(p[0]) == nil {
		return joinRest(s.owner, p)
	}
	at := tree.find(p).nearest
	return fmt.Sprintf("%s:%d", *at.file, at.line)
}
