package articles

import (
	"strings"
	"testing"

	"postrider/magazine"
)

// published resolves some files of a source.
func published(path string) (string, bool) {
	switch path {
	case "posts/here.png", "static/images/root.png", "posts/song.mp3", "files/table.pdf":
		return "/media/abc/" + path[strings.LastIndexByte(path, '/')+1:], true
	case "posts/other.md", "old/address":
		return "/articles/ساعة-المد/", true
	}
	return "", false
}

func TestRewrite(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		warnings       int
	}{
		{"image", `![A](here.png)`, `<p><img src="/media/abc/here.png" alt="A"/></p>`, 0},
		{"image from the root", `![A](/images/root.png)`, `<p><img src="/media/abc/root.png" alt="A"/></p>`, 0},
		{"image missing", `x ![A & B](gone.png) y`, `<p>x A &amp; B y</p>`, 1},
		{"image missing without words", `![](gone.png)`, ``, 1},
		{"linked image missing", `[![](gone.png)](here.png)`, ``, 1},
		{"linked image", `[![A](here.png)](here.png)`, `<p><a href="/media/abc/here.png"><img src="/media/abc/here.png" alt="A"/></a></p>`, 0},
		{"image elsewhere", `![A](http://a.example/x.png)`, `<p><img src="http://a.example/x.png" alt="A"/></p>`, 0},
		{"image climbs out", `![A](../../x.png)`, `<p>A</p>`, 1},
		{"article", `[o](other.md)`, `<p><a href="/articles/ساعة-المد/">o</a></p>`, 0},
		{"part of an article", `[o](other.md#the-part)`, `<p><a href="/articles/ساعة-المد/#%D8%B3%D8%A7%D8%B9%D8%A9-%D8%A7%D9%84%D9%85%D8%AF-the-part">o</a></p>`, 0},
		{"old address", `[o](/old/address/?x=1)`, `<p><a href="/articles/ساعة-المد/?x=1">o</a></p>`, 0},
		{"page beside us", `[o](/shop/)`, `<p><a href="/shop/">o</a></p>`, 0},
		{"the front page", `[o](/)`, `<p><a href="/">o</a></p>`, 0},
		{"page that is nowhere", `[*o*](shop/)`, `<p><em>o</em></p>`, 1},
		{"file that is nowhere", `[o](/shop.pdf)`, `<p>o</p>`, 1},
		{"file", `[o](/files/table.pdf)`, `<p><a href="/media/abc/table.pdf">o</a></p>`, 0},
		{"sound", `<audio src="song.mp3"></audio>`, `<p><audio src="/media/abc/song.mp3" controls=""></audio></p>`, 0},
		{"sound by sources", `<audio><source src="gone.ogg"><source src="song.mp3" type="audio/mpeg"></audio>`,
			`<p><audio controls=""><source src="/media/abc/song.mp3" type="audio/mpeg"/></audio></p>`, 1},
		{"sound missing", `x <audio src="gone.mp3"></audio>`, `<p>x</p>`, 1},
		{"film missing", `<video src="gone.mp4" poster="here.png">not <b>here</b></video>`, `<p>not <b>here</b></p>`, 1},
		{"poster missing", `<video src="song.mp3" poster="gone.png"></video>`, `<p><video src="/media/abc/song.mp3" controls=""></video></p>`, 1},
		{"picture", `<picture><source srcset="gone.webp 1x, here.png 2x"><img src="here.png"></picture>`,
			`<p><picture><source srcset="/media/abc/here.png 2x"/><img src="/media/abc/here.png" alt=""/></picture></p>`, 1},
		{"picture missing", `<picture><source srcset="gone.webp"><img src="gone.png"></picture>`, ``, 2},
		{"quotation", `<blockquote cite="https://a.example/x">a</blockquote><q cite="b">b</q>`, `<blockquote cite="https://a.example/x">a</blockquote><q>b</q>`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, problems := newReader().Parse("posts/a.md", []byte("---\ntitle: T\ndate: 2024-05-17\n---\nFirst.\n\n"+c.in+"\n"))
			if d == nil {
				t.Fatal(problems)
			}
			warnings := append(problems, d.Rewrite(published)...)
			got := strings.TrimPrefix(strings.TrimPrefix(d.HTML, "<p>First.</p>"), "\n")
			got = strings.ReplaceAll(got, " </p>", "</p>")
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if len(warnings) != c.warnings {
				t.Errorf("%d warnings, want %d: %v", len(warnings), c.warnings, warnings)
			}
			for _, w := range warnings {
				if !w.Warning || w.Value == "" {
					t.Errorf("the warning names no file: %+v", w)
				}
			}
			checkHTML(t, d.HTML)
		})
	}
}

func TestRewriteImage(t *testing.T) {
	for src, want := range map[string]string{
		"here.png": "/media/abc/here.png", "/images/root.png": "/media/abc/root.png", "https://a.example/x.png": "https://a.example/x.png", "//a.example/x.png": "https://a.example/x.png", "gone.png": "",
	} {
		d, _ := newReader().Parse("posts/a.md", []byte("---\ntitle: T\ndate: 2024-05-17\nimage: {src: \""+src+"\", alt: A, caption: C}\n---\nText.\n"))
		warnings := d.Rewrite(published)
		if want == "" {
			if d.Image != nil || len(warnings) != 1 {
				t.Errorf("%s: %+v %v", src, d.Image, warnings)
			}
			continue
		}
		if d.Image == nil || *d.Image != (magazine.Image{Src: want, Alt: "A", Caption: "C"}) || len(warnings) > 0 {
			t.Errorf("%s: %+v %v", src, d.Image, warnings)
		}
	}
}

// The slug that the caller settled on stands before every id.
func TestRewriteSlug(t *testing.T) {
	d, _ := newReader().Parse("a.md", []byte("---\ntitle: T\ndate: 2024-05-17\n---\n## Part\n\nText[^1] [up](#part) [top](#top).\n\n[^1]: Note.\n"))
	d.Slug = "t-2"
	d.Rewrite(nowhere)
	for _, want := range []string{`id="t-2-part"`, `href="#t-2-part"`, `id="t-2-fnref:1"`, `href="#t-2-fn:1"`, `id="t-2-fn:1"`, `href="#top"`} {
		if !strings.Contains(d.HTML, want) {
			t.Errorf("no %s in %s", want, d.HTML)
		}
	}
	html := d.HTML
	if warnings := d.Rewrite(nowhere); warnings != nil || d.HTML != html {
		t.Error("a second Rewrite changed something")
	}
}

// The links that Rewrite leaves are those that AbsoluteHTML finds.
func TestRewriteForAbsoluteHTML(t *testing.T) {
	d, _ := newReader().Parse("posts/a.md", []byte("---\ntitle: T\ndate: 2024-05-17\n---\n"+
		`[o](/shop/) ![A](here.png) <img srcset="here.png 1x, here.png 2x"> <video src="song.mp3" poster="here.png"></video>`+"\n"))
	d.Rewrite(published)
	got := magazine.AbsoluteHTML(d.HTML, "https://h.example")
	for _, relative := range []string{`="/`, `, /`} {
		if strings.Contains(got, relative) {
			t.Errorf("%s is left in %s", relative, got)
		}
	}
}
