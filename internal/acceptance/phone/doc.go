// Package phone plays SIP telephones and carriers on loopback for tests: they
// register, take calls by a script, place calls, hang up, send and hear audio,
// and keep every message they saw with its time.
package phone
