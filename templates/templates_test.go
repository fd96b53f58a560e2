package templates

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func over(files ...string) *Files {
	folder := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		folder[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return Over(folder, "look")
}

// dialect is what mails are written in, as far as these tests need it.
func dialect(m *Messages) Dialect {
	if m == nil {
		m, _ = (*Files)(nil).Messages()
	}
	return Dialect{Words: m.In("en"), Funcs: map[string]any{"strong": func(s string) string { return s }}}
}

func TestReadFile(t *testing.T) {
	ours, err := (*Files)(nil).ReadFile("style.css")
	if err != nil || len(ours) == 0 {
		t.Fatal(err)
	}
	f := over("style.css", "", "feed.css", "p {}")
	for name, want := range map[string]string{"style.css": "", "feed.css": "p {}"} {
		if got, err := f.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := over().ReadFile("style.css"); err != nil || !bytes.Equal(got, ours) {
		t.Errorf("without one of its own: %.20q, %v", got, err)
	}
	if got := []string{f.Origin("feed.css"), f.Origin("copy.js")}; got[0] != "look/feed.css" || got[1] != "copy.js" {
		t.Errorf("they come from %q", got)
	}
}

// A file that is there and cannot be read is never taken for one that is not.
func TestUnreadableFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "mail", "confirm.txt"), 0o700); err != nil { // a folder of its name
		t.Fatal(err)
	}
	f := Over(os.DirFS(dir), dir)
	_, read := f.ReadFile("mail/confirm.txt")
	_, parsed := f.Text(dialect(nil), "mail/confirm.txt", "mail/confirm.txt")
	for _, err := range []error{read, parsed} {
		if err == nil || !strings.Contains(err.Error(), "mail/confirm.txt: there is no file of that name, but something else; ") {
			t.Errorf("got %v", err)
		}
	}
}

// The built-in file is nobody's to mend: what fails in it is no Mistake.
func TestExplainIsOfOwnFilesAlone(t *testing.T) {
	text, err := (*Files)(nil).Text(dialect(nil), "mail/confirm.txt", "mail/confirm.txt")
	if err != nil {
		t.Fatal(err)
	}
	failed := text.Execute(&bytes.Buffer{}, 7)
	if got := (*Files)(nil).Explain(failed, 7); failed == nil || got != failed {
		t.Errorf("%v became %v", failed, got)
	}
	if other := errors.New("the disk is full"); over().Explain(other) != other || over().Explain(nil) != nil {
		t.Error("what is of no template is explained")
	}
}

func TestCollect(t *testing.T) {
	a, b := &Mistake{File: "look/b", Line: 2, Text: "x"}, &Mistake{File: "look/a", Line: 9, Text: "y"}
	twice := *a
	all, rest := Collect(nil, a, Mistakes{b, &twice}, nil)
	if len(all) != 2 || all[0] != b || rest != nil {
		t.Errorf("%v, %v", all, rest)
	}
	if err := Join(a, fs.ErrClosed); err != fs.ErrClosed {
		t.Errorf("got %v", err)
	}
	if err := Join(nil, nil); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestStrays(t *testing.T) {
	all := over(
		"mail/digest.html", "{{define \"footer\"}}{{template \"signature\"}}{{end}}\n{{define \"signature\"}}The desk{{end}}\n{{define \"fotter\"}}{{end}}",
		"mail/digset.html", "", "pages/parts.html", `{{define "box"}}{{end}}`, "pages/article.html", `{{define "content"}}{{if .}}{{template "box"}}{{end}}{{end}}`,
		"style.css", "", ".git/config", "", "mail/.digest.html.swp", "", "README.md", "", "pages/front.html", "{{define", "logo.png", "",
	).Strays()
	var got []string
	for _, m := range all {
		if !m.Warning {
			t.Errorf("no warning: %v", m)
		}
		got = append(got, m.Error())
	}
	want := []string{
		"look/logo.png: no template has this name, so the file is not used; the names are copy.js, desk.css, desk.js, favicon.ico, favicon.svg, feed.css, members.js, style.css",
		"look/mail/digset.html: no template has this name, so the file is not used; the names are account.html, ",
		`look/mail/digest.html:3: nothing uses the block "fotter"; those of the built-in file are also, byline, `,
	}
	if len(got) != len(want) {
		t.Fatalf("got\n%s", strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(strings.ReplaceAll(got[i], "are mail/", "are "), want[i]) {
			t.Errorf("got %s, want %s", got[i], want[i])
		}
	}
	if all := (*Files)(nil).Strays(); len(all) != 0 {
		t.Errorf("of the built-in ones: %v", all)
	}
}

// Whatever stands in a file, it is used or told of with its name.
func FuzzOwnTemplate(f *testing.F) {
	for _, seed := range []string{"{{define \"footer\"}}<p title=\"{{.X}}\">{{end}}", "<a href='{{.X}}", "{{if}}", "{{template \"nothing\"}}", "<script>{{.X}}", "{{/* x */}}", "{{block \"a\" .}}{{template \"a\" .}}{{end}}",
		"{{with $x := 1}}{{$y}}{{end}}", "\xff{{", "{{define \"x\"}}{{define \"y\"}}{{end}}{{end}}", "<style>{{.}}</style><!-- {{.}}", "{{range 999999999}}{{end}}", "<p {{range $i := 9}}a{{$i}}='{{.}}' {{else}}b{{end}}>", "<script>{{range 3}}{{.}}{{end}}</script>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		own := over("mail/confirm.html", text, "mail/confirm.txt", text)
		_, err1 := own.HTML(dialect(nil), "mail/confirm.html", "mail/confirm.html")
		set, err2 := own.Text(dialect(nil), "mail/confirm.txt", "mail/confirm.txt")
		if err2 == nil {
			err2 = own.Explain(set.Execute(&Output{File: "look/mail/confirm.txt", Most: 1 << 20, Steps: 10_000}, struct{ X string }{"x"}))
		}
		all, rest := Collect(err1, err2)
		if rest != nil {
			t.Errorf("%q: %v is of no file", text, rest)
		}
		for _, m := range append(all, own.Strays()...) {
			if !strings.HasPrefix(m.File, "look") || m.Text == "" || m.Mend == "" || m.Line < 0 {
				t.Errorf("%q: %+v", text, m)
			}
		}
	})
}
