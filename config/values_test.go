package config

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/magazine"
)

// judged runs a parser over values; want "" means that the value is wrong.
func judged[T any](t *testing.T, what string, parse func(string) (T, *wrong), show func(T) string, values [][2]string) {
	t.Helper()
	for _, pair := range values {
		v, w := parse(pair[0])
		got := ""
		if w == nil {
			got = show(v)
		} else if w.text == "" || w.mend == "" {
			t.Errorf("%s %q: wrong without words: %+v", what, pair[0], w)
		}
		if got != pair[1] {
			t.Errorf("%s %q: got %q, want %q", what, pair[0], got, pair[1])
		}
	}
}

func TestValues(t *testing.T) {
	same := func(s string) string { return s }
	d := &decoder{folder: "etc"}
	judged(t, "url", publicURL, same, [][2]string{
		{"http://localhost:8080", "http://localhost:8080"}, {"https://Harbour.Example/", "https://harbour.example"},
		{"https://h.example/a/b/", "https://h.example/a/b"}, {"https://h.example/a%20b", "https://h.example/a%20b"}, {"http://[::1]:80", "http://[::1]:80"},
		{"harbour.example", ""}, {"ftp://h", ""}, {"http://", ""}, {"http://:80", ""}, {"http://h?x", ""}, {"http://h?", ""}, {"http://h#", ""},
		{"http://h/#a", ""}, {"http://u:p@h", ""}, {"http://h:0", ""}, {"http://h:65536", ""}, {"http://h/a//b", ""}, {"http://h/../b", ""}, {"/path", ""}, {"mailto:a@b", ""},
	})
	judged(t, "database", d.database, same, [][2]string{
		{"sqlite:data/x.db", "sqlite:etc/data/x.db"}, {"sqlite:/var/x.db", "sqlite:/var/x.db"},
		{"postgres://u@h:5432/n", "postgres://u@h:5432/n"}, {"postgresql://u:p@h/n?sslmode=disable", "postgresql://u:p@h/n?sslmode=disable"},
		{"postgres:///n?host=/run/postgresql", "postgres:///n?host=/run/postgresql"},
		{"sqlite:", ""}, {"sqlite://x.db", ""}, {"sqlite::memory:", ""}, {"sqlite:x?mode=ro", ""}, {"sqlite:~/x", ""}, {"x.db", ""}, {"mysql://h/n", ""},
		{"postgres://h", ""}, {"postgres:///n", ""}, {"postgres:n", ""}, {"postgres://h:port/n", ""},
	})
	judged(t, "language", languageTag, same, [][2]string{{"en", "en"}, {"EN-gb", "en-GB"}, {"ar", "ar"}, {"zh_hant", "zh-Hant"}, {"und", ""}, {"english language", ""}, {"xx-yy-zz-", ""}})
	judged(t, "timezone", timezone, (*time.Location).String, [][2]string{
		{"UTC", "UTC"}, {"Africa/Nairobi", "Africa/Nairobi"}, {"Local", ""}, {"local", ""}, {"localtime", ""}, {"Africa", ""}, {"../etc/passwd", ""}, {"Africa/Atlantis", ""}, {"+03:00", ""}})
	judged(t, "citation", citation, same, [][2]string{{DefaultCitation, DefaultCitation}, {"{title}", "{title}"}, {"{volum}", ""}, {"{}", ""}, {"{volume", ""}, {"volume}", ""}, {"{{volume}}", ""}, {"a\nb", ""}})
	judged(t, "issn", issn, same, [][2]string{{"2049-3630", "2049-3630"}, {"2434-561x", "2434-561X"}, {"2049-3631", ""}, {"20493630", ""}, {"X049-3630", ""}})
	judged(t, "accent", colour, same, [][2]string{{"#1A5276", "#1a5276"}, {"#fff", ""}, {"red", ""}, {"1a5276", ""}, {"#1a527g", ""}})
	judged(t, "listen", listenAddress, same, [][2]string{{":8080", ":8080"}, {"127.0.0.1:0", "127.0.0.1:0"}, {"[::1]:80", "[::1]:80"}, {"8080", ""}, {"localhost", ""}, {"h:http", ""}, {"h:65536", ""}, {"http://h:80", ""}, {"::1:80", ""}})
	judged(t, "relay", relayAddress, same, [][2]string{{"smtp.example:587", "smtp.example:587"}, {"[::1]:25", "[::1]:25"}, {"smtp.example", ""}, {":25", ""}, {"h:0", ""}, {"u@h:25", ""}})
	judged(t, "network", network, netip.Prefix.String, [][2]string{
		{"10.0.0.0/8", "10.0.0.0/8"}, {"127.0.0.1", "127.0.0.1/32"}, {"::1", "::1/128"}, {"::ffff:10.1.2.3", "10.1.2.3/32"}, {"fd00::/8", "fd00::/8"},
		{"10.1.2.3/8", ""}, {"10.0.0.0/33", ""}, {"proxy.example", ""}, {"fe80::1%eth0", ""}})
	judged(t, "name", name, same, [][2]string{{"weekly", "weekly"}, {"a-1", "a-1"}, {"Weekly", ""}, {"-a", ""}, {"a--b", ""}, {"a_b", ""}, {"ü", ""}, {strings.Repeat("a", 61), ""}})
	judged(t, "age", age, time.Duration.String, [][2]string{
		{"none", "0s"}, {"12h", "12h0m0s"}, {"31d", "744h0m0s"}, {"2w", "336h0m0s"}, {"36500d", "876000h0m0s"},
		{"36501d", ""}, {"0d", ""}, {"-1d", ""}, {"31", ""}, {"d", ""}, {"1m", ""}, {"1.5d", ""}, {"031d", ""}, {"1w2d", ""}, {"99999999999999999999d", ""}})
	judged(t, "path", d.file, same, [][2]string{{"a/../b", "etc/b"}, {"/x/", "/x"}, {"../x", "x"}, {"~/x", ""}, {"~", ""}, {"~x", "etc/~x"}})
}

func TestMailAddress(t *testing.T) {
	for _, test := range []struct{ given, name, address string }{
		{"Harbour & Horizon <letters@harbour.example>", "Harbour & Horizon", "letters@harbour.example"},
		{"letters@harbour.example", "", "letters@harbour.example"},
		{`"Harbour, Ltd." <letters@harbour.example>`, "Harbour, Ltd.", "letters@harbour.example"},
		{"مجلة المرفأ <letters@harbour.example>", "مجلة المرفأ", "letters@harbour.example"},
	} {
		a, w := mailAddress(test.given)
		if w != nil || a.Name != test.name || a.Address != test.address {
			t.Errorf("%q: got %+v, %+v", test.given, a, w)
		}
	}
	for _, bad := range []string{"letters", "a@", "@b", "Harbour, Ltd. <a@b>", "a@b, c@d", "<a@b", `"a b"@c`, "a@b\nBcc: c@d"} {
		if a, w := mailAddress(bad); w == nil {
			t.Errorf("%q was taken for %+v", bad, a)
		}
	}
}

// The citation's fields are those that magazine fills.
func TestCitationFields(t *testing.T) {
	pattern := "{" + strings.Join(citationFields, "}-{") + "}"
	article := &magazine.Article{Title: "T", HijriMonth: "Muharram", HijriYear: "1446"}
	article.Issue.Volume, article.Issue.Number = "12", "9"
	if cited := (&magazine.Publication{Title: "P", Citation: pattern}).Cite(article); cited == "" || strings.ContainsAny(cited, "{}") {
		t.Errorf("%s is cited as %q", pattern, cited)
	}
}

func TestChecksOfConfig(t *testing.T) {
	news := "newsletters:\n  - name: weekly\n"
	way := "mail: {from: a@b.example, outbox: out}\n"
	relay := func(rest string) string {
		return "mail: {relays: [{name: a, address: 'smtp.example:25', " + rest + "}]}\n"
	}
	for _, test := range []struct {
		what, add string
		want      []at
	}{
		{"nothing to send with", news, []at{{1, 1, "mail.from", "needed with newsletters"}, {1, 1, "mail.outbox", "or mail.relays"}}},
		{"no sender", news + "mail: {outbox: o}\n", []at{{9, 1, "mail.from", "needed with newsletters"}}},
		{"outbox and relays", news + "mail: {from: a@b.example, outbox: o, relays: [{name: a, address: 'h:25'}]}\n", nil},
		{"no newsletters, no mail", "mail: {}\n", nil},
		{"newsletters of one name", way + news + "  - name: weekly\n", []at{{10, 11, "newsletters[1].name", "newsletters[0] too"}}},
		{"schedule of nothing", way + news + "schedules: [{newsletter: weekli, cron: x}]\n", []at{{10, 26, "schedules[0].newsletter", "no newsletter"}}},
		{"schedules of one name", way + news + "schedules:\n  - {newsletter: weekly, cron: x}\n  - {newsletter: weekly, cron: y}\n", []at{{12, 6, "schedules[1].name", "schedules[0]"}}},
		{"schedules of two names", way + news + "schedules:\n  - {newsletter: weekly, cron: x}\n  - {newsletter: weekly, cron: y, name: b}\n", nil},
		{"relays of one name", "mail:\n  relays:\n    - {name: a, address: 'h:1'}\n    - {name: a, address: 'h:2'}\n", []at{{10, 14, "mail.relays[1].name", "mail.relays[0] too"}}},
		{"user without password", relay("username: u"), []at{{7, 18, "mail.relays[0].password_file", "needed"}}},
		{"password without user", relay("password_file: p"), []at{{7, 18, "mail.relays[0].username", "needed"}}},
		{"password in the open", relay("username: u, password_file: p, tls: none"), []at{{7, 91, "mail.relays[0].tls", "in the open"}}},
		{"password on this machine", "mail: {relays: [{name: a, address: '127.0.0.1:25', username: u, password_file: p, tls: none}]}\n", nil},
		{"open without password", relay("tls: none"), nil},
		{"a share, limits and a plan", relay("weight: 3, messages_per_connection: 50, per_second: 10, per_hour: 20000, warm_up: {from: 2026-12-01, first_day: 500, daily_growth: 1.5, target: 50000}"), nil},
		{"a plan without a day", relay("warm_up: {first_day: 500, target: 900}"), []at{{7, 55, "mail.relays[0].warm_up.from", "needed"}}},
		{"a plan that shrinks", relay("warm_up: {from: 2026-12-01, first_day: 500, target: 9}"), []at{{7, 107, "mail.relays[0].warm_up.target", "below first_day"}}},
		{"a growth of nothing", relay("warm_up: {from: 2026-12-01, first_day: 500, target: 900, daily_growth: 1}"), []at{{7, 126, "mail.relays[0].warm_up.daily_growth", "factor above 1"}}},
		{"a day that is none", relay("warm_up: {from: 2026-13-01, first_day: 500, target: 900}"), []at{{7, 71, "mail.relays[0].warm_up.from", "not a date"}}},
		{"a weight of too much", relay("weight: 101"), []at{{7, 63, "mail.relays[0].weight", "out of range"}}},
		{"no message a second", relay("per_second: 0"), []at{{7, 67, "mail.relays[0].per_second", "out of range"}}},
		{"domains", "mail: {domains: [{domain: Big.example, connections: 2}, {domain: b.example, per_second: 5, per_hour: 100}]}\n", nil},
		{"a domain without a limit", "mail: {domains: [{domain: big.example}]}\n", []at{{7, 19, "mail.domains[0]", "has no limit"}}},
		{"a domain twice", "mail: {domains: [{domain: big.example, per_hour: 9}, {domain: BIG.example, per_hour: 9}]}\n", []at{{7, 63, "mail.domains[1].domain", "mail.domains[0] too"}}},
		{"a domain that is no name", "mail: {domains: [{domain: 'a b', per_hour: 9}]}\n", []at{{7, 27, "mail.domains[0].domain", "no domain"}}},
		{"two keys of one record", "mail:\n  from: a@B.example\n  dkim:\n    - {selector: a, key_file: x}\n    - {selector: a, key_file: y, domain: b.example}\n", []at{{11, 18, "mail.dkim[1].selector", "mail.dkim[0] too"}}},
		{"keys of two records", "mail:\n  from: a@b.example\n  dkim:\n    - {selector: a, key_file: x}\n    - {selector: a.b-1, key_file: x, domain: B.example}\n", nil},
		{"keys and no sender", "mail: {dkim: [{selector: a, key_file: x}]}\n", []at{{7, 1, "mail.from", "needed with dkim"}}},
		{"a selector that is none", "mail:\n  from: a@b.example\n  dkim:\n    - {selector: 'a..b', key_file: x}\n", []at{{10, 18, "mail.dkim[0].selector", "no selector"}}},
		{"a selector in figures", "mail:\n  from: a@b.example\n  dkim:\n    - {selector: 2026, key_file: x}\n", []at{{10, 18, "mail.dkim[0].selector", "not text"}}},
		{"a domain that is none", "mail:\n  from: a@b.example\n  dkim:\n    - {selector: a, key_file: x, domain: -b.example}\n", []at{{10, 42, "mail.dkim[0].domain", "no domain"}}},
		{"password file for SQLite", "database_password_file: p\n", []at{{7, 25, "database_password_file", "SQLite"}}},
		{"two passwords", "database_password_file: p\ndatabase: postgres://u:s@h/n\n", []at{{7, 25, "database_password_file", "again"}}},
		{"password of nobody", "database_password_file: p\ndatabase: postgres://h/n\n", []at{{7, 25, "database_password_file", "whose"}}},
		{"password file for PostgreSQL", "database_password_file: p\ndatabase: postgres://u@h/n\n", nil},
	} {
		t.Run(test.what, func(t *testing.T) {
			if test.want == nil {
				load(t, least+test.add)
				return
			}
			expect(t, mistakes(t, least+test.add, nil), test.want...)
		})
	}
}

// A word with one letter too many, too few or changed finds its way back.
func TestNearest(t *testing.T) {
	known := []string{"title", "tagline", "description", "language", "timezone", "postal_address"}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom(known).Draw(t, "word")
		i := rapid.IntRange(0, len(word)-1).Draw(t, "at")
		typo := []string{word[:i] + word[i+1:], word[:i] + "q" + word[i:], word[:i] + "q" + word[i+1:]}[rapid.IntRange(0, 2).Draw(t, "kind")]
		if got := nearest(typo, known); got != word {
			t.Fatalf("nearest to %q is %q, want %q", typo, got, word)
		}
	})
	if got := nearest("zzzzzz", known); got != "" {
		t.Errorf("nearest to zzzzzz is %q", got)
	}
}
