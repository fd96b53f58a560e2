package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/store"
)

func TestBouncesLists(t *testing.T) {
	enterSite(t)
	for _, line := range []string{"subscribers add amina@example.org --confirmed", "read", "send weekly"} {
		if _, errs, code := postrider(words(line)...); code != 0 {
			t.Fatalf("%s: %s", line, errs)
		}
	}
	for line, want := range map[string]string{"bounces": "Nothing has come back.\n", "bounces refused": "Nothing was refused.\n"} {
		if out, errs, code := postrider(words(line)...); out != "" || errs != want || code != 0 {
			t.Errorf("%s: %q, %q, %d", line, out, errs, code)
		}
		if out, errs, code := postrider(words(line + " --json")...); out != "[]\n" || errs != "" || code != 0 {
			t.Errorf("%s --json: %q, %q, %d", line, out, errs, code)
		}
	}
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{URL: "sqlite:data/postrider.db"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.SubscriberByEmail(ctx, "amina@example.org")
	if err != nil {
		t.Fatal(err)
	}
	var edition string
	if err := s.EachDelivery(ctx, "", "", func(d magazine.Delivery) error { edition = d.Edition; return nil }); err != nil {
		t.Fatal(err)
	}
	err = s.Write(ctx, func(tx *store.Tx) error {
		for _, r := range []store.Return{
			{Key: "1", Via: "smtp", Kind: "auto-reply", Class: "none", Email: p.Email, Edition: edition, Newsletter: "weekly", Subscriber: p.ID, Effect: store.ReturnNoted},
			{Key: "2", Via: "ses", Kind: "bounce", Class: "hard", Email: p.Email, Edition: edition, Newsletter: "weekly", Subscriber: p.ID, Status: "5.1.1", Code: 550, Diagnostic: "550 no \x1b[2J such user",
				Effect: store.ReturnSuppressed, Detail: "nothing arrives at this address"},
		} {
			if _, err := tx.AddReturn(ctx, r); err != nil {
				return err
			}
		}
		return tx.CountRefused(ctx, "smtp", "forged", 3)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	for line, rows := range map[string]int{
		"bounces": 1, "bounces --all": 2, "bounces --to AMINA@example.org": 1, "bounces --to b@example.org": 0, "bounces --edition " + edition + " --all": 2,
	} {
		out, errs, code := postrider(words(line + " --json")...)
		var list []returnLine
		if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != rows || code != 0 {
			t.Errorf("%s: %q, %q, %d, %v", line, out, errs, code, err)
		}
		if line == "bounces" && len(list) == 1 {
			list[0].At = ""
			want := returnLine{"", "ses", "bounce", "hard", "amina@example.org", edition, "weekly", "5.1.1", 550, "550 no \x1b[2J such user", "suppressed", "nothing arrives at this address"}
			if list[0] != want {
				t.Errorf("got  %+v\nwant %+v", list[0], want)
			}
		}
	}
	out, _, _ := postrider("bounces")
	if line := strings.Join(strings.Fields(out), " "); !strings.HasPrefix(line, "At Address Edition Kind Class Done Words ") ||
		!strings.HasSuffix(line, "amina@example.org "+edition+" bounce hard suppressed: nothing arrives at this address 5.1.1 550 no [2J such user") || strings.Contains(out, "\x1b") {
		t.Errorf("%q", out)
	}
	out, _, _ = postrider("bounces", "refused")
	if line := strings.Join(strings.Fields(out), " "); !strings.HasSuffix(line, "smtp forged 3") {
		t.Errorf("%q", out)
	}
	if _, errs, code := postrider("bounces", "--edition", "nosuch"); code != 1 || errs == "" {
		t.Errorf("an edition that is not there: %q, %d", errs, code)
	}
}
