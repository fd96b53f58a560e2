package magazine

import (
	"net/url"
	"strings"
	"time"
	"unicode"
)

// IssueRef names an issue by volume and number, both text.
type IssueRef struct {
	Volume string `json:"volume"`
	Number string `json:"number"`
}

// IsZero tells that there is no issue.
func (r IssueRef) IsZero() bool { return r.Volume == "" || r.Number == "" }

// Path is the address of the issue's page below the site.
func (r IssueRef) Path() string {
	return "/issues/" + url.PathEscape(r.Volume) + "/" + url.PathEscape(r.Number) + "/"
}

// String is "Vol. 12, No. 9".
func (r IssueRef) String() string {
	if r.IsZero() {
		return ""
	}
	return "Vol. " + r.Volume + ", No. " + r.Number
}

// IssueState says whether an issue is still being filled.
type IssueState string

// The states of an Issue. It only ever goes from open to published.
const (
	IssueOpen      IssueState = "open"
	IssuePublished IssueState = "published"
)

// Issue is one number of the publication.
type Issue struct {
	IssueRef
	State       IssueState `json:"-"`
	Title       string     `json:"title,omitempty"`
	CoverDate   time.Time  `json:"cover_date"`      // midnight in the publication's zone; orders the issues
	Hijri       string     `json:"hijri,omitempty"` // month and year as printed
	Cover       *Image     `json:"cover,omitempty"`
	Note        string     `json:"note,omitempty"`     // editor's note, sanitised HTML
	Contents    []string   `json:"contents,omitempty"` // slugs in order; articles not named here follow by date
	Ordered     bool       `json:"-"`                  // the desk says so, for no file does
	PublishedAt time.Time  `json:"-"`                  // zero while open
}

// HijriParts parts the printed "Rabi' al-Awwal 1446 AH" into month and year.
func (i *Issue) HijriParts() (month, year string) {
	fields := strings.Fields(i.Hijri)
	for at, f := range fields {
		if at > 0 && strings.IndexFunc(f, unicode.IsDigit) == 0 {
			return strings.Join(fields[:at], " "), f
		}
	}
	return i.Hijri, ""
}
