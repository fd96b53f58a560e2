package articles

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestParseLink(t *testing.T) {
	for _, c := range []struct{ in, dir, want string }{
		{"https://a.example/x?a=1#b", "", "absolute https://a.example/x?a=1#b"},
		{"HTTP://A.example", "", "absolute http://A.example"},
		{"//a.example/x", "", "absolute https://a.example/x"},
		{`\\a.example\x`, "", "absolute https://a.example/x"},
		{"mailto:a@b.example", "", "absolute mailto:a@b.example"},
		{"tel:+1", "", "absolute tel:+1"},
		{"#a%20b", "", "fragment a b"},
		{"x.png", "2024/05", "local 2024/05/x.png"},
		{"./x.png", ".", "local x.png"},
		{"../x.png", "2024/05", "local 2024/x.png"},
		{"a%20b.png?v=1", "", "local a b.png ?v=1"},
		{"a 100%.png", "", "local a 100%.png"},
		{`img\x.png`, "a", "local a/img/x.png"},
		{"/x.png", "2024/05", "local x.png static/x.png"},
		{"/../../x.png", "2024/05", "local x.png static/x.png"},
		{"/about/#us", "2024/05", "local about page #us"},
		{"/", "2024/05", "local . page"},
		{"other.md#part", "a", "local a/other.md #part"},
		{"..", "a/b", "local a page"},
		{"", "", "none"},
		{"../../x.png", "a", "none"},
		{"%2e%2e/x.png", "", "none"},
		{"..", "", "none"},
		{"?x", "", "none"},
		{"http://", "", "none"},
		{"https:///x", "", "none"},
		{"mailto:", "", "none"},
		{"javascript:alert(1)", "", "none"},
		{" java\nscript:alert(1)", "", "none"},
		{"data:image/png;base64,x", "", "none"},
		{"file:///etc/passwd", "", "none"},
		{"ftp://a.example/", "", "none"},
		{"C:\\x.png", "", "none"},
	} {
		l, why := parseLink(c.in, c.dir)
		got := "none"
		switch l.kind {
		case linkAbsolute:
			got = "absolute " + l.url
		case linkFragment:
			got = "fragment " + l.part
		case linkLocal:
			got = "local"
			for _, p := range l.local.paths {
				got += " " + p
			}
			if l.local.page {
				got += " page"
			}
			if l.local.query != "" {
				got += " " + l.local.query
			}
			if l.local.part != "" {
				got += " #" + l.local.part
			}
		}
		if got != c.want || (l.kind == linkNone) != (why != "") {
			t.Errorf("%q in %q: %s (%s), want %s", c.in, c.dir, got, why, c.want)
		}
	}
}

// No link, however it is written, leads out of the source.
func TestLinksStayInside(t *testing.T) {
	part := rapid.SampledFrom([]string{"..", ".", "/", "%2e", "%2F", "\\", "a", "b.md", "%5c", "..%2f", "", "#", "?", ":", "é"})
	rapid.Check(t, func(t *rapid.T) {
		raw := ""
		for _, p := range rapid.SliceOfN(part, 1, 8).Draw(t, "parts") {
			raw += p
		}
		l, _ := parseLink(raw, rapid.SampledFrom([]string{".", "a", "a/b"}).Draw(t, "dir"))
		if l.kind != linkLocal {
			return
		}
		for _, p := range l.local.paths {
			if p == "" || p[0] == '/' || p == ".." || len(p) > 2 && p[:3] == "../" {
				t.Fatalf("%q leads to %q", raw, p)
			}
		}
		if root := l.local.rootPath(); root[0] != '/' || len(root) > 1 && root[1] == '/' {
			t.Fatalf("%q is printed as %q", raw, root)
		}
	})
}

func TestParseSrcset(t *testing.T) {
	for in, want := range map[string][]setEntry{
		"a.png":                   {{"a.png", ""}},
		"a.png 1x, b.png  2x ":    {{"a.png", "1x"}, {"b.png", "2x"}},
		"a.png, b.png 2x":         {{"a.png", ""}, {"b.png", "2x"}},
		"w_300,h_200/a.png 300w,": {{"w_300,h_200/a.png", "300w"}},
		" , ,a.png,":              {{"a.png", ""}},
		"":                        nil,
		",,,":                     nil,
	} {
		if got := parseSrcset(in); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
