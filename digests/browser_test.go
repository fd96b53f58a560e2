package digests

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
)

var pictures = flag.String("pictures", "", "write pictures of the digests to this folder")

var media = regexp.MustCompile(`https://harbour.example/mag/media/[^"]*`)

// TestBrowser opens the digests at the width of a phone and of a desk, light and
// dark: nothing may stand out sideways, everything can be read on its ground,
// and the words run in the direction of their language.
func TestBrowser(t *testing.T) {
	ctx := posttest.Browser(t)
	all, pages := digestsOfTests(t), map[string]string{}
	for _, d := range all {
		_, htmlPart, _ := d.mail.For(reader)
		pages["/"+d.name] = media.ReplaceAllString(htmlPart, "/lamp.png")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/lamp.png" {
			http.ServeFile(w, r, "../sample/images/the-lamp-changer.png")
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, pages[r.URL.Path])
	}))
	defer server.Close()
	for _, d := range all {
		for _, width := range []int64{390, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				prefer := func(ctx context.Context, target *chromedp.Target) error {
					_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
					return err
				}
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Func(prefer), chromedp.Navigate(server.URL+"/"+d.name)); err != nil {
					t.Fatal(err)
				}
				got, err := chromedp.Run(ctx, chromedp.Evaluate[string](look))
				if err != nil || got != "" {
					t.Errorf("%s at %d, %s: %s (%v)", d.name, width, scheme, got, err)
				}
				if *pictures != "" {
					shoot(ctx, t, filepath.Join(*pictures, fmt.Sprintf("%s-%d-%s.png", d.name, width, scheme)))
				}
			}
		}
	}
}

func shoot(ctx context.Context, t *testing.T, file string) {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// look lists what is wrong with a digest as the browser shows it.
var look = strings.ReplaceAll(`(() => {
	const wrong = [], dark = matchMedia("(prefers-color-scheme: dark)").matches;
	if (document.documentElement.scrollWidth > innerWidth) wrong.push("it is wider than the window");
	if (document.querySelector(".preheader").offsetHeight > 0) wrong.push("the preheader is seen");
	const rgb = colour => colour.match(/[0-9.]+/g).map(Number);
	const light = colour => { const [r, g, b] = rgb(colour).map(c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
	const contrast = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
	const paper = getComputedStyle(document.body).backgroundColor;
	if (light(paper) > .5 === dark) wrong.push("the paper is " + paper);
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const text = walk.currentNode.data.trim(), e = walk.currentNode.parentElement, style = getComputedStyle(e);
		if (!text || e.closest(".preheader")) continue;
		if (contrast(style.color, paper) < 4.49) wrong.push(text + " cannot be read: " + style.color + " on " + paper);
		if (parseFloat(style.fontSize) < 14) wrong.push(text + " is small");
		if (/[\u0600-\u06ff]/.test(text) && style.fontStyle === "italic") wrong.push(text + " is italic");
	}
	for (const e of document.querySelectorAll("p, h1, h2, h3")) {
		const style = getComputedStyle(e), box = e.getBoundingClientRect();
		if (e.textContent.trim() === "") wrong.push("an empty " + e.localName);
		if (box.width > 600) wrong.push(e.textContent + " is " + box.width + " wide");
	}
	for (const e of document.querySelectorAll("a.button, .foot a")) if (e.getBoundingClientRect().height < 16) wrong.push(e.textContent + " is hard to hit");
	for (const i of document.images) if (i.naturalWidth === 0 || !i.alt || i.getBoundingClientRect().width > innerWidth) wrong.push("the picture is not as it should be");
	return wrong.join("; ");
})()`, "\t", " ")
