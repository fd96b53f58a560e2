package daemon_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/internal/posttest/sink"
)

var (
	kills     = flag.Int("kills", 10, "how often TestChaos kills the program on each engine, and TestPowerCut cuts the power; make chaos sets 200")
	chaosSeed = flag.Uint64("chaos-seed", 0, "of the instants at which it kills; 0: another each time")
)

// TestChaos kills the real program at random instants while it sends over ten
// connections, and starts it again, on each engine. The relay's own list tells who
// has a message: nobody misses theirs, and each kill may repeat one message a
// connection, which is what SENDING.md promises.
func TestChaos(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { chaos(t, engine) })
	}
}

func chaos(t *testing.T, engine string) {
	const connections, away = 10, 4 * time.Millisecond
	people := 600 * *kills
	relay := sink.Start(t, &sink.Sink{Keep: true, Delay: away})
	p := &program{t: t, bin: posttest.Program(t), file: settings(t, posttest.URL(t, engine), relay.Addr())}
	p.listen(p.file)
	p.connections(connections)
	p.subscribe(people)
	random, seed := atRandom()
	run, killed := p.start("send", "weekly"), 0
	var silent []time.Duration // from each start to the next message
	for killed < *kills {
		started, before := time.Now(), relay.Taken()
		if relay.WaitFor(deadline(t), before+1) != nil || before >= people {
			break
		}
		silent = append(silent, time.Since(started))
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond) // it is killed at any instant: that is the point
		if relay.Taken() >= people {
			break
		}
		run.kill()
		killed++
		run = p.start("serve")
	}
	for taken := relay.Taken(); taken < people; taken = relay.Taken() { // as long as it goes on: the rest may take minutes
		if relay.WaitFor(deadline(t), min(taken+1000, people)) != nil {
			break
		}
	}
	d := open(t, p.file)
	defer d.Close()
	e := settled(t, d, run)
	run.stop()
	missed, repeats := count(people, relay)
	t.Logf("%d kills (-chaos-seed %d): %d people, %d missed, %d repeats", killed, seed, people, missed, repeats)
	slices.Sort(silent)
	t.Logf("after a start the first message came in %v, half of the times in %v", silent[len(silent)-1], silent[len(silent)/2])
	if missed > 0 || repeats > killed*connections || e.Counts.Sent != people {
		t.Errorf("%d of %d people have no message, %d went twice, recorded %+v\n%s", missed, people, repeats, e.Counts, &run.errs)
	}
	if killed < *kills/2 {
		t.Errorf("it was killed %d times, and was to be %d times", killed, *kills)
	}
}

// atRandom is what the instants of a test are drawn from, and its seed.
func atRandom() (*rand.Rand, uint64) {
	seed := *chaosSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	return rand.New(rand.NewPCG(seed, 0)), seed
}
