package config

import (
	"strings"
	"time"
)

// DefaultCitation is the citation where none is configured; in other languages
// their own form of it stands for it.
const DefaultCitation = "{section}, {publication} Vol. {volume}, No. {number}"

// The defaults that several lines of the documentation rest on.
const (
	defaultListen   = "127.0.0.1:8080"
	defaultDatabase = "sqlite:data/postrider.db"
	defaultMaxAge   = 31 * day
)

// decode asks for every key there is; this and what it calls is the list of them.
func (c *Config) decode(s *section) {
	s.group("publication", c.Publication.decode)
	s.each("articles", func(s *section) {
		c.Articles = append(c.Articles, Source{Folder: needed(s, "folder", "articles", s.file)})
	})
	c.Database = optional(s, "database", s.sqlite(strings.TrimPrefix(defaultDatabase, "sqlite:")), s.database)
	c.DatabasePasswordFile = optional(s, "database_password_file", "", s.file)
	s.group("server", func(s *section) {
		c.Server = Server{
			Listen:         optional(s, "listen", defaultListen, listenAddress),
			TrustedProxies: values(s, "trusted_proxies", network),
		}
	})
	s.group("desk", func(s *section) { c.Desk.PasskeyRequired = optional(s, "passkey_required", false, truth) })
	s.group("feeds", func(s *section) {
		c.Feeds = Feeds{
			Entries: optional(s, "entries", 50, between(1, 1000)),
			Content: contents(s),
			Hubs:    values(s, "hubs", hubAddress),
		}
	})
	s.each("redirects", func(s *section) {
		c.Redirects = append(c.Redirects, Redirect{
			From: needed(s, "from", "/feed/", oldAddress),
			To:   needed(s, "to", "/rss.xml", newAddress),
		})
	})
	s.group("mail", c.Mail.decode)
	s.each("newsletters", func(s *section) {
		var n Newsletter
		n.decode(s)
		c.Newsletters = append(c.Newsletters, n)
	})
	s.each("schedules", func(s *section) {
		c.Schedules = append(c.Schedules, Schedule{
			Newsletter: needed(s, "newsletter", "weekly", name),
			Name:       optional(s, "name", "main", name),
			Title:      optional(s, "title", "", line),
			Every:      optional(s, "every", "", line),
			Cron:       optional(s, "cron", "", line),
			Timezone:   optional(s, "timezone", c.Publication.Timezone, timezone),
			Local:      optional(s, "local", false, truth),
			Blackouts:  blackouts(s),
		})
		if made := &c.Schedules[len(c.Schedules)-1]; made.Title == "" {
			made.Title = titleOf(made.Name)
		}
		if !s.silent && s.node.field("every") == nil && s.node.field("cron") == nil {
			s.mistakes = append(s.mistakes, Mistake{Path: join(s.path, "every"), Text: "is needed, or cron", Mend: "write, for example, every: friday at 07:00"})
		}
	})
	c.Blackouts = blackouts(s)
	c.Templates = optional(s, "templates", "", s.file)
}

func blackouts(s *section) (list []Blackout) {
	s.each("blackouts", func(s *section) {
		list = append(list, Blackout{
			From:  needed(s, "from", "2026-12-24", line),
			To:    optional(s, "to", "", line),
			Then:  optional(s, "then", "", line),
			Title: words(s, "title", "", line),
		})
	})
	return list
}

func (p *Publication) decode(s *section) {
	*p = Publication{
		Title:         needed(s, "title", "Harbour & Horizon", line),
		Tagline:       words(s, "tagline", "", line),
		Description:   words(s, "description", "", anyText),
		URL:           needed(s, "url", "https://harbour.example", publicURL),
		Language:      optional(s, "language", "en", languageTag),
		Timezone:      optional(s, "timezone", time.UTC, timezone),
		Hijri:         optional(s, "hijri", HijriNone, oneOf(HijriCivil, HijriUmmAlQura, HijriNone)),
		Citation:      words(s, "citation", DefaultCitation, citation),
		ISSN:          optional(s, "issn", "", issn),
		PostalAddress: words(s, "postal_address", "", anyText),
		Copyright:     words(s, "copyright", "", line),
		Accent:        optional(s, "accent", "", colour),
		Tiers:         values(s, "tiers", tier),
		Privacy:       optional(s, "privacy", "", s.file),
		Terms:         optional(s, "terms", "", s.file),
		Logo:          optional(s, "logo", "", s.file),
		Icon:          optional(s, "icon", "", s.file),

		HijriCorrections: corrections(s, "hijri_corrections"),
	}
}

// contents reads what entries hold: one word for all feeds, which a variable
// overrides, or a word for each kind.
func contents(s *section) Contents {
	choice := oneOf(ContentFull, ContentSummary)
	_, overridden := s.env[prefix+"FEEDS_CONTENT"]
	if n := s.node.field("content"); overridden || n == nil || n.kind != group {
		all := optional(s, "content", ContentFull, choice)
		return Contents{all, all, all, all}
	}
	var c Contents
	s.group("content", func(s *section) {
		c = Contents{
			Site:     optional(s, "site", ContentFull, choice),
			Authors:  optional(s, "authors", ContentFull, choice),
			Sections: optional(s, "sections", ContentFull, choice),
			Issues:   optional(s, "issues", ContentFull, choice),
		}
	})
	return c
}

func (m *Mail) decode(s *section) {
	m.From = optional(s, "from", m.From, mailAddress)
	m.ReplyTo = optional(s, "reply_to", m.ReplyTo, mailAddress)
	m.Admins = values(s, "admins", mailAddress)
	m.Outbox = optional(s, "outbox", "", s.file)
	s.each("relays", func(s *section) {
		m.Relays = append(m.Relays, Relay{
			Name:         needed(s, "name", "main", name),
			Address:      needed(s, "address", "smtp.harbour.example:587", relayAddress),
			TLS:          optional(s, "tls", TLSStart, oneOf(TLSStart, TLSImplicit, TLSNone)),
			Username:     optional(s, "username", "", line),
			PasswordFile: optional(s, "password_file", "", s.file),
			Connections:  optional(s, "connections", 10, between(1, 100)),
			Messages:     optional(s, "messages_per_connection", 100, between(1, 100_000)),
			Weight:       optional(s, "weight", 0, between(0, 100)),
			PerSecond:    optional(s, "per_second", 0, between(1, 100_000)),
			PerHour:      optional(s, "per_hour", 0, between(1, 100_000_000)),
			WarmUp:       warmUp(s),
		})
	})
	s.each("dkim", func(s *section) {
		m.DKIM = append(m.DKIM, DKIM{
			Domain:   optional(s, "domain", "", domain),
			Selector: needed(s, "selector", "2026a", selector),
			KeyFile:  needed(s, "key_file", "/etc/postrider/dkim-2026a.pem", s.file),
		})
	})
	s.each("domains", func(s *section) {
		m.Domains = append(m.Domains, Domain{
			Name:        needed(s, "domain", "mail.example", domain),
			Connections: optional(s, "connections", 0, between(1, 100)),
			PerSecond:   optional(s, "per_second", 0, between(1, 100_000)),
			PerHour:     optional(s, "per_hour", 0, between(1, 100_000_000)),
		})
	})
	s.group("returns", m.Returns.decode)
}

// warmUp reads a relay's plan, nil where the file has none.
func warmUp(s *section) *WarmUp {
	if s.node.field("warm_up") == nil {
		s.known = append(s.known, "warm_up")
		return nil
	}
	var w WarmUp
	s.group("warm_up", func(s *section) {
		w = WarmUp{
			From:     needed(s, "from", "2026-12-01", date),
			FirstDay: needed(s, "first_day", "500", between(1, 100_000_000)),
			Growth:   optional(s, "daily_growth", 2, factor),
			Target:   needed(s, "target", "50000", between(1, 100_000_000)),
		}
	})
	return &w
}

func (r *Returns) decode(s *section) {
	r.Address = optional(s, "address", "", returnAddress)
	r.SoftRun = optional(s, "soft_bounces", 5, between(2, 20))
	r.SoftFor = time.Duration(optional(s, "soft_days", 7, between(0, 60))) * day
	r.Listen = optional(s, "listen", "", listenAddress)
	r.Protocol = optional(s, "protocol", ProtocolSMTP, oneOf(ProtocolSMTP, ProtocolLMTP))
	s.group("mailbox", func(s *section) {
		r.Mailbox = Mailbox{
			Address:      optional(s, "address", "", mailboxAddress),
			TLS:          optional(s, "tls", TLSImplicit, oneOf(TLSStart, TLSImplicit, TLSNone)),
			Username:     optional(s, "username", "", line),
			PasswordFile: optional(s, "password_file", "", s.file),
			Folder:       optional(s, "folder", "INBOX", line),
			Processed:    optional(s, "processed", "Processed", line),
		}
	})
	s.each("webhooks", func(s *section) {
		r.Webhooks = append(r.Webhooks, Webhook{
			Provider:   needed(s, "provider", ProviderSES, oneOf(ProviderSES, ProviderPostmark, ProviderMailgun, ProviderSendGrid, ProviderBrevo)),
			SecretFile: optional(s, "secret_file", "", s.file),
			Topic:      optional(s, "topic", "", topic),
		})
	})
}

func (n *Newsletter) decode(s *section) {
	n.Name = needed(s, "name", "weekly", name)
	if written := s.node.field("name"); n.Name == "" && written != nil {
		n.misnamed = written.text
	}
	n.Title = optional(s, "title", titleOf(n.Name), line)
	n.Description = words(s, "description", "", anyText)
	n.Kind = optional(s, "kind", KindDigest, oneOf(KindDigest, KindContents))
	n.MembersOnly = optional(s, "members_only", MembersTeaser, oneOf(MembersTeaser, MembersLeaveOut))
	n.OnJoin = optional(s, "on_join", JoinNothing, oneOf(JoinLatest, JoinNothing))
	n.OwnHour = optional(s, "own_hour", false, truth)
	n.MaxAge = optional(s, "max_age", defaultMaxAge, age)
	n.Minimum = optional(s, "minimum_articles", 1, between(1, 1000))
	n.Maximum = optional(s, "maximum_articles", 0, between(1, 100))
	n.Approval = Approval{
		Required: optional(s, "approval", approvalNone, oneOf(approvalNone, approvalRequired)) == approvalRequired,
		Before:   optional(s, "draft_before", day, span),
		Send:     optional(s, "unanswered", unansweredHold, oneOf(unansweredHold, unansweredSend)) == unansweredSend,
		Editors:  values(s, "editors", mailAddress),
	}
	n.Sections = values(s, "sections", slug)
	n.Intro = words(s, "intro", "", prose)
	n.Outro = words(s, "outro", "", prose)
}

// What the keys about approval say.
const (
	approvalNone     = "none"
	approvalRequired = "required"
	unansweredHold   = "hold"
	unansweredSend   = "send"
)

// titleOf makes a title of a name: "new-books" becomes "New books".
func titleOf(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "-", " ")
}
