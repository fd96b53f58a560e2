package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"time"

	"postrider/magazine"
)

// asset is a file that belongs to the pages.
type asset struct {
	body []byte
	kind string
	hash string
}

// assets are the style sheet and the icons, made once at the start.
type assets struct {
	style, icon, oldIcon *asset
}

func newAsset(kind string, body []byte) *asset {
	sum := sha256.Sum256(body)
	return &asset{body: body, kind: kind, hash: hex.EncodeToString(sum[:6])}
}

// readAssets reads the style sheet and sets the publication's accent in it,
// and draws the icon: the publication's initial on the accent.
func readAssets(files fs.FS, p *magazine.Publication) (a assets, err error) {
	css, err := fs.ReadFile(files, "style.css")
	if err != nil {
		return a, magazine.Errorf(magazine.Invalid, "the style sheet cannot be read: %w", err)
	}
	paint := defaultAccent
	if p.Accent != "" {
		if paint, err = parseColour(p.Accent); err != nil {
			return a, err
		}
		css = fmt.Appendf(css, "\n:root { --accent: %s; }\n@media (prefers-color-scheme: dark) { :root { --accent: %s; } }\n@media print { :root { --accent: #000000; } }\n",
			paint.readableOn(lightPaper), paint.readableOn(darkPaper))
	}
	a.style = newAsset("text/css; charset=utf-8", css)
	svg, err := template.ParseFS(files, "favicon.svg")
	if err != nil {
		return a, magazine.Errorf(magazine.Invalid, "the icon favicon.svg cannot be used: %w", err)
	}
	var icon bytes.Buffer
	if err := svg.Execute(&icon, map[string]string{"Accent": paint.readableOn(white).String(), "Initial": firstLetter(p.Title)}); err != nil {
		return a, magazine.Errorf(magazine.Invalid, "the icon favicon.svg cannot be used: %w", err)
	}
	a.icon = newAsset("image/svg+xml", icon.Bytes())
	old, err := fs.ReadFile(files, "favicon.ico")
	if err != nil {
		return a, magazine.Errorf(magazine.Invalid, "the icon favicon.ico cannot be read: %w", err)
	}
	a.oldIcon = newAsset("image/x-icon", old)
	return a, nil
}

// serve gives the asset: for ever where the address carries its hash, for a
// day where it carries none, and unkept where it carries another, as while
// several versions serve side by side.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("ETag", `"`+a.hash+`"`)
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
