package daemon

import (
	"context"
	"database/sql"
	"log/slog"
	"net/mail"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"postrider/digests"
	"postrider/feeds"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
	"postrider/store"
)

// Editions go through a queue of their own, so that a full one never keeps a
// confirmation waiting; so does what is told to hubs, which may hang, and of troubles, for which relays are
// called that take no mail. Lists of people are brought in one after the other.
const (
	queueSoon   = "soon"
	queueSend   = "send"
	queuePing   = "ping"
	queueImport = "import"
	queueTell   = "tell"
)

const manyAttempts = 10_000 // a job is a nudge; it is our tables that say when to give up

// jobs inserts jobs. It works none: those who do look for new ones four times a
// second.
type jobs struct{ client *river.Client[*sql.Tx] }

// newJobs makes a client that can only insert.
func (d *Daemon) newJobs() (*jobs, error) {
	client, err := river.NewClient(d.Store.JobDriver(), &river.Config{Logger: quiet(d.log), MaxAttempts: manyAttempts})
	return &jobs{client}, err
}

// newWorkers makes a client that works the jobs of every kind.
func (d *Daemon) newWorkers() (*river.Client[*sql.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &composer{d: d})
	river.AddWorker(workers, &ranger{d: d})
	river.AddWorker(workers, &retrier{d: d})
	river.AddWorker(workers, &confirmer{d: d})
	river.AddWorker(workers, &signer{d: d})
	river.AddWorker(workers, &mover{d: d})
	river.AddWorker(workers, &forgetter{d: d})
	river.AddWorker(workers, &pinger{d: d})
	river.AddWorker(workers, &notifier{d: d})
	river.AddWorker(workers, &teller{d: d})
	river.AddWorker(workers, &importer{d: d})
	return river.NewClient(d.Store.JobDriver(), &river.Config{
		ID: d.node, Logger: quiet(d.log), Workers: workers, MaxAttempts: manyAttempts,
		Queues:            map[string]river.QueueConfig{queueSoon: {MaxWorkers: 4}, queueSend: {MaxWorkers: d.connections()}, queuePing: {MaxWorkers: max(1, len(d.Feeds.Hubs))}, queueImport: {MaxWorkers: 1}, queueTell: {MaxWorkers: 1}},
		FetchPollInterval: 250 * time.Millisecond,
		// Jobs end themselves: the reply to a final dot alone may take ten minutes.
		// Without a timeout River rescues none of a killed node; Store.FreeDead does.
		JobTimeout:   -1,
		RetryPolicy:  steady{},
		ErrorHandler: &jobErrors{d.log},
		Middleware:   []rivertype.Middleware{d.working.middleware()},
	})
}

const maxConversations = 200 // at once, of one node

// connections is how many conversations can be open at once, with all relays: while
// one of them hangs, those with the others go on.
func (d *Daemon) connections() int {
	n := 0
	for _, r := range d.config.Mail.Relays {
		n += r.Connections
	}
	if d.config.Mail.Outbox != "" || n == 0 {
		return 2
	}
	return min(n, maxConversations)
}

// unfinished are the states in which a job is still to be worked, or is being.
var unfinished = []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}

// ping has a hub told of the feeds that have changed.
func (j *jobs) ping(ctx context.Context, tx *store.Tx, hub string) error {
	_, err := j.client.InsertTx(ctx, tx.Tx, feeds.PingArgs{Hub: hub}, &river.InsertOpts{Queue: queuePing})
	return err
}

// compose has an edition's content fixed and its messages made. Where a job for
// that is there already, it makes no second one.
func (j *jobs) compose(ctx context.Context, tx *store.Tx, edition string) error {
	_, err := j.client.InsertTx(ctx, tx.Tx, digests.ComposeArgs{Edition: edition},
		&river.InsertOpts{Queue: queueSoon, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}})
	return err
}

// ranges has parts of an edition sent, by a crew of each node: who is done with one
// part goes on with the next. So an edition of a thousand parts takes turns with one
// that comes after it and has a single part.
func (j *jobs) ranges(ctx context.Context, tx *store.Tx, ranges []store.Range) error {
	if len(ranges) == 0 {
		return nil
	}
	nodes, err := tx.LiveNodes(ctx)
	if err != nil {
		return err
	}
	ranges = ranges[:min(len(ranges), crewsOfEdition*max(1, nodes))]
	many := make([]river.InsertManyParams, len(ranges))
	for i, r := range ranges {
		many[i] = river.InsertManyParams{Args: mailer.RangeArgs{Edition: r.Edition, Last: r.Last}, InsertOpts: &river.InsertOpts{Queue: queueSend}}
	}
	_, err = j.client.InsertManyTx(ctx, tx.Tx, many)
	return err
}

// retry has due deliveries tried again.
func (j *jobs) retry(ctx context.Context, tx *store.Tx) error {
	_, err := j.client.InsertTx(ctx, tx.Tx, mailer.RetryArgs{}, &river.InsertOpts{Queue: queueSend})
	return err
}

// confirm has a confirmation mailed.
func (j *jobs) confirm(ctx context.Context, tx *store.Tx, signUp string) error {
	_, err := j.client.InsertTx(ctx, tx.Tx, members.ConfirmationArgs{SignUp: signUp}, &river.InsertOpts{Queue: queueSoon})
	return err
}

// signIn has the link and the code of a sign-in mailed.
func (j *jobs) signIn(ctx context.Context, tx *store.Tx, signIn string) error {
	_, err := j.client.InsertTx(ctx, tx.Tx, members.SignInArgs{SignIn: signIn}, &river.InsertOpts{Queue: queueSoon})
	return err
}

// address has somebody mailed about a change of address.
func (j *jobs) address(ctx context.Context, tx *store.Tx, about members.AddressArgs) error {
	_, err := j.client.InsertTx(ctx, tx.Tx, about, &river.InsertOpts{Queue: queueSoon})
	return err
}

// forget has a person forgotten at an instant, unless they confirm before.
func (j *jobs) forget(ctx context.Context, tx *store.Tx, subscriber string, at time.Time) error {
	_, err := j.client.InsertTx(ctx, tx.Tx, members.ForgetArgs{Subscriber: subscriber}, &river.InsertOpts{Queue: queueSoon, ScheduledAt: at})
	return err
}

// people has an import gone on with, or forgotten, at an instant; zero: soon.
func (j *jobs) people(ctx context.Context, tx *store.Tx, args members.ImportArgs, at time.Time) error {
	_, err := j.client.InsertTx(ctx, tx.Tx, args, &river.InsertOpts{Queue: queueImport, ScheduledAt: at})
	return err
}

// notices has people of the publication mailed about an edition.
func (j *jobs) notices(ctx context.Context, tx *store.Tx, edition, about string, to []mail.Address) error {
	for _, a := range to {
		args := digests.NoticeArgs{ID: magazine.NewID(), Edition: edition, About: about, To: a.Address}
		if _, err := j.client.InsertTx(ctx, tx.Tx, args, &river.InsertOpts{Queue: queueSoon}); err != nil {
			return err
		}
	}
	return nil
}

// tell has people told of what has gone wrong and what is over. Who is being told
// already, or waits for it, gets no second job.
func (j *jobs) tell(ctx context.Context, tx *store.Tx, whom []string) error {
	for _, one := range whom {
		if _, err := j.client.InsertTx(ctx, tx.Tx, members.TroubleArgs{Whom: one}, &river.InsertOpts{Queue: queueTell, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}); err != nil {
			return err
		}
	}
	return nil
}

// steady tries a failed job again after a second.
type steady struct{}

func (steady) NextRetry(*rivertype.JobRow) time.Time { return time.Now().Add(time.Second) }

// jobErrors logs what a job could not do.
type jobErrors struct{ log *slog.Logger }

func (e *jobErrors) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	e.log.Error("a job failed and is tried again", "kind", job.Kind, "args", loggable(job), "attempt", job.Attempt, "error", err)
	return nil
}

func (e *jobErrors) HandlePanic(ctx context.Context, job *rivertype.JobRow, panicked any, trace string) *river.ErrorHandlerResult {
	e.log.Error("a job panicked and is tried again", "kind", job.Kind, "args", loggable(job), "panic", panicked, "trace", trace)
	return nil
}

// loggable is what a log says of a job's arguments: ids, but no address.
func loggable(job *rivertype.JobRow) string {
	if job.Kind == (digests.NoticeArgs{}).Kind() || job.Kind == (members.TroubleArgs{}).Kind() {
		return ""
	}
	return string(job.EncodedArgs)
}

// quiet passes on only what River finds wrong: it speaks of every start and stop.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(atLeast{log.Handler(), slog.LevelError}) }

type atLeast struct {
	slog.Handler
	level slog.Level
}

func (h atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}
func (h atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{h.Handler.WithAttrs(attrs), h.level}
}
func (h atLeast) WithGroup(name string) slog.Handler {
	return atLeast{h.Handler.WithGroup(name), h.level}
}
