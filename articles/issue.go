package articles

import (
	"regexp"
	"strings"

	"postrider/magazine"
)

// issue reads where the article was printed: volume and number, or issue as
// v012-n09, as a number beside volume, or as an object.
func (f *fields) issue() {
	volume, _ := f.part("volume", "vol")
	number, _ := f.part("number", "issuenumber")
	p, ok := f.get("issue")
	if !ok {
		f.setIssue(volume, number, p)
		return
	}
	switch p.value.kind {
	case table:
		in := fields{f.report, f.reader, f.d, p.value}
		if v, ok := in.part("volume", "vol"); ok {
			volume = v
		}
		if n, ok := in.part("number", "no"); ok {
			number = n
		}
		f.d.IssueTitle, _ = in.text("title", "label")
	case scalar:
		ref, ok := parseIssueRef(p.value.text)
		switch {
		case !ok && volume == "":
			f.warn(p.line, p.key, p.value.text, "it names no volume and number; it was left out", "write it as volume: 12 and number: 9, or as issue: v012-n09")
		case !ok && number == "":
			number = partOf(p.value.text)
		case ok && volume == "" && number == "":
			volume, number = ref.Volume, ref.Number
		case ok && (volume != ref.Volume || number != ref.Number):
			f.warn(p.line, p.key, p.value.text, "it differs from volume and number, which were taken", "remove one of them")
		}
	default:
		f.warn(p.line, p.key, p.value.String(), "it is no issue; it was left out", "write it as volume: 12 and number: 9")
	}
	f.setIssue(volume, number, p)
}

func (f *fields) setIssue(volume, number string, p pair) {
	switch {
	case volume != "" && number != "":
		f.d.Issue = magazine.IssueRef{Volume: volume, Number: number}
	case volume != "":
		f.warn(p.line, "number", volume, "there is a volume but no number; the article is in no issue", "add number")
	case number != "":
		f.warn(p.line, "volume", number, "there is a number but no volume; the article is in no issue", "add volume")
	}
}

// part reads a volume or a number, which are text.
func (f *fields) part(names ...string) (string, bool) {
	p, ok := f.one(names...)
	if !ok {
		return "", false
	}
	s := partOf(p.value.text)
	if s == "" {
		f.warn(p.line, p.key, p.value.text, "it cannot be part of an address; it was left out", "write it like 12, 3-4 or S1")
	}
	return s, s != ""
}

var (
	partShape = regexp.MustCompile(`^[\pL\pN][\pL\pN\pM._–-]{0,39}$`)
	issueCode = regexp.MustCompile(`^(?i:v(?:ol(?:ume)?)?)[. ]*(\S+?)[-_,/ ]+(?i:n(?:o|r|umber)?)[. ]*(\S+)$`)
	issuePair = regexp.MustCompile(`^([0-9]+)/([0-9][0-9-]*)$`)
)

// partOf makes a volume or number fit for an address: "012" is "12", "3/4" is
// "3-4". It is empty where the text cannot be one.
func partOf(s string) string {
	s = strings.NewReplacer("/", "-", " ", "-").Replace(magazine.CleanText(s))
	if rest := strings.TrimLeft(s, "0"); rest != s {
		if s = rest; s == "" || s[0] < '0' || s[0] > '9' {
			s = "0" + rest
		}
	}
	if !partShape.MatchString(s) {
		return ""
	}
	return s
}

// parseIssueRef reads v012-n09, "Vol. 12, No. 9" or 12/9.
func parseIssueRef(s string) (magazine.IssueRef, bool) {
	s = magazine.CleanText(s)
	m := issueCode.FindStringSubmatch(s)
	if m == nil {
		m = issuePair.FindStringSubmatch(s)
	}
	if m == nil {
		return magazine.IssueRef{}, false
	}
	ref := magazine.IssueRef{Volume: partOf(m[1]), Number: partOf(m[2])}
	return ref, !ref.IsZero()
}
