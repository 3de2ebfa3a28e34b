// Package esl holds the sockets to FreeSWITCH: the server for its outbound
// socket with one Session a call, and for its inbound event socket a Client for
// questions and a Watcher for events of all calls.
//
// Messages are built with eslgo's command packages. eslgo's Conn is not used:
// it closes a channel under its own sender, hands every event to a listener on
// a goroutine of its own so that order is lost, does not match replies to
// commands, and reads headers and bodies without a limit. Here one goroutine
// reads frames in order under hard limits, and the call's own goroutine takes
// events from a queue.
package esl
