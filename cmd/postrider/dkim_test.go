package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"postrider/mailer"
)

// TestNewKeyFromStartToEnd does what dkim new says: the lines that it prints make
// a right configuration, and its file is the key of the record.
func TestNewKeyFromStartToEnd(t *testing.T) {
	dir := enterSite(t)
	out, errs, code := postrider("dkim", "new", "2026a")
	if code != 0 || errs != "" {
		t.Fatalf("%d %s", code, errs)
	}
	file := filepath.Join(dir, "dkim-2026a.pem")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	key, problem := mailer.ParseKey(text)
	if problem != nil {
		t.Fatal(problem)
	}
	s, err := mailer.NewSigner("harbour.example", "2026a", key)
	if err != nil {
		t.Fatal(err)
	}
	name, record := s.Record()
	if !strings.Contains(out, "Name:   "+name+"\nValue:  "+record+"\n") {
		t.Errorf("the record %s %s is not in\n%s", name, record, out)
	}
	zone := regexp.MustCompile(`(?s)` + regexp.QuoteMeta(name+". IN TXT (") + `(.*?) \)\n`).FindStringSubmatch(out)
	if zone == nil {
		t.Fatalf("there is no line for a zone in\n%s", out)
	}
	joined := ""
	for _, m := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(zone[1], -1) {
		if joined += m[1]; len(m[1]) > 255 {
			t.Errorf("a string of %d bytes", len(m[1]))
		}
	}
	if joined != record {
		t.Errorf("the zone says %q", joined)
	}
	if strings.Contains(out, "PRIVATE") {
		t.Errorf("the key is shown:\n%s", out)
	}

	lines := regexp.MustCompile(`(?s)\nmail:\n(  dkim:\n.*?)\n\n`).FindStringSubmatch(out)
	if lines == nil {
		t.Fatalf("there are no lines for the configuration in\n%s", out)
	}
	settings, err := os.ReadFile("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("config.yaml", []byte(strings.Replace(string(settings), "mail:\n", "mail:\n"+lines[1]+"\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"subscribers add amina@example.org --confirmed", "read", "send weekly"} {
		if _, errs, code := postrider(words(line)...); code != 0 {
			t.Fatalf("%s: %s", line, errs)
		}
	}
	sent, err := filepath.Glob("data/outbox/*.eml")
	if err != nil || len(sent) != 1 {
		t.Fatalf("%v, %v", sent, err)
	}
	message, err := os.ReadFile(sent[0])
	if err != nil || !strings.HasPrefix(string(message), "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=harbour.example;\r\n s=2026a;") {
		t.Errorf("%v, %s", err, message)
	}

	if err := os.WriteFile(file, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"check", "serve", "send weekly"} {
		out, errs, code := postrider(words(line)...)
		if code != 1 || !strings.Contains(out+errs, "mail.dkim[0].key_file: ") || !strings.Contains(out+errs, "no private key in PEM form") {
			t.Errorf("%s says %d %s %s", line, code, out, errs)
		}
	}
}

func TestNewKeyIsRefused(t *testing.T) {
	enterSite(t)
	if out, errs, code := postrider(words("dkim new 2026e --ed25519 --domain Bücher.example --key-file e.pem")...); code != 0 || errs != "" || !strings.Contains(out, "2026e._domainkey.xn--bcher-kva.example") || !strings.Contains(out, "k=ed25519; p=") || !strings.Contains(out, `    - domain: "xn--bcher-kva.example"`) {
		t.Fatalf("%d %s %s", code, errs, out)
	}
	before, err := os.ReadFile("e.pem")
	if err != nil {
		t.Fatal(err)
	}
	settings, err := os.ReadFile("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("config.yaml", []byte(strings.Replace(string(settings), "mail:\n", "mail:\n  dkim:\n    - {selector: used, key_file: e.pem}\n    - {selector: coming, key_file: coming.pem}\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"dkim new":                           "needs SELECTOR",
		"dkim new a b":                       "takes only SELECTOR",
		"dkim old":                           "has no command",
		"dkim new 2026_a":                    "is no selector",
		"dkim new A":                         "is no selector",
		"dkim new a --domain -x-":            "is no domain",
		"dkim new a --key-file e.pem":        "is there already",
		"dkim new a --key-file gone/a.pem":   "cannot be written",
		"dkim new used --key-file other.pem": "has a key already",
		"dkim new a --config gone.yaml":      "there is no configuration",
	} {
		out, errs, code := postrider(words(line)...)
		if code == 0 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s says %d %s %s", line, code, out, errs)
		}
	}
	if after, err := os.ReadFile("e.pem"); err != nil || string(after) != string(before) {
		t.Errorf("the key was overwritten: %v", err)
	}
	for _, file := range []string{"other.pem", "dkim-a.pem"} {
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s was made", file)
		}
	}
	// The lines may stand in the configuration before there is a file.
	if _, errs, code := postrider(words("dkim new coming --key-file coming.pem")...); code != 0 {
		t.Errorf("%s", errs)
	}
}
