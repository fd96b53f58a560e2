// Package posttest has what tests share: a store on every engine, a real
// PostgreSQL server, and in smtp a mail server with switchable faults. A piece
// that is missing on the machine skips the tests that need it and says so;
// with CI=true it fails them.
package posttest

import (
	"os"
	"testing"
)

// Missing skips the test because something is not installed; with CI=true it
// fails it.
func Missing(t testing.TB, what, mend string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing; %s", what, mend)
	}
	t.Skipf("%s is missing; %s", what, mend)
}
