package articles

import (
	"strings"

	"postrider/magazine"
)

// maxTags bounds the tags of an article. Its page and every feed that it is in
// name each of them.
const maxTags = 100

// tags are a list, or a text of tags between commas or, as Jekyll has it,
// between spaces.
func (f *fields) tags() {
	p, ok := f.get("tags", "keywords")
	if !ok {
		return
	}
	var words []string
	switch p.value.kind {
	case scalar:
		if strings.ContainsAny(p.value.text, ",،") {
			words = strings.FieldsFunc(p.value.text, func(r rune) bool { return r == ',' || r == '،' })
		} else {
			words = strings.Fields(p.value.text)
		}
	case list:
		for _, v := range p.value.items {
			if v.kind == scalar {
				words = append(words, v.text)
			} else if !v.empty() {
				f.warn(v.line, p.key, v.String(), "it is no tag; it was left out", "write each tag as one text")
			}
		}
	default:
		f.warn(p.line, p.key, p.value.String(), "tags are a list of texts; these were left out", "write tags: [one, two]")
	}
	seen := map[string]bool{}
	for _, w := range words {
		w = magazine.CleanText(w)
		if key := magazine.TagKey(w); w != "" && !seen[key] {
			seen[key] = true
			f.d.Tags = append(f.d.Tags, w)
		}
	}
	if n := len(f.d.Tags); n > maxTags {
		f.warn(p.line, p.key, "", itoa(n)+" tags are more than an article may have; the first "+itoa(maxTags)+" were kept", "leave at most "+itoa(maxTags))
		f.d.Tags = f.d.Tags[:maxTags]
	}
}
