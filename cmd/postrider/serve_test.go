package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// asPostrider makes this test's program be postrider itself, for tests that
// need a process of its own.
const asPostrider = "RUN_AS_POSTRIDER"

func TestMain(m *testing.M) {
	if os.Getenv(asPostrider) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// serving runs serve as a process until the test ends or stop is called, and
// waits until it serves. It returns the address; stop returns the exit code.
func serving(t *testing.T) (address string, stop func() int) {
	t.Helper()
	c := exec.Command(executable(t), "serve")
	c.Env = append(os.Environ(), asPostrider+"=1")
	errs, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceValue(func() int {
		c.Process.Signal(syscall.SIGTERM)
		io.Copy(io.Discard, errs)
		c.Wait()
		return c.ProcessState.ExitCode()
	})
	t.Cleanup(func() { stop() })
	lines := bufio.NewScanner(errs)
	var seen []string
	for lines.Scan() {
		var line struct{ Msg, Address string }
		seen = append(seen, lines.Text())
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			go io.Copy(io.Discard, errs)
			return strings.TrimSuffix(line.Address, "/"), stop
		}
	}
	t.Fatalf("serve ended with %d: %s", stop(), strings.Join(seen, "\n"))
	return "", nil
}

// TestBesideServe runs every other command beside a running daemon.
func TestBesideServe(t *testing.T) {
	enterSite(t)
	address, stop := serving(t)
	for _, line := range []string{
		"check --json", "subscribers add amina@example.org --confirmed", "read --json", "articles --json", "subscribers list",
		"subscribers import later/people.csv", "schedules", "preview weekly --to amina@example.org", "send weekly --json",
		"publish 12 10", "deliveries", "feeds --out public", "version",
	} {
		want := 0
		if strings.HasPrefix(line, "check") { // a file is held
			want = 1
		}
		if _, errs, code := postrider(words(line)...); code != want {
			t.Errorf("%s: exit %d with %s", line, code, errs)
		}
	}
	r, err := http.Get(address + "/rss.xml")
	if err != nil {
		t.Fatal(err)
	}
	feed, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil || !strings.Contains(string(feed), "The Lamp-Changer") {
		t.Errorf("the feed is %s, %v", feed, err)
	}
	// The reason is the database, also where the address is taken.
	t.Setenv("POSTRIDER_SERVER_LISTEN", strings.TrimPrefix(address, "http://"))
	if _, errs, code := postrider("serve"); code != 1 || !strings.Contains(errs, "another postrider already works on") {
		t.Errorf("a second serve: exit %d with %q", code, errs)
	}
	t.Setenv("POSTRIDER_DATABASE", "sqlite:other/postrider.db")
	if _, errs, code := postrider("serve"); code != 1 || !strings.Contains(errs, "cannot listen on server.listen") {
		t.Errorf("a second serve on another database: exit %d with %q", code, errs)
	}
	if code := stop(); code != 0 {
		t.Errorf("serve ended with %d", code)
	}
}

// TestReadOnlyData runs commands as a user who may not write the data folder:
// each says so and leaves nothing behind.
func TestReadOnlyData(t *testing.T) {
	dir := enterSite(t)
	program := filepath.Join(dir, "postrider")
	copyFile(t, executable(t), program)
	for path, mode := range map[string]os.FileMode{program: 0o755, filepath.Dir(dir): 0o755, dir: 0o755} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("data", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("data", 0o555); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"read", "send weekly", "subscribers add amina@example.org", "articles --json", "serve"} {
		c := exec.CommandContext(t.Context(), program, words(line)...)
		c.Env = []string{asPostrider + "=1"}
		if os.Getuid() == 0 { // nothing is read-only to root
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		var out, errs strings.Builder
		c.Stdout, c.Stderr = &out, &errs
		err := c.Run()
		if c.ProcessState == nil {
			t.Fatalf("%s: %v", line, err)
		}
		if c.ProcessState.ExitCode() != 1 || out.Len() > 0 || !strings.Contains(errs.String(), "cannot write the database data/postrider.db") {
			t.Errorf("%s: %v with %q, %q", line, err, out.String(), errs.String())
		}
		if left := list1("data"); left != "" {
			t.Errorf("%s left %q", line, left)
		}
	}
}

func executable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
