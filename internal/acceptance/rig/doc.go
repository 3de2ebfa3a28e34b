// Package rig runs a FreeSWITCH of its own for one test: a temporary folder,
// free loopback ports, the configuration of testdata/freeswitch and the
// dialplan of freeswitch-conf that customers copy. Nothing of an installed
// FreeSWITCH's configuration is read or changed.
package rig
