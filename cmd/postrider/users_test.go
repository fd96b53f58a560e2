package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestUsersAndAudit: the first who is let in owns the desk, and each step stands in
// the log under the name of who ran the command.
func TestUsersAndAudit(t *testing.T) {
	enterSite(t)
	t.Setenv("SUDO_USER", "salma")
	for _, c := range []struct {
		line string
		code int
		want string
	}{
		{"users list", 0, "Nobody works at the desk yet"},
		{"audit", 0, "Nobody has decided anything yet"},
		{"users add amina@example.org", 0, "amina@example.org is owner. To sign in, once, within 15 minutes:\nhttp://localhost:8080/signin/"},
		{"users add badr@example.org", 1, "say which role badr@example.org is to have"},
		{"users add badr@example.org --role king", 2, `there is no role "king"`},
		{"users add badr@example.org --role editor", 0, "badr@example.org is editor"},
		{"users add badr@example.org", 0, "badr@example.org is editor"},
		{"users add nowhere --role editor", 1, "nowhere"},
		{"users remove amina@example.org", 1, "the only owner"},
		{"users list", 0, "badr@example.org   editor"},
		{"users remove badr@example.org", 0, "does not work at the desk any more"},
		{"users remove badr@example.org", 1, "Nobody of that address"},
		{"audit", 0, "salma  user                       badr@example.org   editor to nothing"},
		{"audit --since 2999-01-01", 0, "Nobody has decided anything yet"},
		{"audit --since yesterday", 2, "wants a date like"},
	} {
		if out, errs, code := postrider(words(c.line)...); code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%s is %d without %q:\n%s%s", c.line, code, c.want, out, errs)
		}
	}
	out, _, _ := postrider("audit", "--json")
	var acts []struct{ Who, What, Detail, Subscriber string }
	if err := json.Unmarshal([]byte(out), &acts); err != nil || len(acts) != 6 || acts[1].What != "link" || acts[0].Who != "salma" || acts[0].Detail != "nothing to owner" || acts[0].Subscriber == "" {
		t.Errorf("%v: %s", err, out)
	}
}
