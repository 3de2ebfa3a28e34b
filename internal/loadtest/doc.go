// Package loadtest is what the programs that put load on the server share
// (scripts/load, scripts/menuload, scripts/webhookload): the server under test
// as a process of its own on loopback, what a process has used, and the figures
// made of it. It needs Linux.
package loadtest
