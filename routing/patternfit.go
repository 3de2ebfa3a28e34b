package routing

import "regexp/syntax"

// shortestNumber is how many digits a number in E.164 has at least.
const shortestNumber = 6

// fitsSomeNumber tells whether a pattern can match any + and digits. It goes
// through the steps the pattern can be in after each further character,
// whichever digit that is.
func fitsSomeNumber(pattern string) bool {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return false
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return false
	}
	reached, before := map[uint32]bool{uint32(program.Start): true}, rune(-1)
	for length := range 1 + maxPrefixDigits {
		next := "0123456789"
		if length == 0 {
			next = "+"
		}
		reached = step(program, reached, before, next)
		before = rune(next[0])
		if length >= shortestNumber && atEnd(program, reached, before) {
			return true
		}
	}
	return false
}

// step gives where a program can be after one of the characters in next.
func step(program *syntax.Prog, from map[uint32]bool, before rune, next string) map[uint32]bool {
	to := map[uint32]bool{}
	for at := range closure(program, from, syntax.EmptyOpContext(before, rune(next[0]))) {
		for _, r := range next {
			if instruction := &program.Inst[at]; takesRune(instruction) && instruction.MatchRune(r) {
				to[instruction.Out] = true
			}
		}
	}
	return to
}

func atEnd(program *syntax.Prog, reached map[uint32]bool, last rune) bool {
	for at := range closure(program, reached, syntax.EmptyOpContext(last, -1)) {
		if program.Inst[at].Op == syntax.InstMatch {
			return true
		}
	}
	return false
}

// closure adds to steps those that are reached without a character.
func closure(program *syntax.Prog, from map[uint32]bool, context syntax.EmptyOp) map[uint32]bool {
	all := map[uint32]bool{}
	var walk func(at uint32)
	walk = func(at uint32) {
		if all[at] {
			return
		}
		all[at] = true
		switch in := &program.Inst[at]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			walk(in.Out)
			walk(in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			walk(in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^context == 0 {
				walk(in.Out)
			}
		default: // it ends here, or goes on with a character
		}
	}
	for at := range from {
		walk(at)
	}
	return all
}

func takesRune(in *syntax.Inst) bool {
	switch in.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	default:
		return false
	}
}
