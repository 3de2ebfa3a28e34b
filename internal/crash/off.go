//go:build !crashpoints

package crash

// Here is where the process may be ended by a test; not in this build.
func Here(string) {}
