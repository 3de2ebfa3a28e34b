// Package dialplan says HOW FreeSWITCH is told: applications and their
// arguments, dial strings, channel variables, hangup causes, and what the
// variables of a finished application mean. It is the only place that spells
// FreeSWITCH syntax, and it is pure: no socket, no clock, no logger.
//
// FreeSWITCH expands ${…} in every argument of an application and runs API
// commands from there (${system …}), and a newline in a header starts a new
// command. Therefore nothing here is built from a raw string: every part of an
// argument is a type that was parsed from an allow-list of characters, and
// text written by a caller travels as CallerText, in a channel variable, never
// in an argument.
package dialplan
