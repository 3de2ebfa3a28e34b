// Package handlers drives one call: it asks for the decision, runs one
// destination after the other on the live channel until one of them ends the
// call, and tells the recorder what happened. One file a kind of destination;
// the order of a call's steps can be read in Router.Serve.
package handlers
