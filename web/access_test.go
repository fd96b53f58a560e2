package web

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"postrider/feeds"
	"postrider/internal/posttest"
	"postrider/magazine"
)

var shots = flag.String("shots", "", "keep a picture of each page that TestBrowserEveryPage opens in this `folder`")

// A visit is a page to look at, as a reader or a member comes to it.
type visit struct {
	path     string
	form     string // sent there, where it is what answers a form
	signedIn bool
	cookie   string // of somebody else who is signed in; empty: Amina's
}

// sealed is a token in an address, or an id.
var sealed = regexp.MustCompile(`/[\w-]{12,}(\.[\w-]+)+|/code/\w+`)

func (v visit) String() string {
	path := sealed.ReplaceAllString(v.path, "/TOKEN")
	if v.form != "" {
		return "POST " + path + " " + v.form
	}
	return path
}

// everyPage are all pages of readers and members, with what they say to one who
// does something wrong.
func everyPage(f *fixture) []visit {
	const amina = "amina@example.org"
	p := f.member(amina)
	code, id := f.askSignIn(amina, "")
	byMail, leave := "/preferences/"+f.members.PreferencesToken(p), "/leave/"+f.members.LeaveToken(p.ID, "weekly")
	f.post("/join", "newsletter=weekly&author=salma-oduya&email=jun@example.org")
	confirm := "/confirm/" + f.members.ConfirmToken(f.signUps[0])
	f.post("/account/address", "email=new@example.org", "Cookie", f.signIn(amina))
	var all []visit
	for _, path := range []string{"/", "/?before=4", "/articles/tide-clocks/", "/articles/risala/", "/articles/green-lamp/", "/articles/hostile/", "/articles/wide/",
		"/authors/", "/authors/maren-ostergaard/", "/authors/long/", "/sections/science-craft/", "/issues/", "/issues/12/9/", "/issues/12/10/", "/feeds/", "/privacy/", "/terms/",
		"/join", "/join?author=salma-oduya", "/join/sent", confirm, "/signin", "/signin?next=/account", code, "/signin/" + f.members.SignInToken(id), "/signin/cut",
		byMail, byMail + "?saved=weekly#weekly", leave, "/address/" + f.members.AddressToken(f.moves[0]), "/nothing", "/articles/gone/"} {
		all = append(all, visit{path: path})
	}
	for _, path := range []string{"/articles/green-lamp/", "/preferences", "/account", "/account/erase", "/feeds/own/", "/preferences/preview/books"} {
		all = append(all, visit{path: path, signedIn: true})
	}
	return append(all,
		visit{path: "/join", form: "email=nobody&newsletter=none&author=x&timezone=x"},
		visit{path: "/signin", form: "email=nobody"},
		visit{path: code, form: "code=000000"},
		visit{path: byMail, form: "newsletter=weekly&act=find&q=ma"},
		visit{path: byMail, form: "newsletter=weekly&act=save&pause=until"},
		visit{path: byMail, form: "act=zone&timezone=x"},
		visit{path: "/account/address", form: "email=" + amina, signedIn: true},
		visit{path: confirm, form: "yes=yes"},
		visit{path: leave, form: "act=pause&days=30"},
		visit{path: leave, form: "yes=yes"},
		visit{path: leave, form: "act=reason&reason=x"},
	)
}

// openToAll is a publication with all that there can be, in a language.
func openToAll(language string) func(*Options) {
	return func(o *Options) {
		letters(o)
		o.Publication.Language = language
		if language == "ar" {
			o.Publication.Title, o.Publication.Tagline = "المرفأ والأفق", "لمن يعيشون على الماء"
		}
		o.Own = feeds.NewOwn(o.Store, feeds.Builder{Publication: o.Publication, Authority: "harbour.example"}, feeds.CacheBytes, nil)
		o.Coming = func(context.Context, *magazine.Subscription) (Coming, error) {
			return Coming{posttest.Start.Add(30 * time.Hour), 4, true}, nil
		}
		o.Preview = func(_ context.Context, newsletter, _ string) (string, error) { return "", nil }
	}
}

// An opened page is what the server answers a visit.
type opened struct {
	visit
	answer
}

// openAll makes each visit once, one after the other: some change what the next
// would find.
func openAll(f *fixture, visits []visit) (all []opened) {
	f.Helper()
	cookie := f.signIn("amina@example.org", "User-Agent", "Mozilla/5.0 (X11; Linux) Firefox/1")
	for _, v := range visits {
		var headers []string
		if v.signedIn {
			headers = []string{"Cookie", cmp.Or(v.cookie, cookie)}
		}
		res := f.get(v.path, headers...)
		if v.form != "" {
			res = f.post(v.path, v.form, headers...)
		}
		if res.StatusCode >= 300 && res.StatusCode < 400 {
			f.Fatalf("%s leads to %s", v, res.Header.Get("Location"))
		}
		if set := res.Header.Get("Set-Cookie"); set != "" {
			f.Errorf("%s sets a cookie: %s", v, set)
		}
		all = append(all, opened{v, res})
	}
	return all
}

// A reading is one browser, and what it has asked for.
type reading struct {
	*testing.T
	ctx  context.Context
	base string
	axe  string
	most int // bytes of a page, with its style and scripts

	mu      sync.Mutex
	painted chan struct{} // closed when the page is on the screen
	asked   []string      // other sites that were asked for something
}

// read serves pages to a browser, by their number. Scripts come only when the page
// is on the screen, so that what they change is seen to change.
func read(t *testing.T, pages []opened, rest http.Handler) *reading {
	t.Helper()
	b := &reading{T: t, axe: posttest.Axe(t), most: heaviest, ctx: posttest.Browser(t), painted: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if number, ok := strings.CutPrefix(r.URL.Path, "/visit/"); ok {
			i, err := strconv.Atoi(number)
			if err != nil || i >= len(pages) {
				http.NotFound(w, r)
				return
			}
			maps.Copy(w.Header(), pages[i].Header)
			w.WriteHeader(pages[i].StatusCode)
			io.WriteString(w, pages[i].body)
			return
		}
		if strings.HasSuffix(r.URL.Path, ".js") {
			b.mu.Lock()
			painted := b.painted
			b.mu.Unlock()
			select {
			case <-painted:
			case <-r.Context().Done():
			}
		}
		rest.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	b.base = "http://localhost:" + port // passkeys need a name
	script, err := os.ReadFile("testdata/access.js")
	if err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, target, runtime.AddBinding, runtime.AddBindingParams{Name: "painted"}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, cdpage.AddScriptToEvaluateOnNewDocument, cdpage.AddScriptToEvaluateOnNewDocumentParams{Source: string(script)})
		return err
	}))
	if err := chromedp.Listen(b.ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	return b
}

// hear takes what the browser tells of itself.
func (b *reading) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventBindingCalled:
		select {
		case <-b.painted:
		default:
			close(b.painted)
		}
	case *network.EventRequestWillBeSent:
		if to := e.Request.URL; !strings.HasPrefix(to, b.base+"/") && !strings.HasPrefix(to, "data:") {
			b.asked = append(b.asked, to)
		}
	}
}

func (b *reading) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// ask evaluates something in the page.
func ask[T any](b *reading, script string) T {
	b.Helper()
	answer, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%.100s: %v", script, err)
	}
	return answer
}

// wide sets the size of the window.
func (b *reading) wide(width int64) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, 900))
}

// coloured sets the scheme, dark or light.
func (b *reading) coloured(scheme string) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
}

// open goes to the page of a number, and waits until nothing in it moves any more.
func (b *reading) open(number int) {
	b.Helper()
	b.do(chromedp.Navigate("about:blank"))
	b.mu.Lock()
	b.painted = make(chan struct{})
	b.mu.Unlock()
	b.do(chromedp.Navigate(fmt.Sprintf("%s/visit/%d", b.base, number)))
	for _, moved := range ask[[]string](b, "access.settled()") {
		b.Error(moved)
	}
}

// keep keeps a picture of the page, where pictures are wanted.
func (b *reading) keep(name string) {
	b.Helper()
	if *shots == "" {
		return
	}
	height := ask[int64](b, "document.documentElement.scrollHeight")
	width := ask[int64](b, "innerWidth")
	b.do(chromedp.EmulateViewport(width, height))
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	b.wide(width)
	if err == nil {
		err = os.WriteFile(filepath.Join(*shots, name+".png"), picture, 0o644)
	}
	if err != nil {
		b.Error(err)
	}
}

// walk goes through the page by the keyboard alone: everything that one can do is
// reached, in the order in which it stands, one sees where one is, and gets out at
// the end.
func (b *reading) walk() {
	b.Helper()
	stops := ask[[]string](b, "access.begin()")
	for _, jump := range ask[[]string](b, "access.jumps()") {
		b.Errorf("the order leaps back %s", jump)
	}
	type place struct {
		Stop  int
		Name  string
		Parts bool // one comes to each of its parts, as of a date
		Wrong []string
	}
	at := place{Stop: -1}
	for next := 0; ; next++ {
		before := at
		b.do(chromedp.KeyEvent(kb.Tab))
		at = ask[place](b, "access.here()")
		for parts := 1; before.Parts && at.Stop == before.Stop && parts < 5; parts++ {
			b.do(chromedp.KeyEvent(kb.Tab))
			at = ask[place](b, "access.here()")
		}
		for _, wrong := range at.Wrong {
			b.Errorf("%s: %s", at.Name, wrong)
		}
		switch {
		case at.Stop == -2 && next == len(stops):
			return
		case at.Stop == -2:
			b.Errorf("the keyboard leaves the page before it has reached %s", stops[next])
			return
		case at.Stop != next:
			b.Errorf("the keyboard comes to %s (%d), not to %d of %d", at.Name, at.Stop, next, len(stops))
			return
		}
	}
}

// TestBrowserEveryPage looks at every page of readers and members as people do who
// see, hear or move otherwise, or pay for each byte: with axe-core, by the keyboard
// alone, enlarged, on a phone and on a desk, light and dark; and in Arabic on a phone.
func TestBrowserEveryPage(t *testing.T) {
	for _, c := range []struct {
		language string
		widths   []int64
	}{{"en", []int64{390, 1280}}, {"ar", []int64{390}}} {
		f := newFixture(t, openToAll(c.language))
		wide := newArticle("wide", strings.Repeat("Donaudampfschifffahrt", 3))
		wide.HTML = "<pre><code>" + strings.Repeat("a long line ", 40) + "</code></pre><table><tbody><tr>" + strings.Repeat("<td>harbour</td>", 40) + "</tr></tbody></table><p>https://example.org/" + strings.Repeat("x", 200) + "</p>"
		wide.Authors = []magazine.Author{{Slug: "long", Name: strings.Repeat("Bartholomew", 6)}}
		f.put(wide)
		pages := openAll(f, everyPage(f))
		b := read(t, pages, f.handler)
		for i, p := range pages {
			t.Run(c.language+" "+p.String(), func(t *testing.T) {
				b.T = t
				for _, width := range c.widths {
					b.look(i, width, fmt.Sprintf("%02d-%s-%d", i, c.language, width))
				}
				b.enlarge()
			})
		}
	}
}

// look judges a page in a window of a width.
func (b *reading) look(number int, width int64, name string) {
	b.Helper()
	b.wide(width)
	b.coloured("light")
	b.open(number)
	b.keep(name + "-light")
	if weight := ask[int](b, "access.weight()"); weight > b.most {
		b.Errorf("it weighs %d bytes", weight)
	}
	ask[chromedp.Void](b, b.axe)
	for _, found := range append(ask[[]string](b, "access.axe()"), ask[[]string](b, "access.alike()")...) {
		b.Errorf("at %d: %s", width, found)
	}
	b.walk()
	b.coloured("dark")
	b.keep(name + "-dark")
	for _, found := range ask[[]string](b, "access.axe(['color-contrast'])") {
		b.Errorf("at %d, dark: %s", width, found)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, to := range b.asked {
		b.Errorf("it asks another site: %s", to)
	}
	b.asked = nil
}

// enlarge looks at the page in windows of half the width, as one has them who
// enlarges all to 200 %, and at what WCAG 2.2 asks for (1.4.10).
func (b *reading) enlarge() {
	b.Helper()
	for _, width := range []int64{640, 320, 195} {
		b.wide(width)
		for _, cut := range ask[[]string](b, "access.cut()") {
			b.Errorf("at %d: %s", width, cut)
		}
	}
}
