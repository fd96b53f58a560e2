package media

import (
	"strings"
	"testing"
)

func TestSVGSize(t *testing.T) {
	for _, c := range []struct {
		attrs         string
		width, height int
	}{
		{``, 0, 0},
		{`width="120" height="80"`, 120, 80},
		{`width="120.6px" height=" 80px "`, 121, 80},
		{`width="1in" height="2.54cm"`, 96, 96},
		{`width="25.4mm" height="72pt"`, 96, 96},
		{`width="6pc" height="1"`, 96, 1},
		{`viewBox="0 0 300 200"`, 300, 200},
		{`viewBox="-10,-10,300,200"`, 300, 200},
		{`width="100%" height="100%" viewBox="0 0 300 200"`, 300, 200},
		{`width="150" viewBox="0 0 300 200"`, 150, 100},
		{`height="100" viewBox="0 0 300 200"`, 150, 100},
		{`width="2em" height="3em"`, 0, 0},
		{`width="-4" height="3"`, 0, 0},
		{`width="NaN" height="Inf"`, 0, 0},
		{`width="1e300" height="3"`, 0, 0},
		{`width="0.1" height="3"`, 0, 0},
		{`viewBox="0 0 1e-300 1e300" width="3"`, 0, 0},
		{`viewBox="0 0 300"`, 0, 0},
	} {
		p, problem := check(t, "dial.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" `+c.attrs+`><path d="M0 0h9"/></svg>`))
		if p == nil {
			t.Fatalf("%s: %s", c.attrs, problem)
		}
		if p.Image.Width != c.width || p.Image.Height != c.height {
			t.Errorf("%s: %d by %d, want %d by %d", c.attrs, p.Image.Width, p.Image.Height, c.width, c.height)
		}
	}
}

func TestSVGPassesAsItIs(t *testing.T) {
	for _, data := range []string{
		"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- drawn by hand -->\n<svg xmlns=\"http://www.w3.org/2000/svg\"><text>ق</text></svg>\n",
		`<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>`,
		`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`,
	} {
		p, problem := check(t, "dial.png", []byte(data))
		if p == nil || p.Image.Type != "image/svg+xml" || string(p.Files[0].Data) != data || !strings.HasSuffix(p.Image.Src, "/dial.svg") {
			t.Fatalf("%q: %+v, %v", data, p, problem)
		}
		if p.Image.Mail != nil || problem == nil || !strings.Contains(problem.Text, "left out of mails") {
			t.Errorf("%q: in mails %+v, %v", data, p.Image.Mail, problem)
		}
	}
}

func TestSVGThatIsBroken(t *testing.T) {
	const head = `<svg xmlns="http://www.w3.org/2000/svg">`
	for _, c := range []struct{ data, words string }{
		{`<svg width="1" height="1"/>`, "lacks xmlns"},
		{head, "line 1"},
		{head + "\n<g>\n</svg>", "line 3"},
		{head + "&nbsp;</svg>", "entity"},
		{head + "</svg>" + head + "</svg>", "more than one"},
		{head + strings.Repeat("<g>", 300), "levels deep"},
		{`<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + head + "&b;</svg>", "entities of its own"},
		{`<?xml version="1.0" encoding="ISO-8859-1"?>` + head + "</svg>", "not in UTF-8"},
		{head + "\x00</svg>", "cannot be used"},
		{head + "<!--" + strings.Repeat(" ", maxSVG) + "--></svg>", "larger than 8 MiB"},
	} {
		refused(t, "dial.svg", []byte(c.data), c.words)
	}
}
