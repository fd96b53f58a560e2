package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postrider/mailer/returns"
)

const cameBack = "../../mailer/returns/testdata/"

// explained runs bounces explain --json, outside of any site: it reads no configuration.
func explained(t *testing.T, want int, args ...string) (lines []bounceLine, errs string) {
	t.Helper()
	out, errs, code := postrider(append([]string{"bounces", "explain", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &lines); err != nil || lines == nil || code != want {
		t.Fatalf("%q: exit %d with %q, %q: %v", args, code, out, errs, err)
	}
	return lines, errs
}

func TestBouncesExplain(t *testing.T) {
	hard, many := cameBack+"postfix-unknown.eml", cameBack+"exim-words.eml"
	lines, errs := explained(t, 0, hard, many)
	want := []bounceLine{
		{hard, returns.Bounce, returns.Hard, "amina@example.org", "5.1.1", 550, "550 5.1.1 <amina@example.org>: Recipient address rejected: User unknown in virtual mailbox table"},
		{many, returns.Bounce, returns.Hard, "amina@example.org", "", 550, "SMTP error from remote mail server after RCPT TO:<box17@inside.example>: host mx.inside.example [198.51.100.9]: 550 unknown user"},
		{many, returns.Bounce, returns.Soft, "bashir@example.net", "", 0, "mailbox is full: retry timeout exceeded"},
	}
	if !slices.Equal(lines, want) || errs != "" {
		t.Errorf("%+v\nwant %+v\n%s", lines, want, errs)
	}
	out, _, code := postrider("bounces", "explain", hard)
	if head, row, _ := strings.Cut(out, "\n"); code != 0 || strings.Join(strings.Fields(head), " ") != "File Kind Class Recipient Status Code Diagnostic" ||
		!strings.Contains(strings.Join(strings.Fields(row), " "), "bounce hard amina@example.org 5.1.1 550 550 5.1.1 <amina@example.org>: Recipient") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	out, _, _ = postrider("bounces", "explain", "--json", hard)
	for _, key := range []string{"file", "kind", "class", "recipient", "status", "code", "diagnostic"} {
		if !strings.Contains(out, `"`+key+`": `) {
			t.Errorf("no %s in %s", key, out)
		}
	}
}

func TestBouncesExplainFolders(t *testing.T) {
	dir := t.TempDir()
	put := func(name, sample string, more ...string) {
		t.Helper()
		text := ""
		for i, s := range append([]string{sample}, more...) {
			b, err := os.ReadFile(cameBack + s + ".eml")
			if err != nil {
				t.Fatal(err)
			}
			if len(more) > 0 {
				text += "From MAILER-DAEMON Thu Nov 26 07:05:12 2026\n"
			}
			if text += string(b); i < len(more) {
				text += "\n"
			}
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("Maildir/new/1764140712.1.host", "postfix-unknown")
	put("Maildir/cur/1764140713.2.host:2,S", "arf-abuse")
	put("Maildir/tmp/half", "postfix-unknown")
	put("Maildir/.hidden", "postfix-unknown")
	put("box", "postfix-delayed", "person-writes", "gmx-full")
	if err := os.Symlink(filepath.Join(dir, "Maildir"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		arg  string
		want string
	}{
		{"Maildir", "Maildir/cur/1764140713.2.host:2,S complaint none, Maildir/new/1764140712.1.host bounce hard"},
		{"link", "link/cur/1764140713.2.host:2,S complaint none, link/new/1764140712.1.host bounce hard"},
		{"box", "box:1 delay none, box:2 other none, box:3 bounce soft"},
	} {
		lines, _ := explained(t, 0, filepath.Join(dir, test.arg))
		var got []string
		for _, l := range lines {
			got = append(got, strings.TrimPrefix(l.File, dir+"/")+" "+string(l.Kind)+" "+string(l.Class))
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %q, want %q", test.arg, got, test.want)
		}
	}
}

func TestBouncesExplainStandardInput(t *testing.T) {
	f, err := os.Open(cameBack + "qmail-unknown.eml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before := os.Stdin
	os.Stdin = f
	defer func() { os.Stdin = before }()
	if lines, _ := explained(t, 0, "-"); len(lines) != 5 || lines[0].File != "-" || lines[4].Recipient != "esther@example.com" {
		t.Errorf("%+v", lines)
	}
}

func TestBouncesExplainFails(t *testing.T) {
	good, missing, empty := cameBack+"postfix-unknown.eml", filepath.Join(t.TempDir(), "missing.eml"), t.TempDir()
	lines, errs := explained(t, 1, missing, good)
	if len(lines) != 1 || lines[0].File != good || !strings.Contains(errs, missing+" cannot be read: no such file or directory; name ") {
		t.Errorf("%+v, %q", lines, errs)
	}
	if lines, errs := explained(t, 0, empty); len(lines) != 0 || errs != "" {
		t.Errorf("an empty folder: %+v, %q", lines, errs)
	}
	for _, args := range [][]string{{"bounces", "explain"}, {"bounces", "nonsense"}, {"bounces", "explain", "--nonsense", good}} {
		if _, errs, code := postrider(args...); code != 2 || errs == "" {
			t.Errorf("%q: exit %d with %q", args, code, errs)
		}
	}
}
