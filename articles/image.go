package articles

import (
	"postrider/magazine"
)

// image reads the lead image: a path, an object with src, alt, caption and
// credit, or a list of these, whose first counts.
func (f *fields) image() {
	p, ok := f.get("image", "images", "cover", "featuredimage")
	if !ok {
		return
	}
	v := p.value
	if v.kind == list {
		v = v.items[0]
	}
	f.d.Image, f.d.lead = f.imageOf(v, p.key)
}

// imageOf reads one image. The place is nil where it is elsewhere on the web.
func (f *fields) imageOf(v value, key string) (*magazine.Image, *local) {
	var img magazine.Image
	var src string
	line := v.line
	switch v.kind {
	case scalar:
		src = v.text
	case table:
		in := fields{f.report, f.reader, f.d, v}
		if p, ok := in.one("src", "url", "image", "path", "file"); ok {
			src, line = p.value.text, p.line
		}
		img.Alt, _ = in.text("alt")
		img.Caption, _ = in.text("caption")
		img.Credit, _ = in.text("credit")
	default:
		f.warn(v.line, key, v.String(), "it is no image; it was left out", "write it as "+key+": path/to/file.jpg")
		return nil, nil
	}
	if src == "" {
		if img.Caption == "" && img.Credit == "" {
			return nil, nil
		}
		return &img, nil
	}
	t, why := parseLink(src, f.d.dir())
	switch t.kind {
	case linkAbsolute:
		if isWeb(t.url) {
			img.Src = t.url
			return &img, nil
		}
		why = "it is no image"
	case linkLocal:
		t.local.page = false
		img.Src = t.local.paths[0]
		return &img, t.local
	}
	if why == "" {
		why = "it is no image"
	}
	f.warn(line, key, src, why+"; it was left out", "write a path below the source, or a web address")
	return nil, nil
}
