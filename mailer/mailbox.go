package mailer

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"postrider/magazine"
)

// Mailbox is an IMAP mailbox (RFC 3501, RFC 9051) in which returned mail arrives.
// Each message is taken once, and then moved to another folder; none is deleted.
type Mailbox struct {
	Address  string // host:port
	TLS      TLS
	Username string
	Password func() (string, error) // read anew at each sign-in

	Folder    string // that is read
	Processed string // where messages go that were taken; made where it is missing

	// Most is how much of a message is fetched, in bytes.
	Most int64
	// Take gets a message. Its effect must be on disk once it returns nil; after
	// anything else the message comes again.
	Take func(ctx context.Context, message io.Reader) error
	// Place remembers up to which message all are dealt with, where they cannot be
	// moved; SetPlace keeps that.
	Place    func(ctx context.Context) (MailboxPlace, error)
	SetPlace func(ctx context.Context, p MailboxPlace) error
	// Works is told each time that all there was has been taken, and Stays why
	// messages are not moved.
	Works func()
	Stays func(why error)

	Roots *tls.Config // nil: the system's
	Poll  time.Duration
}

// MailboxPlace is a message in a folder: UIDs of another validity mean others.
type MailboxPlace struct {
	Validity uint32 `json:"validity"`
	UID      uint32 `json:"uid"`
}

// How long a server may take. Most servers end a connection that says nothing for
// half an hour.
const (
	mailboxStep = 2 * time.Minute
	mailboxIdle = 9 * time.Minute
)

// Watch takes the mailbox's messages, and those that come, until ctx is done or the
// connection is lost. The error says what to mend, without any mail address.
func (m *Mailbox) Watch(ctx context.Context) error {
	s := &mailSession{Mailbox: m, news: make(chan struct{}, 1)}
	err := s.watch(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err == nil { // while it was waited for
		err = magazine.Errorf(magazine.Unavailable, "the mailbox at %s closed the connection", m.Address)
	}
	return err
}

// mailSession is one connection.
type mailSession struct {
	*Mailbox
	conn   net.Conn
	client *imapclient.Client
	news   chan struct{} // something has come

	validity uint32
	moves    bool // messages can be moved, and none else is deleted by that
	idles    bool
}

func (s *mailSession) watch(ctx context.Context) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	defer s.conn.Close()
	stop := context.AfterFunc(ctx, func() { s.conn.Close() }) // whatever is waited for
	defer stop()
	if err := s.open(ctx); err != nil {
		return err
	}
	for {
		left, err := s.take(ctx)
		if err != nil {
			return err
		}
		s.Works()
		if err := s.wait(ctx, left); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// step allows one exchange its time: go-imap waits for an answer for ever.
func (s *mailSession) step(what string, do func() error) error {
	patience := time.AfterFunc(mailboxStep, func() { s.conn.Close() })
	defer patience.Stop()
	if err := do(); err != nil {
		return s.failed(what, err)
	}
	return nil
}

// failed says what went wrong, without the user: that may be an address.
func (s *mailSession) failed(what string, err error) error {
	words := magazine.CleanText(err.Error())
	if s.Username != "" {
		words = strings.ReplaceAll(words, s.Username, "the user")
	}
	return magazine.Errorf(magazine.Unavailable, "the mailbox at %s %s: %s", s.Address, what, clip(words, longestReply))
}

// open signs in and opens the folder.
func (s *mailSession) open(ctx context.Context) error {
	password, err := s.Password()
	if err != nil {
		return err
	}
	if err := s.encrypt(ctx); err != nil {
		return err
	}
	if err := s.step("does not greet", s.client.WaitGreeting); err != nil {
		return err
	}
	if err := s.step("refuses the sign-in; check username and password_file", func() error { return s.client.Login(s.Username, password).Wait() }); err != nil {
		return err
	}
	caps := s.client.Caps()
	s.moves, s.idles = caps.Has(imap.CapMove) || caps.Has(imap.CapUIDPlus), caps.Has(imap.CapIdle)
	s.step("", func() error { return s.client.Create(s.Processed, nil).Wait() }) // it is there mostly
	return s.step("does not open the folder "+s.Folder, func() error {
		data, err := s.client.Select(s.Folder, nil).Wait()
		if err == nil {
			s.validity = data.UIDValidity
		}
		return err
	})
}

// connect calls the server.
func (s *mailSession) connect(ctx context.Context) (err error) {
	dialer := &net.Dialer{Timeout: waitConnect}
	if s.conn, err = dialer.DialContext(ctx, "tcp", s.Address); err != nil {
		return s.failed("cannot be reached; check its address", err)
	}
	return nil
}

// encrypt begins the conversation, encrypted unless that is not wanted.
func (s *mailSession) encrypt(ctx context.Context) (err error) {
	options := &imapclient.Options{TLSConfig: s.tlsConfig(), UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: func(d *imapclient.UnilateralDataMailbox) {
		if d.NumMessages != nil {
			select {
			case s.news <- struct{}{}:
			default:
			}
		}
	}}}
	switch s.TLS {
	case TLSImplicit:
		secure := tls.Client(s.conn, options.TLSConfig)
		if err = s.step("offers no encryption that can be trusted", func() error { return secure.HandshakeContext(ctx) }); err == nil {
			s.client = imapclient.New(secure, options)
		}
	case TLSStart:
		err = s.step("offers no encryption that can be trusted", func() (err error) {
			s.client, err = imapclient.NewStartTLS(s.conn, options)
			return err
		})
	default:
		s.client = imapclient.New(s.conn, options)
	}
	return err
}

func (s *mailSession) tlsConfig() *tls.Config {
	c := &tls.Config{}
	if s.Roots != nil {
		c = s.Roots.Clone()
	}
	c.ServerName, _, _ = net.SplitHostPort(s.Address)
	return c
}

// take takes the messages that are there, in their order. It tells whether some
// are left that are to come again.
func (s *mailSession) take(ctx context.Context) (left bool, err error) {
	place, err := s.Place(ctx)
	if err != nil {
		return false, err
	}
	if place.Validity != s.validity {
		place = MailboxPlace{Validity: s.validity}
	}
	done := place
	for after := place.UID; ; {
		uids, err := s.waiting(after)
		for _, uid := range uids {
			var taken bool
			if taken, err = s.takeOne(ctx, uid); err != nil {
				break
			}
			after = uid
			if left = left || !taken; !left {
				done.UID = uid
			}
		}
		if done != place { // also where the connection was lost on the way
			err = errors.Join(err, s.SetPlace(ctx, done))
			place = done
		}
		if err != nil || len(uids) < mostListed {
			return left, err
		}
	}
}

// mostListed is how many messages are listed at once.
const mostListed = 1000

// waiting lists the first messages behind a place.
func (s *mailSession) waiting(after uint32) (uids []uint32, err error) {
	err = s.step("does not tell what is in it", func() error {
		behind := imap.UIDSet{}
		behind.AddRange(imap.UID(after)+1, 0) // to the last, which is told even where it stands before
		found, err := s.client.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{behind}}, nil).Wait()
		if err == nil {
			uids = firstOf(found.All, after)
		}
		return err
	})
	return uids, err
}

// firstOf are the first numbers of a set that are greater than one. A server may
// list what cannot be: 0, which is written for the last, or all that there are.
func firstOf(all imap.NumSet, after uint32) (uids []uint32) {
	set, _ := all.(imap.UIDSet)
	set = slices.SortedFunc(slices.Values(set), func(a, b imap.UIDRange) int { return cmp.Compare(a.Start, b.Start) })
	next := uint64(after) + 1
	for _, r := range set {
		for next = max(next, uint64(r.Start)); r.Start > 0 && next <= uint64(r.Stop) && len(uids) < mostListed; next++ {
			uids = append(uids, uint32(next))
		}
	}
	return uids
}

// takeOne takes one message, and then moves it. It tells whether it is dealt with.
func (s *mailSession) takeOne(ctx context.Context, uid uint32) (done bool, err error) {
	gone := false
	err = s.step("does not hand out a message", func() (err error) {
		done, gone, err = s.fetch(ctx, uid)
		return err
	})
	if err != nil || !done || gone {
		return done, err
	}
	only := imap.UIDSetNum(imap.UID(uid))
	if s.moves {
		err := s.step("does not move messages to "+s.Processed, func() error { return s.move(only) })
		if err == nil {
			return true, nil
		}
		s.moves = false
		s.Stays(err)
	}
	// It stays, and is passed over from now on.
	return true, s.step("does not mark a message as read", func() error {
		return s.mark(only, imap.FlagSeen)
	})
}

// move moves a message. Where the server has no command for it, it is copied, and
// deleted only then: go-imap's own way asks for both at once.
func (s *mailSession) move(only imap.UIDSet) error {
	if s.client.Caps().Has(imap.CapMove) {
		_, err := s.client.Move(only, s.Processed).Wait()
		return err
	}
	if _, err := s.client.Copy(only, s.Processed).Wait(); err != nil {
		return err
	}
	if err := s.mark(only, imap.FlagDeleted); err != nil {
		return err
	}
	return s.client.UIDExpunge(only).Close()
}

func (s *mailSession) mark(only imap.UIDSet, flag imap.Flag) error {
	return s.client.Store(only, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
}

// fetch has a message taken as it comes, as much of it as is looked at. One is gone
// that another program has moved away.
func (s *mailSession) fetch(ctx context.Context, uid uint32) (done, gone bool, err error) {
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: s.Most}}
	command := s.client.Fetch(imap.UIDSetNum(imap.UID(uid)), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{section}})
	gone = true
	var refused error
	for message := command.Next(); message != nil; message = command.Next() {
		for item := message.Next(); item != nil; item = message.Next() {
			if body, ok := item.(imapclient.FetchItemDataBodySection); ok && body.Literal != nil && gone {
				gone, refused = false, s.Take(ctx, io.LimitReader(body.Literal, s.Most))
			}
		}
	}
	if err := command.Close(); err != nil {
		return false, false, err
	}
	return refused == nil, gone, nil
}

// wait returns when something may have come: told by the server where it can, else
// after a while.
func (s *mailSession) wait(ctx context.Context, left bool) error {
	most := s.Poll
	if s.idles && !left {
		most = mailboxIdle
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	var idle *imapclient.IdleCommand
	if s.idles {
		if err := s.step("does not answer", func() (err error) { idle, err = s.client.Idle(); return err }); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case <-s.client.Closed():
	case <-timer.C:
	case <-s.news:
	}
	return s.step("does not answer", func() error {
		if idle == nil {
			return s.client.Noop().Wait()
		}
		return errors.Join(idle.Close(), idle.Wait())
	})
}
