// Package acceptance tests the server as its users meet it: the built binary,
// a real FreeSWITCH with the dialplan that customers copy, SIP phones and a
// carrier. Its tests have the build tag acceptance.
package acceptance
