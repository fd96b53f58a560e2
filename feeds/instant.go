package feeds

import (
	"time"

	"postrider/store"
)

// An instant is a time that every format can write, or none: RFC 3339 and
// RFC 5322 have years of four digits. Only instantOf makes one.
type instant struct{ t time.Time }

func instantOf(t time.Time) instant {
	if t = t.UTC(); t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return instant{}
	}
	return instant{t}
}

func (i instant) isNone() bool { return i.t.IsZero() }

// rfc5322 prints the instant as RSS wants it (RFC 5322 section 3.3), or nothing.
func (i instant) rfc5322() string { return i.format(time.RFC1123Z) }

// rfc3339 prints the instant to the second, or nothing.
func (i instant) rfc3339() string { return i.format(time.RFC3339) }

func (i instant) format(layout string) string {
	if i.isNone() {
		return ""
	}
	return i.t.Format(layout)
}

// dawn stands for the time of a feed that never had an article.
var dawn = instantOf(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))

// changed is when the version came to be.
func changed(v store.Version) instant {
	if i := instantOf(v.Changed); !i.isNone() {
		return i
	}
	return dawn
}
