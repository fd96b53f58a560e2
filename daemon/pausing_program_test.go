package daemon_test

import (
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/internal/posttest/sink"
	"postrider/magazine"
)

// TestPauseTheProgram pauses, resumes and cancels editions from another process
// while the real daemon sends over several connections, and kills it in between.
func TestPauseTheProgram(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			pauseProgram(t, engine)
		})
	}
}

func pauseProgram(t *testing.T, engine string) {
	const people = 4000 // eight ranges
	relay := sink.Start(t, &sink.Sink{Keep: true, Delay: 5 * time.Millisecond})
	p := &program{t: t, bin: posttest.Program(t), file: settings(t, posttest.URL(t, engine), relay.Addr())}
	p.listen(p.file)
	p.subscribe(people)
	serve := p.start("serve")
	serve.errs.wait(serve, `"msg":"serving"`)
	d := open(t, p.file)
	defer d.Close()
	id, err := d.SendNow(t.Context(), "weekly", "test")
	if err != nil {
		t.Fatal(err)
	}
	taken := func(n int) {
		t.Helper()
		if err := relay.WaitFor(deadline(t), n); err != nil {
			t.Fatal(err)
		}
	}
	taken(200)
	if out := p.run("editions", "pause", id); !strings.Contains(out, "is paused;") || !strings.Contains(out, "editions resume "+id) {
		t.Errorf("it said %s", out)
	}
	for end := deadline(t); ; { // until the daemon has seen it
		if owner, err := d.Owner(end); err != nil {
			break // nobody has a range
		} else if end.Err() != nil {
			t.Fatalf("%s still has a range", owner)
		}
		time.Sleep(20 * time.Millisecond)
	}
	stands := relay.Taken()
	if stands >= people {
		t.Fatal("all had gone before the pause was seen")
	}
	serve.kill()
	serve = p.start("serve")
	serve.errs.wait(serve, `"msg":"serving"`)
	if out := p.run("editions"); !strings.Contains(out, "paused") {
		t.Errorf("editions said %s", out)
	}
	if out := p.run("deliveries", "--edition", id); strings.Count(out, "paused by") != people-stands {
		t.Errorf("%d messages went, and %d people are said to wait", stands, strings.Count(out, "paused by"))
	}
	if relay.Taken() != stands {
		t.Errorf("%d messages went while it was paused", relay.Taken()-stands)
	}
	p.run("editions", "resume", id)
	taken(stands + 300)
	serve.kill()
	serve = p.start("serve")
	taken(stands + 500)
	if out := p.run("editions", "cancel", id, "--reason", "the lead is wrong"); !strings.Contains(out, "is dropped;") {
		t.Errorf("it said %s", out)
	}
	serve.stop()
	e, err := d.Store.Edition(t.Context(), id)
	if err != nil || e.State != magazine.EditionDropped || !strings.HasPrefix(e.Reason, "cancelled by ") || !strings.HasSuffix(e.Reason, ": the lead is wrong") {
		t.Fatalf("%+v, %v", e, err)
	}
	copies := map[string]int{}
	for _, to := range relay.Recipients() {
		copies[to]++
	}
	if len(copies) == people || e.Counts.Sent < len(copies) || relay.Taken()-len(copies) > 10 { // a message for each connection when it was killed
		t.Errorf("%d people have it, %d messages went, recorded are %+v", len(copies), relay.Taken(), e.Counts)
	}
}
