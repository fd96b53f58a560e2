package daemon

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"postrider/articles"
	"postrider/config"
	"postrider/feeds"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
	"postrider/schedules"
	"postrider/store"
	"postrider/templates"
)

// Options are what a Daemon is built from.
type Options struct {
	Config  *config.Config
	Version string           // of the program, as feeds and logs name it
	Now     func() time.Time // the clock; nil means time.Now
	Log     *slog.Logger     // nil: nothing is logged
}

// Daemon has every part of a publication, ready to be called: the commands use
// its trades beside a running one, Serve runs it.
type Daemon struct {
	Publication *magazine.Publication
	Store       *store.Store
	Members     *members.Members
	Feeds       feeds.Builder
	Sources     []*articles.Source

	config       *config.Config
	newsletters  []magazine.Newsletter // of the configuration, without their frequencies
	configured   []*schedules.Schedule // of the configuration, in its order
	timetable    atomic.Pointer[timetable]
	rereading    sync.Mutex
	pictures     pictures
	reader       *articles.Reader
	templates    *templates.Files
	transport    mailer.Transport    // nil where no newsletter is configured
	signers      []*mailer.Signer    // of every message
	paths        *mailer.ReturnPaths // nil: mail comes back to the sender
	renderers    map[string]renderer
	jobs         *jobs
	recorder     recorder
	working      workedOn
	refused      refusals          // of what came back
	polls        feeds.Polls       // of feeds, not written down yet
	fetches      http.RoundTripper // of certificates; nil: over the network
	mailboxTLS   *tls.Config       // of the mailbox; nil: the system's
	mailboxWaits []time.Duration   // after a mailbox that failed
	domains      *domains
	rebuffs      rebuffs
	crews        crews
	news         atomic.Pointer[news] // for people who look at their preferences
	now          func() time.Time
	log          *slog.Logger
	node         string
	ending       context.Context         // done when jobs are to come to a place to stop
	rangeSize    int                     // people in a range
	pageSize     int                     // people read ahead
	pageAge      time.Duration           // how long what was read of them holds good
	turnTime     time.Duration           // how long a job works at least where others wait
	stallTime    time.Duration           // how long a command waits while nothing gets on
	hangsAfter   time.Duration           // how long a crew of which nobody gets on is taken for a busy one
	deskPatience time.Duration           // how long a page of the desk waits for figures that are not known yet; 0: as admin.Options has it
	moved        atomic.Int64            // when the work last got on, Unix nanoseconds
	watched      atomic.Bool             // a command of this process waits for an edition
	trouble      atomic.Pointer[trouble] // of the relays, as last logged
	reached      reached                 // how many people late editions go to
	probing      sync.Map                // names of the relays that are being called
	began        atomic.Int64            // since when this daemon looks what is wrong, Unix microseconds; 0: not yet
}

// Open builds a daemon on a checked configuration. It opens the database and
// starts nothing.
func Open(ctx context.Context, o Options) (*Daemon, error) {
	d := &Daemon{config: o.Config, now: o.Now, log: o.Log, node: nodeName(o.Config), ending: context.Background(), rangeSize: rangeSize, pageSize: pageSize, pageAge: pageAge, turnTime: turnTime, stallTime: stallTime, hangsAfter: hangsAfter, mailboxWaits: mailboxWaits}
	d.recorder.d = d
	d.domains = newDomains(d)
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.Publication = publication(o.Config)
	d.templates = ownTemplates(o.Config)
	d.Feeds = feeds.Builder{Publication: d.Publication, Contents: contents(o.Config.Feeds.Content), Entries: o.Config.Feeds.Entries, Hubs: o.Config.Feeds.Hubs, Generator: "Postrider " + o.Version}
	var err error
	if err = d.speak(); err != nil {
		return nil, err
	}
	if err = d.showPictures(); err != nil {
		return nil, err
	}
	if err = d.letters(); err != nil {
		return nil, err
	}
	address, err := o.Config.DatabaseURL()
	if err != nil {
		return nil, err
	}
	if d.Store, err = store.Open(ctx, store.Options{URL: address, Now: d.now}); err != nil {
		return nil, err
	}
	if err := d.trades(ctx); err != nil {
		d.Store.Close()
		return nil, err
	}
	return d, nil
}

// Close closes the database.
func (d *Daemon) Close() error {
	if idle, ok := d.transport.(io.Closer); ok {
		idle.Close()
	}
	return d.Store.Close()
}

func publication(c *config.Config) *magazine.Publication {
	p := c.Publication
	return &magazine.Publication{Title: p.Title, Tagline: p.Tagline, Description: p.Description, URL: p.URL, Language: p.Language, Zone: p.Timezone,
		Citation: p.Citation, ISSN: p.ISSN, PostalAddress: p.PostalAddress, Copyright: p.Copyright, Accent: p.Accent, Tiers: tiers(p.Tiers)}
}

func tiers(names []string) (list magazine.Tiers) {
	for _, name := range names {
		list = append(list, magazine.Tier(name))
	}
	return list
}

func contents(c config.Contents) feeds.Contents {
	return feeds.Contents{magazine.ScopeSite: feeds.Content(c.Site), magazine.ScopeAuthor: feeds.Content(c.Authors),
		magazine.ScopeSection: feeds.Content(c.Sections), magazine.ScopeIssue: feeds.Content(c.Issues)}
}

// letters makes the newsletters, their schedules and their renderers, and the
// way that mail leaves.
func (d *Daemon) letters() error {
	err := d.nameLetters()
	if err == nil {
		err = d.mailTemplates()
	}
	if err != nil || len(d.newsletters) == 0 {
		return err
	}
	var wrong []config.Mistake
	if d.signers, wrong = signers(&d.config.Mail); len(wrong) > 0 {
		return magazine.Errorf(magazine.Invalid, "%s: %s; %s", wrong[0].Path, wrong[0].Text, wrong[0].Mend)
	}
	d.transport, err = transport(d.config.Mail, d.now)
	return err
}

// legal is the address of a page that the publication has a file for.
func (d *Daemon) legal(file, path string) string {
	if file == "" {
		return ""
	}
	return d.Publication.Link(path)
}

func transport(m config.Mail, now func() time.Time) (mailer.Transport, error) {
	if m.Outbox != "" {
		return &mailer.Outbox{Folder: m.Outbox, Now: now}, nil
	}
	return mailer.NewRelays("", now, relays(m)...)
}

func relays(m config.Mail) (all []mailer.Relay) {
	for _, r := range m.Relays {
		relay := mailer.Relay{Name: r.Name, Address: r.Address, TLS: mailer.TLS(r.TLS), Username: r.Username, Password: r.Password,
			Connections: r.Connections, Messages: r.Messages, Weight: r.Weight, PerSecond: r.PerSecond, PerHour: r.PerHour}
		if w := r.WarmUp; w != nil {
			relay.WarmUp = &mailer.WarmUp{From: w.From, FirstDay: w.FirstDay, Growth: w.Growth, Target: w.Target}
		}
		all = append(all, relay)
	}
	return all
}

// trades makes what works on the store.
func (d *Daemon) trades(ctx context.Context) (err error) {
	calendar, err := reckoning(&d.config.Publication)
	if err != nil {
		return err
	}
	d.reader = articles.New(articles.Options{Publication: d.Publication, Calendar: calendar})
	for _, s := range d.config.Articles {
		d.Sources = append(d.Sources, articles.NewSource(sourceName(s.Folder), s.Folder, d.reader, d.Store, d.log))
	}
	articles.Beside(d.Sources...)
	if relays, ok := d.transport.(*mailer.Relays); ok {
		relays.CountBy(d.Store)
	}
	if d.jobs, err = d.newJobs(); err != nil {
		return err
	}
	// The names of feeds outlive the host that they were first made on.
	if d.Feeds.Authority, err = d.Store.Setting(ctx, "tag-authority", func() string { return feeds.Authority(d.Publication) }); err != nil {
		return err
	}
	if err = d.openReturns(ctx); err != nil {
		return err
	}
	if err = d.reread(ctx); err != nil {
		return err
	}
	d.Members, err = members.New(ctx, members.Options{Store: d.Store, Newsletters: d.Newsletters, Tiers: d.Publication.Tiers, Zone: d.Publication.Zone, Publication: d.Publication,
		Mail:       func(ctx context.Context, tx *store.Tx, signUp string) error { return d.jobs.confirm(ctx, tx, signUp) },
		MailSignIn: func(ctx context.Context, tx *store.Tx, signIn string) error { return d.jobs.signIn(ctx, tx, signIn) },
		MailAddress: func(ctx context.Context, tx *store.Tx, about members.AddressArgs) error {
			return d.jobs.address(ctx, tx, about)
		},
		Forget: func(ctx context.Context, tx *store.Tx, subscriber string, at time.Time) error {
			return d.jobs.forget(ctx, tx, subscriber, at)
		},
		Import: func(ctx context.Context, tx *store.Tx, args members.ImportArgs, at time.Time) error {
			return d.jobs.people(ctx, tx, args, at)
		}})
	return err
}

// sourceName is a source's name in the store: its folder's, so that a
// publication can be moved to another place. CheckConfig sees to it that no two
// folders have the same.
func sourceName(folder string) string { return filepath.Base(filepath.Clean(folder)) }

// Newsletter finds a newsletter by name. NotFound names those there are.
func (d *Daemon) Newsletter(name string) (*magazine.Newsletter, error) {
	var have string
	letters := d.Newsletters()
	for i := range letters {
		if letters[i].Name == name {
			return &letters[i], nil
		}
		have += " " + letters[i].Name
	}
	if have == "" {
		return nil, magazine.Errorf(magazine.NotFound, "there is no newsletter %q; the configuration has none at all", name)
	}
	return nil, magazine.Errorf(magazine.NotFound, "there is no newsletter %q; there are:%s", name, have)
}

// nodeName tells this daemon from others on the same database. It is the same
// after a restart, so that it can free what it held when it was killed.
func nodeName(c *config.Config) string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "node"
	}
	if len(host) > 40 { // River takes 100 bytes in all; the end of a name tells more
		host = host[len(host)-40:]
	}
	return host + "@" + c.Server.Listen
}

// CheckConfig is the part of the configuration's check that needs the trades.
func CheckConfig(c *config.Config) []config.Mistake {
	_, wrong := readPictures(&c.Publication)
	wrong = append(wrong, correctionMistakes(&c.Publication)...)
	wrong = append(wrong, sourceMistakes(c.Articles)...)
	wrong = append(wrong, scheduleMistakes(c)...)
	wrong = append(wrong, templateMistakes(c)...)
	_, unsigned := signers(&c.Mail)
	wrong = append(wrong, unsigned...)
	return wrong
}

// sourceMistakes finds sources that would be taken for one another, or read
// twice.
func sourceMistakes(sources []config.Source) (wrong []config.Mistake) {
	for i, s := range sources {
		for _, other := range sources[:i] {
			if s.Folder == "" || other.Folder == "" {
				continue
			}
			m := config.Mistake{Path: fmt.Sprintf("articles[%d].folder", i)}
			switch {
			case sourceName(s.Folder) == sourceName(other.Folder):
				m.Text, m.Mend = "another source's folder is called "+sourceName(s.Folder)+", too, and sources are told apart by that", "rename one of the two folders"
			case within(s.Folder, other.Folder):
				m.Text, m.Mend = "the folder lies in "+other.Folder+", which is a source, so its files would be read twice", "leave one of the two out"
			case within(other.Folder, s.Folder):
				m.Text, m.Mend = "the folder has "+other.Folder+" in it, which is a source, so its files would be read twice", "leave one of the two out"
			default:
				continue
			}
			wrong = append(wrong, m)
			break
		}
	}
	return wrong
}

// within tells that a folder lies in another.
func within(folder, other string) bool {
	rel, err := filepath.Rel(other, folder)
	return err == nil && filepath.IsLocal(rel) && rel != "."
}
