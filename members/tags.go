package members

import "strings"

const tagEnds = ",;،" // what may stand between tags

// joinTags writes tags into one field, with commas between. One in which a comma
// may be stands in quotation marks, doubled where it has any.
func joinTags(tags []string) string {
	all := make([]string, len(tags))
	for i, tag := range tags {
		if all[i] = tag; strings.ContainsAny(tag, tagEnds+`"`) {
			all[i] = `"` + strings.ReplaceAll(tag, `"`, `""`) + `"`
		}
	}
	return strings.Join(all, ", ")
}

// splitTags takes such a field apart. A quotation mark that is never closed
// stands for itself.
func splitTags(field string) (tags []string) {
	for field != "" {
		tag, rest, ok := quotedTag(field)
		if !ok {
			end := strings.IndexAny(field, tagEnds)
			if end < 0 {
				end = len(field)
			}
			tag, rest = field[:end], field[end:]
		}
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
		if field = rest; field != "" { // at a separator
			field = strings.TrimLeft(field, tagEnds)
		}
	}
	return tags
}

// quotedTag reads the tag in quotation marks with which a field begins, and what
// is left from the next separator on; false: it begins with none.
func quotedTag(field string) (tag, rest string, ok bool) {
	field, ok = strings.CutPrefix(strings.TrimLeft(field, " \t"), `"`)
	for ok {
		part, after, closed := strings.Cut(field, `"`)
		tag += part
		if !closed {
			return "", "", false
		}
		if more, again := strings.CutPrefix(after, `"`); again {
			tag, field = tag+`"`, more
			continue
		}
		rest = strings.TrimLeft(after, " \t")
		return tag, rest, rest == "" || strings.IndexAny(rest, tagEnds) == 0
	}
	return "", "", false
}
