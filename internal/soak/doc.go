// Package soak kills the server, and PostgreSQL under it, in the middle of
// calls, starts them again, and then checks from outside that nothing was
// lost: the stand-in's own log of calls and the webhook receivers' own log of
// requests against what the database has. docs/reliability.md says what is
// checked and how to repeat a run.
//
// There is nothing here but tests.
package soak
