package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"postrider/internal/posttest"
	"postrider/magazine"
)

// A person chooses a language, and their pages speak it from then on; those for
// everybody speak the publication's.
func TestAMemberChoosesALanguage(t *testing.T) {
	f := choosy(t)
	const email = "amina@example.org"
	p, cookie := f.member(email), f.signIn(email)
	byMail, leave := "/preferences/"+f.members.PreferencesToken(p), "/leave/"+f.members.LeaveToken(p.ID, "weekly")
	if page := f.get("/preferences", "Cookie", cookie); !strings.Contains(page.body, `<option value="ar" lang="ar">العربية</option>`) || !strings.Contains(page.body, `<option value="en" lang="en" selected>English</option>`) {
		t.Fatalf("nothing to choose:\n%s", page.body)
	}
	for _, bad := range []string{"", "tlh", "ar\x00", strings.Repeat("ar-", 100), "fr-x-a1", "fr-SN", "FR", "ar-u-nu-latn"} {
		if res := f.post("/preferences", url.Values{"act": {"language"}, "language": {bad}}.Encode(), "Cookie", cookie); res.StatusCode != http.StatusBadRequest || !strings.Contains(res.body, `id="language-error"`) {
			t.Errorf("%q: %d\n%s", bad, res.StatusCode, res.body)
		}
	}
	res := f.post("/preferences", "act=language&language=ar", "Cookie", cookie)
	if to := res.Header.Get("Location"); to != "/preferences?saved=%2Alanguage#%2Alanguage" {
		t.Fatalf("%d to %q\n%s", res.StatusCode, to, res.body)
	}
	for path, want := range map[string]string{"/preferences?saved=%2Alanguage": "حُفظ.", byMail: "ما يصلك", "/account": "حسابك", "/account/erase": "هل تريد محو بياناتك؟", leave: "هل تريد إلغاء اشتراكك", "/preferences/preview/never": "لا توجد صفحة بهذا العنوان."} {
		if page := f.get(path, "Cookie", cookie); !strings.Contains(page.body, `<html lang="ar" dir="rtl"`) || !strings.Contains(page.body, want) {
			t.Errorf("%s is not in Arabic, or lacks %s:\n%s", path, want, page.body)
		}
	}
	for _, path := range []string{"/", "/articles/green-lamp/", "/join"} {
		if page := f.get(path, "Cookie", cookie); !strings.Contains(page.body, `<html lang="en" dir="ltr">`) || strings.Contains(page.body, "للأعضاء") {
			t.Errorf("%s is for everybody, and not in English:\n%s", path, page.body)
		}
	}
	if said := f.post(leave, "List-Unsubscribe=One-Click"); !strings.Contains(said.body, "ألغيتَ اشتراكك") {
		t.Errorf("one click is answered %q", said.body)
	}
}

var (
	latin = regexp.MustCompile(`[A-Za-z]{3,}`)
	// sameEverywhere are no words of ours: an address, zones, browsers and languages by their own names, a file's kind.
	sameEverywhere = strings.NewReplacer("amina@example.org", "", "new@example.org", "", "Africa/Nairobi", "", "EAT", "", "name@domain", "", "JSON", "", "English", "", "français", "", "Firefox", "", "Linux", "")
)

// Not one word of English is left on the pages of members in Arabic.
func TestMembersPagesInArabicAlone(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Newsletters = []magazine.Newsletter{
			{Name: "weekly", Title: "أسبوع البحر", OwnHour: true, Frequencies: []magazine.Frequency{{Name: "fridays", Title: "كل جمعة"}, {Name: "daily", Title: "كل يوم"}}},
			{Name: "books", Title: "كتب جديدة"},
			{Name: "never", Title: "نشرة أخرى"},
		}
		o.Publication.Language, o.Publication.Title = "ar", "المرفأ"
		o.Coming = func(_ context.Context, s *magazine.Subscription) (Coming, error) {
			return Coming{posttest.Start.Add(30 * time.Hour), 11, true}, nil
		}
		o.Preview = func(context.Context, string, string) (string, error) { return "", nil }
	})
	const email = "amina@example.org"
	p := f.member(email)
	cookie := f.signIn(email, "User-Agent", "Mozilla/5.0 (X11; Linux) Firefox/1")
	f.post("/preferences", "act=drop&newsletter=never", "Cookie", cookie)
	code, id := f.askSignIn(email, "")
	leave := "/leave/" + f.members.LeaveToken(p.ID, "weekly")
	f.post("/account/address", "email=new@example.org", "Cookie", cookie)
	move := "/address/" + f.members.AddressToken(f.moves[0])
	forms := func(path string, bodies ...string) (all []*http.Request) {
		for _, body := range bodies {
			all = append(all, request("POST", path, body, "Cookie", cookie))
		}
		return all
	}
	asked := slices.Concat(
		forms("/signin", "email=nobody", "email="), forms(code, "code=000000"), forms("/signin/passkey", "answer={}"),
		forms("/preferences", "newsletter=weekly&act=find&q=tide", "newsletter=weekly&act=save&pause=until", "newsletter=weekly&act=save&pause=until&until=x", "newsletter=weekly&act=save&pause=until&until=2020-01-01",
			"newsletter=weekly&act=save&often=x", "newsletter=weekly&act=save&hour=99", "newsletter=weekly&act=save&tag="+strings.Repeat("ع", 300), "newsletter=nothing&act=save", "newsletter=never&act=save",
			"act=zone&timezone=x", "act=language&language=x"),
		forms("/account/address", "email=new", "email="+email, "email=new@example.org"), forms("/account/passkeys", "answer={}"), forms("/account/sessions", ""),
		forms(leave, "act=less&often=x", "act=pause&days=x", "act=less&often=daily", "act=pause&days=30"),
	)
	for _, path := range []string{"/signin/" + f.members.SignInToken(id), "/signin/cut", "/preferences", "/preferences?saved=weekly", "/preferences?saved=books", "/preferences?saved=never", "/preferences/cut",
		"/preferences/" + f.members.PreferencesToken(p), "/preferences/preview/weekly", "/account", "/account/erase", move, "/address/cut", leave, "/leave/cut"} {
		asked = append(asked, request("GET", path, "", "Cookie", cookie))
	}
	asked = append(asked, forms(move, "", "")...)
	asked = append(asked, forms(leave, "", "act=reason&reason=x")...)
	asked = append(asked, forms("/account/sessions", "everywhere=yes")...)
	asked = append(asked, request("GET", "/signin", ""), request("GET", code, ""))
	for _, r := range asked {
		what := r.Method + " " + r.URL.String()
		res := f.do(r)
		if res.StatusCode == http.StatusSeeOther {
			continue
		}
		words := seenIn(t, res.body)
		if len(words) < 2 {
			t.Errorf("%s shows nothing: %d\n%s", what, res.StatusCode, res.body)
		}
		for _, said := range words {
			if latin.MatchString(sameEverywhere.Replace(said)) {
				t.Errorf("%s: %d: it says %q", what, res.StatusCode, said)
			}
		}
	}
}

// seenIn is what people see or hear of the main part of a page, but for names: they
// stand in elements of their own.
func seenIn(t *testing.T, page string) (all []string) {
	t.Helper()
	root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	var look func(n *html.Node)
	look = func(n *html.Node) {
		if n.Data == "bdi" || n.Data == "script" {
			return
		}
		for _, a := range n.Attr {
			if slices.Contains([]string{"title", "alt", "aria-label", "placeholder", "data-had", "data-given-up"}, a.Key) {
				all = append(all, a.Val)
			}
		}
		if text := strings.TrimSpace(n.Data); n.Type == html.TextNode && text != "" {
			all = append(all, text)
		}
		for c := range n.ChildNodes() {
			look(c)
		}
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "main" {
			look(n)
		}
	}
	return all
}

// What goes wrong without a message of its own is told in the page's language: in
// English by what the error says, else by what its code says.
func TestErrorsWithoutMessages(t *testing.T) {
	f := newFixture(t)
	for code, how := range failures {
		err := magazine.Errorf(code, "the harbour is shut")
		for _, language := range []string{"ar", "fr"} {
			words := f.site.speak(language)
			if said := sentence(words, err); said != words.T(how.text) || latin.MatchString(said) && language == "ar" {
				t.Errorf("%s in %s: %q", code, language, said)
			}
		}
		private := code == magazine.Internal || code == magazine.Unavailable
		if said := sentence(f.site.speak("en"), err); (said == "The harbour is shut.") == private {
			t.Errorf("%s in English: %q", code, said)
		}
	}
}
