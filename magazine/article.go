package magazine

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"net/url"
	"path"
	"strings"
	"time"
)

// ArticleState says where an article stands.
type ArticleState string

// The states of an Article. A file that could not be read as an article is
// listed as held; it has no Article, or keeps the last good one.
const (
	Draft     ArticleState = "draft"
	Scheduled ArticleState = "scheduled" // appears by itself when its time comes
	Published ArticleState = "published"
	Withdrawn ArticleState = "withdrawn" // deleted, expired or taken back: 410
	Held      ArticleState = "held"
)

// Access says who may read an article in full: everyone, members, or those of a
// tier above Member by its name, and of the tiers above that (see Tiers.MayRead).
type Access string

// Everyone is the zero value.
const (
	Everyone Access = ""
	Members  Access = "members"
)

// Article is one piece of the publication.
type Article struct {
	ID       string `json:"id"`                 // made once; never changes
	GUID     string `json:"guid"`               // identity in feeds: a tag URI, or verbatim from an older system
	Seq      int64  `json:"-"`                  // number in the order of first becoming visible; 0 before
	Number   int64  `json:"-"`                  // the same within the scope of which a list was asked for; else 0
	Slug     string `json:"slug"`               // unique; last part of its address
	Title    string `json:"title"`              // plain text
	Subtitle string `json:"subtitle,omitempty"` // plain text

	State     ArticleState `json:"-"`
	Published time.Time    `json:"published"`        // never changes once visible
	Updated   time.Time    `json:"updated"`          // never before Published; changes with the content only
	Expires   time.Time    `json:"expires,omitzero"` // zero: never
	Reason    string       `json:"reason,omitempty"` // why it was withdrawn, as told to readers
	Access    Access       `json:"access,omitempty"` //
	Pinned    time.Time    `json:"pinned,omitzero"`  // until then it leads the digests that have it; zero: it does not
	Language  string       `json:"language"`         // BCP 47
	HomeURL   string       `json:"url,omitempty"`    // its home on another site, where it has one
	FromFile  string       `json:"-"`                // the file it was read from, below its source
	FirstSeen time.Time    `json:"-"`                //

	Authors []Author `json:"authors"`          // in the order printed; may be empty
	Section Section  `json:"section,omitzero"` // zero: in none
	Issue   IssueRef `json:"issue,omitzero"`   // zero: in none

	Hijri      string `json:"hijri,omitempty"`       // the whole date, as printed or computed, in the article's language
	HijriMonth string `json:"hijri_month,omitempty"` // its month and
	HijriYear  string `json:"hijri_year,omitempty"`  // year, as the citation prints them

	Summary     string       `json:"summary,omitempty"` // plain text, one or two sentences
	Image       *Image       `json:"image,omitempty"`   // lead image
	Tags        []string     `json:"tags,omitempty"`
	Related     []Related    `json:"related,omitempty"`
	Corrections []Correction `json:"corrections,omitempty"`
	Words       int          `json:"words"` // of the body, for the reading time

	// HTML is the body, Teaser what others than members may read of a
	// members-only one. Both are sanitised. Lists of articles leave HTML out
	// unless they were asked for it.
	HTML   string `json:"-"`
	Teaser string `json:"-"`
}

// Image is a picture with its words. Src is a path of the site
// ("/media/HASH/dial.png") or an absolute address elsewhere.
type Image struct {
	Src     string `json:"src"`
	Alt     string `json:"alt,omitempty"`
	Caption string `json:"caption,omitempty"`
	Credit  string `json:"credit,omitempty"`
	Type    string `json:"type,omitempty"`  // media type, where known
	Width   int    `json:"width,omitempty"` // pixels, 0 where not known
	Height  int    `json:"height,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`
	Mail    *Image `json:"mail,omitempty"` // a PNG, JPEG or GIF at most 1200 pixels wide for mails; nil: leave it out
}

// Related points to another piece, ours (Slug) or elsewhere (URL), or only names it.
type Related struct {
	Slug    string   `json:"slug,omitempty"`
	URL     string   `json:"url,omitempty"`
	Title   string   `json:"title,omitempty"`
	Authors []string `json:"authors,omitempty"`
	Date    string   `json:"date,omitempty"`  // 2006-01-02
	Hijri   string   `json:"hijri,omitempty"` // as printed
}

// Correction is a note on what was wrong. It is shown and moves Updated, and
// is never mailed.
type Correction struct {
	Date time.Time `json:"date"`
	Text string    `json:"text"`
}

// Path is the address of the article's page below the site.
func (a *Article) Path() string { return "/articles/" + url.PathEscape(a.Slug) + "/" }

// Link is where readers find the article: its home elsewhere, or our page.
func (a *Article) Link(p *Publication) string {
	if a.HomeURL != "" {
		return a.HomeURL
	}
	return p.Link(a.Path())
}

// PublicHTML is what everyone may read: the body, or the teaser of a
// members-only article.
func (a *Article) PublicHTML() string {
	if a.Access != Everyone {
		return a.Teaser
	}
	return a.HTML
}

// ReadingMinutes is the reading time at 220 words a minute, at least 1.
func (a *Article) ReadingMinutes() int { return max(1, (a.Words+110)/220) }

// TagKey is what makes two spellings of a tag the same one.
func TagKey(tag string) string { return strings.ToLower(CleanText(tag)) }

// Follows lists what one can follow to get the article: its authors, section and
// tags. Their served numbers are 0.
func (a *Article) Follows() []Follow {
	var all []Follow
	for _, w := range a.Authors {
		all = append(all, Follow{Kind: FollowAuthor, Slug: w.Slug})
	}
	if a.Section.Slug != "" {
		all = append(all, Follow{Kind: FollowSection, Slug: a.Section.Slug})
	}
	for _, tag := range a.Tags {
		all = append(all, Follow{Kind: FollowTag, Slug: TagKey(tag)})
	}
	return all
}

// Scopes lists where the article appears: the site, its authors, its section
// and its issue.
func (a *Article) Scopes() []Scope {
	scopes := []Scope{SiteScope()}
	for _, w := range a.Authors {
		scopes = append(scopes, AuthorScope(w.Slug))
	}
	if a.Section.Slug != "" {
		scopes = append(scopes, SectionScope(a.Section.Slug))
	}
	if !a.Issue.IsZero() {
		scopes = append(scopes, IssueScope(a.Issue))
	}
	return scopes
}

// NewID makes a short identity of 12 letters and digits (60 random bits) that
// people can read out.
func NewID() string {
	var b [8]byte
	rand.Read(b[:])
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))[:12]
}

// NewIDAt makes an identity of 16 letters and digits that sorts by when it was
// made, to some hundredths of a second; 44 bits are random. What comes together
// then lies together in every index of identities, and is written at its end.
func NewIDAt(at time.Time) string {
	var b [10]byte
	rand.Read(b[4:])
	moment := uint64(at.UnixMilli()) >> 6 // 36 bits, until the year 2109
	binary.BigEndian.PutUint32(b[:4], uint32(moment>>4))
	b[4] = byte(moment<<4) | b[4]&15
	return sorting.EncodeToString(b[:])
}

// sorting is base 32 with the letters in the order of their codes.
var sorting = base32.NewEncoding("234567abcdefghijklmnopqrstuvwxyz")

// OldAddress is how the address of a page in an older system is kept beside
// slugs, none of which begins with a slash: decoded, from the root, without a
// slash or an index.html at its end, and with its query, which in many systems
// is all that tells two pages apart. Empty: the address is of no page.
func OldAddress(address string) string {
	address, _, _ = strings.Cut(address, "#")
	path, query, _ := strings.Cut(address, "?")
	return OldPage(unescaped(path), query)
}

// OldPage is OldAddress of a path that is decoded already, and of a query that
// is not.
func OldPage(plain, query string) string {
	plain = strings.TrimSuffix(path.Clean("/"+CleanText(plain)), "/index.html")
	if query = CleanText(unescaped(query)); query != "" {
		return "/" + strings.TrimPrefix(plain, "/") + "?" + query
	}
	if plain == "/" {
		return ""
	}
	return plain
}

// unescaped leaves text that is wrongly escaped as it is.
func unescaped(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}
