package posttest

import (
	"os"
	"runtime"
	"syscall"
	"testing"
)

// AsNobody takes root's rights on files from the test's thread until the test
// ends, so that what is forbidden is forbidden in CI, too. It changes nothing
// for another user. What runs in other goroutines keeps its rights.
func AsNobody(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	runtime.LockOSThread()
	if err := syscall.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Setfsuid(0)
		runtime.UnlockOSThread()
	})
}
