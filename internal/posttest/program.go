package posttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// program is the real program, which all tests of this process share.
var program struct {
	once sync.Once
	dir  string
	err  error
}

// Program builds the real program at the first call, and returns its file. Packages
// that call it have Main in their TestMain.
func Program(t testing.TB) string {
	t.Helper()
	program.once.Do(func() { program.err = buildProgram() })
	if program.err != nil {
		t.Fatal(program.err)
	}
	return filepath.Join(program.dir, "postrider")
}

func buildProgram() (err error) {
	if program.dir, err = os.MkdirTemp("", "postrider-program-"); err != nil {
		return err
	}
	if out, err := exec.Command("go", "build", "-o", program.dir, "postrider/cmd/postrider").CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}
