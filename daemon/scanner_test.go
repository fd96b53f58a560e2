package daemon_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

var linkInMail = regexp.MustCompile(`http://localhost:8080(/[^\s"<>]*)`)

// A mail scanner that opens every link of every mail, and every page that these
// lead to, changes nothing: every table is as it was. What each mail is for still
// works afterwards.
func TestAScannerChangesNothing(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	pages, err := h.Pages()
	h.must(err)
	h.join("amina", "badr")
	h.publish("tide", "clock")
	confirm := h.signUp("chandra")
	_, err = h.Confirm(h.ctx, confirm)
	h.must(err)
	signIn, err := h.Members.AskSignIn(h.ctx, "amina@people.example", "", netip.Addr{})
	h.must(err)
	_, err = h.MailSignIn(h.ctx, signIn)
	h.must(err)
	badr, err := h.Store.SubscriberByEmail(h.ctx, "badr@people.example")
	h.must(err)
	ask, tell := h.moves(badr.ID, "yasmin@people.example")
	h.send()

	all := h.server.Messages()
	before := h.tables()
	seen := map[string]bool{}
	for _, m := range all {
		links := linksOf(m)
		for _, link := range links {
			scan(t, pages, link, seen)
		}
		at := slices.IndexFunc(links, func(link string) bool { return strings.HasPrefix(link, "/preferences") })
		if first := slices.ContainsFunc(links, func(link string) bool { return strings.HasPrefix(link, "/confirm/") }); (at < 0) != first {
			t.Errorf("a mail with %v leads to what one gets: %v, to one who has not confirmed: %v", links, at >= 0, first)
		}
	}
	if len(all) != 6 || len(seen) < 10 {
		t.Errorf("only %d mails and %d links: %v", len(all), len(seen), seen)
	}
	for _, part := range []string{"/confirm/", "/signin/", "/address/", "/leave/", "/preferences/", "/articles/tide/"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(link string) bool { return strings.HasPrefix(link, part) }) {
			t.Errorf("no link to %s", part)
		}
	}
	if after := h.tables(); after != before {
		t.Errorf("it was\n%s\nand is\n%s", before, after)
	}
	if _, err := h.Members.Confirm(h.ctx, h.Members.ConfirmToken(confirm)); err != nil {
		t.Error(err)
	}
	if _, err := h.Members.SignInByLink(h.ctx, h.Members.SignInToken(signIn), members.Browser{}); err != nil {
		t.Error(err)
	}
	if m, err := h.Members.CheckAddress(h.ctx, ask); err != nil || !m.Done {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := h.Members.Move(h.ctx, tell); err != nil || !m.Back {
		t.Errorf("%+v, %v", m, err)
	}
}

// moves changes a person's address, with both mails, and returns the tokens in
// them.
func (h *house) moves(id, email string) (ask, tell string) {
	h.t.Helper()
	session := store.Session{ID: magazine.NewID(), Subscriber: id, Way: "link", Expires: h.Store.Now().Add(time.Hour)}
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.PutSession(h.ctx, session, session.ID) }))
	h.must(h.Members.AskAddress(h.ctx, session, email))
	changes, err := h.Store.AddressChanges(h.ctx, id)
	h.must(err)
	about := members.AddressArgs{Change: changes[0].ID, About: members.AddressAsk}
	ask = h.Members.AddressToken(about)
	h.must(h.MailAddress(h.ctx, about))
	_, err = h.Members.Move(h.ctx, ask)
	h.must(err)
	about.About = members.AddressTell
	h.must(h.MailAddress(h.ctx, about))
	return ask, h.Members.AddressToken(about)
}

func linksOf(m smtptest.Message) (links []string) {
	text := strings.NewReplacer("=\r\n", "", "=3D", "=").Replace(string(m.Raw))
	for _, found := range linkInMail.FindAllStringSubmatch(text, -1) {
		links = append(links, found[1])
	}
	return links
}

// scan opens a link and all that its page leads to, as scanners do.
func scan(t *testing.T, pages http.Handler, link string, seen map[string]bool) {
	t.Helper()
	if seen[link] || len(seen) > 300 {
		return
	}
	seen[link] = true
	for _, method := range []string{"HEAD", "GET", "OPTIONS", "GET"} {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest(method, link, nil))
		if w.Code >= 500 {
			t.Errorf("%s %s: %d", method, link, w.Code)
		}
		if len(w.Result().Cookies()) > 0 {
			t.Errorf("%s %s sets a cookie", method, link)
		}
		if method != "GET" {
			continue
		}
		base, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?:href|action|src)="([^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
			if to, err := base.Parse(strings.ReplaceAll(found[1], "&amp;", "&")); err == nil && to.Host == "" {
				to.Fragment = ""
				scan(t, pages, to.String(), seen)
			}
		}
	}
}

// tables is everything that stands in the database, but for what River keeps of
// its own life.
func (h *house) tables() string {
	h.t.Helper()
	var b strings.Builder
	h.write(func(tx *store.Tx) error {
		names, err := column(h.ctx, tx, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('river_leader', 'river_queue', 'river_client', 'river_client_queue') ORDER BY name")
		if err != nil {
			return err
		}
		for _, name := range names {
			columns, err := column(h.ctx, tx, "SELECT name FROM pragma_table_info('"+name+"')")
			if err != nil {
				return err
			}
			for i, c := range columns {
				columns[i] = "quote(" + c + ")"
			}
			rows, err := column(h.ctx, tx, "SELECT "+strings.Join(columns, " || ',' || ")+" AS row FROM "+name+" ORDER BY row")
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s\n\t%s\n", name, strings.Join(rows, "\n\t"))
		}
		return nil
	})
	return b.String()
}

func column(ctx context.Context, tx *store.Tx, query string) (all []string, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
