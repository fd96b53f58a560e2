// Package config reads config.yaml: strictly, all mistakes at once, each with
// its line, column and mend.
//
// A configuration is read in four steps:
//
//  1. document.go turns the YAML into nodes that know where they stand, and
//     refuses what has no business in a configuration: anchors, aliases, tags,
//     keys that stand twice.
//  2. decode.go asks for each key by its name, with its default and the
//     function that judges its value (values.go). section.go answers from the
//     environment, else from the file; it reports keys and variables that
//     nobody asked for.
//  3. checks.go, and the checks that the caller brings, compare values with
//     one another: they see a Config and name paths.
//  4. The mistakes get the places of their paths and are sorted.
//
// Step 1 stops at what cannot be parsed; the others go on after a mistake, so
// that one run shows them all. Secrets in files are read only when asked for.
package config

import (
	"net/mail"
	"net/netip"
	"time"
)

// Config is a configuration without mistakes. Paths in it are joined to the
// folder of its file.
type Config struct {
	File        string // as given to Load
	Publication Publication
	Articles    []Source
	// Database is sqlite:PATH or a postgres:// URL; open it by DatabaseURL.
	Database string
	// DatabasePasswordFile holds the PostgreSQL password; "" where the URL has it or none is needed.
	DatabasePasswordFile string
	Server               Server
	Desk                 Desk
	Feeds                Feeds
	Redirects            []Redirect
	Mail                 Mail
	Newsletters          []Newsletter
	Schedules            []Schedule
	Blackouts            []Blackout // of all schedules
	Templates            string     // folder of templates that override ours; "" for none

	places map[string]place
}

// Publication is the periodical.
type Publication struct {
	Title         string
	Tagline       string
	Description   string
	URL           string // http or https, without a slash at its end; may carry a path
	Language      string // BCP 47, in canonical form
	Timezone      *time.Location
	Hijri         string // HijriCivil, HijriUmmAlQura or HijriNone
	Citation      string // pattern with fields in braces
	ISSN          string // 1234-5679; "" for none
	PostalAddress string // may have several lines
	Copyright     string
	Accent        string   // #rrggbb in small letters; "" for the design's own
	Tiers         []string // names of those above member, each above the one before it
	Privacy       string   // Markdown file; "" for none
	Terms         string   // Markdown file; "" for none
	Logo          string   // picture file, judged by the caller's check; "" for none
	Icon          string   // likewise

	HijriCorrections []HijriCorrection // at most one a month, in the order of the file
}

// The calendars for Hijri dates.
const (
	HijriCivil     = "civil"
	HijriUmmAlQura = "umm-al-qura"
	HijriNone      = "none"
)

// A Source is where articles come from.
type Source struct {
	Folder string
}

// Server is the HTTP server.
type Server struct {
	Listen         string         // host:port; no host for every address, port 0 for any free one
	TrustedProxies []netip.Prefix // only from these are X-Forwarded-* headers believed
}

// Desk is the admin's.
type Desk struct {
	PasskeyRequired bool // to sign in there, a mailed link is not enough
}

// Feeds shapes the feeds.
type Feeds struct {
	Entries int // in a feed, 1 to 1000
	Content Contents
	Hubs    []string // addresses of WebSub hubs that are told of changes
}

// Contents says what entries hold in the feeds of each kind: ContentFull or
// ContentSummary.
type Contents struct {
	Site, Authors, Sections, Issues string
}

// What a feed's entry holds of an article.
const (
	ContentFull    = "full"
	ContentSummary = "summary"
)

// A Redirect leads from an address of an older system to one of ours. Parts in
// braces stand for one part of a path each.
type Redirect struct {
	From string // path from the host's root, maybe with a query
	To   string // path below the publication, or a whole address
}

// Mail says how mail leaves. With an Outbox, relays are not used.
type Mail struct {
	From    mail.Address
	ReplyTo mail.Address   // no Address for none
	Admins  []mail.Address // who are told of what needs a person
	Outbox  string         // folder; "" for none
	Relays  []Relay
	DKIM    []DKIM // each signs every message; none where the relay signs
	Domains []Domain
	Returns Returns
}

// A Domain is one whose people are sent mail no faster than it takes it.
type Domain struct {
	Name        string // in A-labels
	Connections int    // that send to it at once; 0 for any number
	PerSecond   int    // messages; 0 for no limit
	PerHour     int    // messages; 0 for no limit
}

// Returns says how mail comes back that could not be delivered, and complaints.
type Returns struct {
	Address string        // what return paths are made of; "" for those of the sender
	SoftRun int           // so many editions that come back softly in a row suppress an address, 2 to 20,
	SoftFor time.Duration // from the first to the last of which there is at least so long

	Listen   string // host:port of the listener; "" for none
	Protocol string // of the listener: ProtocolSMTP or ProtocolLMTP
	Mailbox  Mailbox
	Webhooks []Webhook
}

// The protocols of the listener.
const (
	ProtocolSMTP = "smtp"
	ProtocolLMTP = "lmtp"
)

// A Mailbox is an IMAP mailbox in which returned mail arrives.
type Mailbox struct {
	Address      string // host:port; "" for none
	TLS          string // TLSStart, TLSImplicit or TLSNone
	Username     string
	PasswordFile string // read by Password
	Folder       string // that is read
	Processed    string // folder that messages are moved to
}

// A Webhook is a provider that tells of returned mail over HTTP.
type Webhook struct {
	Provider   string // one of Providers
	SecretFile string // what proves that a message is the provider's; read by Secret
	Topic      string // ARN of the only SNS topic that is believed; of ProviderSES
}

// The providers that a Webhook can be of.
const (
	ProviderSES      = "ses"
	ProviderPostmark = "postmark"
	ProviderMailgun  = "mailgun"
	ProviderSendGrid = "sendgrid"
	ProviderBrevo    = "brevo"
)

// A DKIM is a key that signs our mail. Whether the file has one, and whether the
// domain may sign for the sender's, is for the caller's check.
type DKIM struct {
	Domain   string // in A-labels; "" for the sender's
	Selector string // names the public key's record
	KeyFile  string
}

// A Relay is an SMTP server that takes our mail.
type Relay struct {
	Name         string
	Address      string // host:port
	TLS          string // TLSStart, TLSImplicit or TLSNone
	Username     string // "" for no sign-in
	PasswordFile string // read by Password
	Connections  int    // at once, 1 to 100
	Messages     int    // over one connection
	Weight       int    // its share of the mail, to 100; 0: it steps in, in order
	PerSecond    int    // messages; 0 for no limit
	PerHour      int    // messages; 0 for no limit
	WarmUp       *WarmUp
}

// A WarmUp is how the mail that a new relay gets grows day by day, in UTC, from
// FirstDay on From until Target; then it has no limit.
type WarmUp struct {
	From     time.Time
	FirstDay int
	Growth   float64 // times as much each next day, above 1 to 10
	Target   int     // at least FirstDay
}

// How a connection to a relay is encrypted.
const (
	TLSStart    = "starttls" // STARTTLS, RFC 3207; never without
	TLSImplicit = "implicit" // from the first byte, RFC 8314
	TLSNone     = "none"
)

// A Newsletter is something one can subscribe to.
type Newsletter struct {
	Name        string
	misnamed    string // what stands there where it can be no name
	Title       string
	Description string
	Kind        string        // KindDigest or KindContents
	MaxAge      time.Duration // older articles are left out; 0 for no limit
	MembersOnly string        // MembersTeaser or MembersLeaveOut
	OnJoin      string        // JoinLatest or JoinNothing
	OwnHour     bool          // a person may have it at an hour of their own; only with schedules that are Local
	Minimum     int           // articles below which an edition is skipped
	Maximum     int           // articles printed whole in a digest, 1 to 100; 0 for no limit but the mail's size
	Approval    Approval

	Sections     []string // slugs of those that stand first, in this order
	Intro, Outro string   // plain text in paragraphs, at the head and foot of every digest
}

// Approval says that people look at an edition before it goes.
type Approval struct {
	Required bool
	Before   time.Duration  // how long before its time the draft is made
	Send     bool           // what nobody has answered to goes out all the same; else it is held
	Editors  []mail.Address // who get the draft
}

// The kinds of newsletters.
const (
	KindDigest   = "digest"   // tells what is new
	KindContents = "contents" // tells the contents of an issue when it is published
)

// What those who are no members get of a members-only article.
const (
	MembersTeaser   = "teaser"    // as others, marked as for members
	MembersLeaveOut = "leave_out" // nothing
)

// What one who joins gets at once.
const (
	JoinLatest  = "latest" // the latest edition
	JoinNothing = "nothing"
)

// A Schedule says when a newsletter goes out.
type Schedule struct {
	Newsletter string
	Name       string
	Title      string // what readers see
	Every      string // this or Cron; both are judged by the caller's check
	Cron       string
	Timezone   *time.Location
	Local      bool // its times are those of each reader's own zone
	Blackouts  []Blackout
}

// A Blackout is a span of dates on which nothing goes out. All of it is judged
// by the caller's check.
type Blackout struct {
	From, To, Then, Title string
}

// Position returns the line and column of what stands at a path such as
// schedules[0].cron; where the file lacks it, of what would hold it.
func (c *Config) Position(path string) (line, column int) {
	p := c.locate(path)
	return p.line, p.column
}

// locate is Position with the environment variable that overrides the path.
func (c *Config) locate(path string) place {
	for ; path != ""; path = parent(path) {
		if p, ok := c.places[path]; ok {
			return p
		}
	}
	return place{line: 1, column: 1}
}
