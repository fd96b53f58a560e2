package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"postrider/magazine"
	"postrider/store"
	"postrider/templates"
)

// asset is a file that belongs to the pages.
type asset struct {
	body []byte
	kind string
	hash string
}

// The addresses of the publication's own pictures, below its path. They stay
// when the pictures change.
const (
	LogoPath = "/logo"
	IconPath = "/icon"
)

// assets are the style sheets and the publication's pictures, made once at the start.
type assets struct {
	style     *asset
	feedStyle *asset            // of feeds that are opened in a browser
	script    *asset            // of the list of feeds
	members   *asset            // the script of members' pages
	desk      *asset            // the style sheet of the desk
	deskLive  *asset            // its script
	pictures  map[string]*asset // by path
	icons     []icon            // for the head of pages
	logo      *magazine.Image   // for previews elsewhere; nil: none that they read
}

// icon is a picture for tabs and bookmarks.
type icon struct {
	Rel, Href, Type, Sizes string
}

func newAsset(kind string, body []byte) *asset {
	sum := sha256.Sum256(body)
	return &asset{body: body, kind: kind, hash: hex.EncodeToString(sum[:6])}
}

// readAssets reads the style sheet and sets the publication's accent in it, and
// finds the icons: the publication's own, or its initial on the accent.
func readAssets(o Options) (a assets, err error) {
	css, err := o.Templates.ReadFile("style.css")
	if err != nil {
		return a, magazine.Errorf(magazine.Invalid, "the style sheet cannot be read: %w", err)
	}
	if o.Templates.Origin("style.css") == "style.css" { // a publication's own is left as it is
		css = unread.ReplaceAll(css, nil)
	}
	paint, own := defaultAccent, []byte(nil)
	if accent := o.Publication.Accent; accent != "" {
		if paint, err = parseColour(accent); err != nil {
			return a, err
		}
		own = fmt.Appendf(nil, "\n:root { --accent: %s; }\n@media (prefers-color-scheme: dark) { :root { --accent: %s; } }\n@media print { :root { --accent: #000000; } }\n",
			paint.readableOn(lightPaper), paint.readableOn(darkPaper))
	}
	a.style = newAsset("text/css; charset=utf-8", append(css, own...))
	if a.desk, err = deskStyle(o.Templates, own); err != nil {
		return a, err
	}
	if css, err = o.Templates.ReadFile("feed.css"); err != nil {
		return a, magazine.Errorf(magazine.Invalid, "the style sheet of feeds cannot be read: %w", err)
	}
	a.feedStyle = newAsset("text/css; charset=utf-8", css)
	for name, of := range map[string]**asset{"copy.js": &a.script, "members.js": &a.members, "desk.js": &a.deskLive} {
		script, err := o.Templates.ReadFile(name)
		if err != nil {
			return a, magazine.Errorf(magazine.Invalid, "the script %s cannot be read: %w", name, err)
		}
		*of = newAsset("text/javascript; charset=utf-8", script)
	}
	if a.pictures, err = drawIcons(o.Templates, o.Publication.Title, paint); err != nil {
		return a, err
	}
	a.icons = []icon{{"icon", "/favicon.svg", "image/svg+xml", ""}, {"alternate icon", "/favicon.ico", "", "32x32"}}
	if o.Icon != nil {
		a.addIcon(o.Icon)
	}
	if o.Logo != nil {
		a.pictures[LogoPath] = newAsset(o.Logo.Type, o.Logo.Data)
		a.logo = preview(&magazine.Image{Src: LogoPath, Type: o.Logo.Type, Width: o.Logo.Width, Height: o.Logo.Height, Alt: o.Publication.Title})
	}
	return a, nil
}

// unread is what of our style sheet is for people alone: comments, and the spaces at
// the beginning of lines.
var unread = regexp.MustCompile(`(?s)/\*.*?\*/\n?|(?m)^[ \t\n]+`)

// tokensEnd is where the tokens of style.css end, which the desk shares.
const tokensEnd = "/* What stands above is the desk's, too. */"

// deskStyle is the desk's style sheet with the tokens of the built-in public pages,
// and the publication's accent.
func deskStyle(files *templates.Files, accent []byte) (*asset, error) {
	public, err := (*templates.Files)(nil).ReadFile("style.css")
	if err != nil {
		return nil, err
	}
	tokens, _, _ := bytes.Cut(public, []byte(tokensEnd))
	css, err := files.ReadFile("desk.css")
	if err != nil {
		return nil, magazine.Errorf(magazine.Invalid, "the style sheet of the desk cannot be read: %w", err)
	}
	return newAsset("text/css; charset=utf-8", unread.ReplaceAll(bytes.Join([][]byte{tokens, css, accent}, nil), nil)), nil
}

// drawIcons makes the icons of a publication that has none.
func drawIcons(files *templates.Files, title string, paint colour) (map[string]*asset, error) {
	svg, err := files.HTML(templates.Dialect{}, "favicon.svg", "favicon.svg")
	if err != nil {
		return nil, magazine.Errorf(magazine.Invalid, "the icon favicon.svg cannot be used: %w", err)
	}
	drawn := templates.Output{File: files.Origin("favicon.svg"), Most: 1 << 20, Steps: 10_000}
	words := map[string]string{"Accent": paint.readableOn(white).String(), "Initial": firstLetter(title)}
	if err := svg.Execute(&drawn, words); err != nil {
		return nil, magazine.Errorf(magazine.Invalid, "the icon favicon.svg cannot be used: %w", files.Explain(err, words))
	}
	old, err := files.ReadFile("favicon.ico")
	if err != nil {
		return nil, magazine.Errorf(magazine.Invalid, "the icon favicon.ico cannot be read: %w", err)
	}
	return map[string]*asset{"/favicon.svg": newAsset("image/svg+xml", drawn.Bytes()), "/favicon.ico": newAsset("image/x-icon", old)}, nil
}

// addIcon puts the publication's own icon in the place of the drawn ones.
// Programs that ask for /favicon.ico without having seen a page get it too, but
// for an SVG, which they seldom read.
func (a *assets) addIcon(m *store.Media) {
	own := newAsset(m.Type, m.Data)
	a.pictures[IconPath] = own
	href, sizes := IconPath+"?v="+own.hash, ""
	switch {
	case m.Type == "image/svg+xml":
		sizes = "any"
	case m.Width > 0 && m.Height > 0:
		sizes = fmt.Sprintf("%dx%d", m.Width, m.Height)
	}
	a.icons = []icon{{"icon", href, m.Type, sizes}}
	if m.Type == "image/png" { // the only kind that home screens take
		a.icons = append(a.icons, icon{Rel: "apple-touch-icon", Href: href})
	}
	if m.Type != "image/svg+xml" {
		a.pictures["/favicon.ico"] = own
	}
}

// serve gives the asset: for ever where the address carries its hash, for a
// day where it carries none, and unkept where it carries another, as while
// several versions serve side by side.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("ETag", `"`+a.hash+`"`)
	if a.kind == "image/svg+xml" {
		h.Set("Content-Security-Policy", sandboxed)
	}
	switch r.URL.Query().Get("v") {
	case a.hash:
		h.Set("Cache-Control", immutable)
	case "":
		h.Set("Cache-Control", "public, max-age=86400")
	default:
		h.Set("Cache-Control", "no-cache")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
	return nil
}
