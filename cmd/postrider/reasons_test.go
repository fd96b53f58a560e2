package main

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"postrider/daemon"
)

func TestWhyPeopleLeft(t *testing.T) {
	enterSite(t)
	if out, errs, code := postrider("subscribers", "reasons", "weekly"); code != 0 || out != "" || !strings.Contains(errs, "Nobody said why") {
		t.Errorf("%d %q, %q", code, out, errs)
	}
	if _, errs, code := postrider("subscribers", "add", "amina@example.org", "--confirmed"); code != 0 {
		t.Fatal(errs)
	}
	a := &app{config: "config.yaml", out: io.Discard, errs: io.Discard}
	if err := a.with(context.Background(), nil, func(d *daemon.Daemon) error {
		p, err := d.Members.Known(context.Background(), "amina@example.org")
		if err != nil {
			return err
		}
		token := d.Members.LeaveToken(p.ID, "weekly")
		if err := d.Members.Leave(context.Background(), token); err != nil {
			return err
		}
		return d.Members.SayWhy(context.Background(), token, "too much of it")
	}); err != nil {
		t.Fatal(err)
	}
	if out, _, code := postrider("subscribers", "reasons", "weekly"); code != 0 || !strings.Contains(out, "amina@example.org") || !strings.Contains(out, "too much of it") {
		t.Errorf("%d %q", code, out)
	}
	out, _, _ := postrider("subscribers", "reasons", "weekly", "--json")
	var list []reason
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 || list[0].Reason != "too much of it" || list[0].Left == "" {
		t.Errorf("%v in %s", err, out)
	}
	if _, errs, code := postrider("subscribers", "reasons", "never"); code != 1 || !strings.Contains(errs, "no newsletter") {
		t.Errorf("%d %q", code, errs)
	}
}
