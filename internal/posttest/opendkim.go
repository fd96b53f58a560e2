package posttest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var dkimResult = regexp.MustCompile(`dkim=(\w+)[^;]*header\.s=(\S+)`)

// OpenDKIM has opendkim verify the signatures of a message, by the TXT records that
// it is given by their names, without the DNS. Results are by selector: pass or
// fail, or what else opendkim calls it. A message that is none, such as one from
// two senders, has no results.
func OpenDKIM(t testing.TB, message []byte, records map[string]string) (results map[string]string) {
	t.Helper()
	program := unpacked(t, "opendkim", "usr/sbin/opendkim")
	if program == "" {
		Missing(t, "the verifier opendkim", "apt-get install opendkim, or run make test")
	}
	dir := t.TempDir()
	var keys strings.Builder
	for name, text := range records {
		keys.WriteString(name + " " + text + "\n")
	}
	settings := filepath.Join(dir, "opendkim.conf")
	for file, text := range map[string]string{filepath.Join(dir, "keys"): keys.String(), settings: "Mode v\nSyslog no\nTestPublicKeys " + filepath.Join(dir, "keys") + "\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), program, "-x", settings, "-vvv", "-t", "-")
	cmd.Stdin = bytes.NewReader(message)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("opendkim: %v\n%s", err, said)
	}
	results = map[string]string{}
	for _, m := range dkimResult.FindAllSubmatch(said, -1) {
		results[string(m[2])] = string(m[1])
	}
	if !bytes.Contains(said, []byte("dkim=")) && !bytes.Contains(said, []byte("message not signed")) {
		t.Fatalf("opendkim says nothing of the message:\n%s", said)
	}
	return results
}
