package daemon_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/internal/posttest/sink"
)

var (
	kills     = flag.Int("kills", 10, "how often TestChaos kills the program on each engine; make chaos sets 200")
	chaosSeed = flag.Uint64("chaos-seed", 0, "of the instants at which it kills; 0: another each time")
)

// TestChaos kills the real program at random instants while it sends over ten
// connections, and starts it again, on each engine. The relay's own list tells who
// has a message: nobody misses theirs, and each kill may repeat one message a
// connection, which is what SENDING.md promises.
func TestChaos(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "postrider")
	if out, err := exec.Command("go", "build", "-o", bin, "postrider/cmd/postrider").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { chaos(t, bin, engine) })
	}
}

func chaos(t *testing.T, bin, engine string) {
	const connections, away = 10, 4 * time.Millisecond
	people := 600 * *kills
	relay := sink.Start(t, &sink.Sink{Keep: true, Delay: away})
	p := &program{t: t, bin: bin, file: settings(t, posttest.URL(t, engine), relay.Addr())}
	p.listen(p.file)
	config, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, p.file, strings.Replace(string(config), "      tls: none\n", fmt.Sprintf("      tls: none\n      connections: %d\n", connections), 1))
	p.subscribe(people)
	seed := *chaosSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	random := rand.New(rand.NewPCG(seed, 0))
	run, killed := p.start("send", "weekly"), 0
	for killed < *kills {
		before := relay.Taken()
		if relay.WaitFor(deadline(t), before+1) != nil || before >= people {
			break
		}
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond) // it is killed at any instant: that is the point
		if relay.Taken() >= people {
			break
		}
		run.kill()
		killed++
		run = p.start("serve")
	}
	d := open(t, p.file)
	defer d.Close()
	e := settled(t, d, run)
	run.stop()
	copies := map[string]int{}
	for _, to := range relay.Recipients() {
		copies[to]++
	}
	repeats := relay.Taken() - len(copies)
	t.Logf("%d kills (-chaos-seed %d): %d people, %d missed, %d repeats", killed, seed, people, people-len(copies), repeats)
	if len(copies) != people || repeats > killed*connections || e.Counts.Sent != people {
		t.Errorf("%d of %d people have a message, %d went twice, recorded %+v\n%s", len(copies), people, repeats, e.Counts, &run.errs)
	}
	if killed < *kills/2 {
		t.Errorf("it was killed %d times, and was to be %d times", killed, *kills)
	}
}
