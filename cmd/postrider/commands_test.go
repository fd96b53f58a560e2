package main

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	smtptest "postrider/internal/posttest/smtp"
)

// TestHelp checks that every command explains itself, and that the examples in
// its help are command lines that it takes.
func TestHelp(t *testing.T) {
	a := &app{out: io.Discard, errs: io.Discard}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		name := strings.Fields(c.CommandPath())[1:]
		out, errs, code := postrider(append(name, "--help")...)
		if code != 0 || errs != "" || !strings.Contains(out, "Usage:") || !strings.Contains(out, "Examples:") {
			t.Errorf("%s --help is %d with %q, %q", c.CommandPath(), code, out, errs)
		}
		if same, _, _ := postrider(append([]string{"help"}, name...)...); same != out {
			t.Errorf("help %s differs from %s --help", name, c.CommandPath())
		}
		if c.Short == "" {
			t.Errorf("%s has no words of its own", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			example(t, strings.TrimSpace(line))
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(a.command())
}

// example checks a command line without running it. A command's bare name is
// only spoken of.
func example(t *testing.T, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, " #")
	args := words(line)
	a := &app{out: io.Discard, errs: io.Discard}
	c, rest, err := a.command().Find(args[1:])
	if err == nil {
		err = c.ParseFlags(rest)
	}
	if err == nil && len(rest) > 0 {
		err = c.ValidateArgs(c.Flags().Args())
	}
	if args[0] != "postrider" || err != nil {
		t.Errorf("the example %q: %v", line, err)
	}
}

// TestJSONIsOneDocument checks the names in every document, where each list
// has something in it.
func TestJSONIsOneDocument(t *testing.T) {
	enterSite(t)
	for _, line := range []string{"subscribers add amina@example.org --confirmed", "subscribers add bo@example.org", "read", "send weekly"} {
		if _, errs, code := postrider(words(line)...); code != 0 {
			t.Fatalf("%s: %s", line, errs)
		}
	}
	for line, want := range map[string]string{
		"check --json":            "column field file line mend text value warning",
		"read --json":             "changed held new unchanged withdrawn",
		"articles --json":         "file problems slug state title",
		"subscribers list --json": "created email name newsletters state suppressed tier tier_ends timezone",
		"subscribers consent bo@example.org --json":            "asked confirmed form from mailed newsletters text text_version",
		"subscribers feeds amina@example.org --json":           "address feed",
		"schedules --json":                                     "at_desk blackouts local name newsletter next timezone words",
		"send weekly --json":                                   "deferred edition failed seconds sent skipped",
		"deliveries --json":                                    "at attempts code edition email message_id next reason relay reply state",
		"subscribers import later/people.csv --dry-run --json": "added demoted extended invalid known left problems suppressed told",
	} {
		out, _, _ := postrider(words(line)...)
		d := json.NewDecoder(strings.NewReader(out))
		var document any
		if err := d.Decode(&document); err != nil {
			t.Errorf("%s: %v in %q", line, err, out)
			continue
		}
		if more, err := io.ReadAll(d.Buffered()); err != nil || strings.TrimSpace(string(more)) != "" {
			t.Errorf("%s prints more than one document: %q, %v", line, more, err)
		}
		if list, ok := document.([]any); ok && len(list) > 0 {
			document = list[0]
		}
		object, ok := document.(map[string]any)
		if got := strings.Join(slices.Sorted(maps.Keys(object)), " "); !ok || got != want {
			t.Errorf("%s has the names %q, want %q", line, got, want)
		}
	}
}

// relaySite is the site with a relay instead of the outbox, one reader and
// something to send.
func relaySite(t *testing.T, address, more string) {
	t.Helper()
	enterSite(t)
	text, err := os.ReadFile("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	relay := "relays:\n    - name: main\n      address: " + address + "\n      tls: none\n" + more
	config := strings.Replace(string(text), "outbox: data/outbox\n", relay, 1)
	if err := os.WriteFile("config.yaml", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"subscribers add amina@example.org --confirmed", "read"} {
		if _, errs, code := postrider(words(line)...); code != 0 {
			t.Fatalf("%s: %s", line, errs)
		}
	}
}

func TestSendTellsWhatFailed(t *testing.T) {
	for _, test := range []struct {
		name, reply string
		code        int
		sent        sentJSON
		table       string // a part of the delivery's row
		after       string // what subscribers add says of the address
	}{
		{"taken", "", 0, sentJSON{Sent: 1}, "sent   main   250 2.0.0 ", "is known"},
		{"no such mailbox", "550 5.1.1 nobody here", 1, sentJSON{Failed: 1}, "failed  main   there is no such mailbox (550 5.1.1 nobody here)", "is suppressed"},
		{"later", "451 4.2.1 come back", 0, sentJSON{Deferred: 1}, "deferred  main   the relay asks to try again later (451 4.2.1 come back); tried again at 20", "is known"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := smtptest.Start(t, smtptest.Options{})
			if test.reply != "" {
				server.SetFault(smtptest.At(smtptest.RCPT, test.reply, smtptest.Proceed))
			}
			relaySite(t, server.Addr(), "")
			out, errs, code := postrider("send", "weekly", "--json")
			var got sentJSON
			if err := json.Unmarshal([]byte(out), &got); err != nil || code != test.code || got.Edition == nil {
				t.Fatalf("exit %d with %q, %q: %v", code, out, errs, err)
			}
			edition := *got.Edition
			if got.Edition, got.Seconds = nil, 0; got != test.sent {
				t.Errorf("send is %+v, want %+v", got, test.sent)
			}
			table, _, _ := postrider("deliveries", "--edition", edition)
			if !strings.Contains(strings.Join(strings.Fields(table), " "), strings.Join(strings.Fields(test.table), " ")) ||
				test.reply != "" && !strings.Contains(table, test.reply[4:]) {
				t.Errorf("deliveries lacks %q and the relay's words:\n%s", test.table, table)
			}
			if said, _, _ := postrider("subscribers", "add", "amina@example.org", "--confirmed"); !strings.Contains(said, test.after) {
				t.Errorf("subscribers add says %q, want %q", said, test.after)
			}
		})
	}
}

// TestInterruptedSendGoesOn interrupts a send when the relay refuses to let us
// in. What is told of it names the relay's words and never the password; the
// next send finishes the edition, and nobody gets it twice.
func TestInterruptedSendGoesOn(t *testing.T) {
	server := smtptest.Start(t, smtptest.Options{Username: "harbour", Password: "tide-and-salt"})
	relaySite(t, server.Addr(), "      username: harbour\n      password_file: secret\n")
	if err := os.WriteFile("secret", []byte("wrong-tide-and-salt\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	server.SetFault(func(step smtptest.Step, argument string) (string, smtptest.Action) {
		if step == smtptest.AUTH {
			interrupt()
		}
		return "", smtptest.Proceed
	})
	var out, errs strings.Builder
	code := run(ctx, []string{"send", "weekly", "--json"}, &out, &errs)
	said := regexp.MustCompile(`interrupted: 1 person waits for edition ([a-z2-7]{12}): `).FindStringSubmatch(errs.String())
	if code != 1 || said == nil {
		t.Fatalf("exit %d with %q", code, errs.String())
	}
	if strings.Contains(out.String()+errs.String(), "tide-and-salt") {
		t.Errorf("the password stands in %q", out.String()+errs.String())
	}

	server.SetFault(nil)
	if err := os.WriteFile("secret", []byte("tide-and-salt\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := postrider("send", "weekly", "--json"); code != 0 {
		t.Fatalf("the next send: %s", errs)
	}
	list, _, _ := postrider("deliveries", "--edition", said[1], "--json")
	if n := len(server.Messages()); n != 1 || !strings.Contains(list, `"state": "sent"`) {
		t.Errorf("%d messages, deliveries %s", n, list)
	}
}

// TestNoSecretIsTold runs into every wall behind which a database's password
// stands.
func TestNoSecretIsTold(t *testing.T) {
	const secret = "s3cr3t-salt"
	for _, url := range []string{
		"postgres://postrider:" + secret + "@127.0.0.1:1/postrider",
		"postgres://postrider:" + secret + "@127.0.0.1:1/postrider?sslmode=sometimes",
		"postgres://postrider:" + secret + "@127.0.0.1:1/postrider?connect_timeout=soon",
		"postgres://postrider:" + secret + "@no.such.host.invalid/postrider",
		"postgres://postrider:" + secret + "%zz@127.0.0.1:1/postrider",
		"postgres://postrider:" + secret + "#@127.0.0.1:1/postrider",
		"postgre://postrider:" + secret + "@127.0.0.1:1/postrider",
		"sqlite:" + secret + "?mode=memory",
	} {
		t.Run(strings.ReplaceAll(url, secret, "SECRET"), func(t *testing.T) {
			enterSite(t)
			t.Setenv("POSTRIDER_DATABASE", url)
			for _, line := range []string{"read", "send weekly", "subscribers list --json", "serve"} {
				out, errs, code := postrider(words(line)...)
				if code != 1 || out != "" || errs == "" {
					t.Errorf("%s: exit %d with %q, %q", line, code, out, errs)
				}
				if strings.Contains(errs, secret) {
					t.Errorf("%s tells the password: %s", line, errs)
				}
			}
		})
	}
}

// TestDecisions: who decided what stands in the log, and an edition shows it.
func TestDecisions(t *testing.T) {
	enterSite(t)
	t.Setenv("SUDO_USER", "salma")
	has := func(line string, want ...string) string {
		t.Helper()
		out, errs, code := postrider(words(line)...)
		for _, w := range want {
			if code != 0 || !strings.Contains(out+errs, w) {
				t.Errorf("%s is %d without %q:\n%s%s", line, code, w, out, errs)
			}
		}
		return out
	}
	has("subscribers add amina@example.org --confirmed", "added")
	has("read", "4 new")
	_, next, _ := strings.Cut(has("schedules skip weekly/main", "weekly/main does not go out at Fri", "but next at Fri"), "but next at ")
	has("schedules pause weekly/main", "is paused until somebody resumes it")
	has("schedules resume weekly/main", "goes out again, next at "+next)
	has("schedules --next 1", "does not go out: skipped by salma")
	has("schedules skip weekly/main --undo", "after all")
	has("schedules run weekly/main --as-next", "counts as the send of Fri", "No daemon runs now")
	has("schedules --plan 14d", "is planned now", "weekly/main", "weekly/first", "1 no zone", "run before its time by salma")
	var list []struct{ ID, State string }
	if err := json.Unmarshal([]byte(has("editions --json")), &list); err != nil || len(list) != 1 || list[0].State != "planned" {
		t.Fatalf("%+v, %v", list, err)
	}
	id := list[0].ID
	has("editions note "+id+" \"Back from the sea.\"", "on its way")
	has("editions drop "+id+" --reason \"too early\"", "is dropped")
	has("editions show "+id, "salma by postrider schedules run", "dropped by salma: too early", "note by salma: Back from the sea.")
	has("editions", "dropped")
	has("schedules log weekly", "skip", "unskip", "run", "note", "drop", "salma")
	if _, errs, code := postrider("editions", "release", id); code != 1 || !strings.Contains(errs, "only a held edition can be released") {
		t.Errorf("released a dropped one: %s", errs)
	}
}
