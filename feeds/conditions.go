package feeds

import (
	"net/http"
	"regexp"
	"strings"
	"time"
)

// notModified tells whether the reader has this already. Where If-None-Match
// stands, If-Modified-Since is ignored (RFC 9110 section 13.1.3); so is a date
// later than now, which no answer of ours had.
func notModified(r *http.Request, etag string, changed, now time.Time) bool {
	if tags := r.Header["If-None-Match"]; len(tags) > 0 {
		return matches(strings.Join(tags, ","), etag)
	}
	dates := r.Header["If-Modified-Since"]
	if len(dates) != 1 || instantOf(changed).isNone() {
		return false
	}
	since, ok := parseDate(dates[0])
	return ok && !since.After(now) && !changed.Truncate(time.Second).After(since)
}

// matches looks for the tag in a list, weakly: W/"x" matches "x" (RFC 9110
// section 8.8.3.2). An unfinished tag ends the search.
func matches(list, etag string) bool {
	for {
		list = strings.TrimLeft(list, " \t,")
		if strings.HasPrefix(list, "*") {
			return true
		}
		list = strings.TrimPrefix(list, "W/")
		if !strings.HasPrefix(list, `"`) {
			return false
		}
		end := strings.IndexByte(list[1:], '"')
		if end < 0 {
			return false
		}
		if list[:end+2] == etag {
			return true
		}
		list = list[end+2:]
	}
}

// maxDate is longer than any date in use, in bytes.
const maxDate = 64

var (
	// dateParts parts what stands before a comma, which may be a weekday in any
	// language, from the date and its zone.
	dateParts = regexp.MustCompile(`(?i)^(?:[^,]*,)?\s*(.*?)\s*(?:GMT|UTC|UT|Z)?\s*([+-]\d\d:?\d\d)?$`)
	// dateLayouts are the three forms of RFC 9110 section 5.6.7 without their
	// zone, and those that readers send in their place.
	dateLayouts = []string{
		"2 Jan 2006 15:04:05", "2-Jan-06 15:04:05", "Mon Jan 2 15:04:05 2006",
		"2-Jan-2006 15:04:05", "2 January 2006 15:04:05", "2 Jan 06 15:04:05", "2 Jan 2006 15:04", "Mon 2 Jan 2006 15:04:05",
		time.DateTime, "2006-01-02T15:04:05",
	}
)

// parseDate reads a date in the three forms of RFC 9110, and in those that
// readers send in their place: with another weekday or none, another zone or
// none, a length behind a semicolon, in quotes. A zone that is a word other than
// GMT or UTC means different things to different people and makes it no date.
func parseDate(s string) (time.Time, bool) {
	if t, err := time.Parse(http.TimeFormat, s); err == nil {
		return t, true
	}
	s, _, _ = strings.Cut(s, ";")
	if len(s) > maxDate {
		return time.Time{}, false
	}
	parts := dateParts.FindStringSubmatch(strings.Trim(s, " \t\"'"))
	if parts == nil {
		return time.Time{}, false
	}
	zone := strings.Replace(parts[2], ":", "", 1)
	if zone == "" {
		zone = "+0000"
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout+"-0700", strings.Join(strings.Fields(parts[1]), " ")+zone); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
