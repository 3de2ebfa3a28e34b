// Package routing decides what should happen to a call: which tenant it
// belongs to, where it goes, and where it goes next when that destination did
// not take it.
//
// It is pure. It opens no socket, writes no log, reads no clock and throws no
// dice: the time is an argument, and the same call against the same
// configuration at the same time always gives the same answer. That is why a
// decision can be explained and replayed long after the call is over.
//
// # From files to decisions
//
//	cfg, problems := routing.ParseFiles(files)     // every mistake in the text
//	directory, more := routing.Compile(cfg)        // every mistake in the whole
//	decision := directory.Decide(call, time.Now(), nil) // no I/O, safe for concurrent use
//	at := routing.Stop{Destination: decision.Destination}
//	next, goOn := decision.Plan.Next(at, routing.NoAnswer)
//
// CompileFiles does the first two at once. A Directory never changes; a new
// revision is a new Directory, and a running call keeps the Plan it began with.
//
// # Order of a decision
//
// The one place that spells it is Directory.decide: tenant, suspension,
// blocklist, rules by priority, then the route of the direction (the DID's
// route, the dialled extension, the outside call), then the tenant's default
// destination. Explain walks the very same code with a trace switched on.
//
// # Rules
//
// A rule's `when` is a CEL expression of type bool over the names in Names:
//
//	call.from in list("vip") && now.hour >= 9 && now.hour < 18
//
// Numbers are E.164 (+15551234567), extensions are as dialled; call.from is
// empty for an anonymous caller. Names and types are checked when the
// configuration is, and so is what an expression may cost. A rule that fails
// while a call waits (a header that is not there) does not match, is listed in
// Decision.FailedRules, and the next one is tried.
//
// # An end to every call
//
// Exits that lead back to where they started are refused, and so are chains of
// more than maxChain destinations. The tenant's default destination is used
// once: what it leads to never falls back to it again. Forwards may go round,
// for colleagues cover each other: a call is never forwarded by the same
// extension twice in a row of forwards, nor more often than its tenant may. Any
// walk of Next therefore ends within MaxSteps.
package routing
