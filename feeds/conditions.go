package feeds

import (
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// coding is how a response's bytes are coded.
type coding string

const (
	identityCoding coding = "identity"
	gzipCoding     coding = "gzip"
)

// chooseCoding takes gzip where the reader accepts it (RFC 9110 section
// 12.5.3), and the plain bytes in every other case.
func chooseCoding(accept []string) coding {
	rest := false // what "*" says of codings that aren't named
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		name, parameters, _ := strings.Cut(part, ";")
		wanted := weight(parameters) > 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			if wanted {
				return gzipCoding
			}
			return identityCoding
		case "*":
			rest = wanted
		}
	}
	if rest {
		return gzipCoding
	}
	return identityCoding
}

// weight reads "q=0.5"; 1 where there is none, 0 where it makes no sense.
func weight(parameters string) float64 {
	for _, p := range strings.Split(parameters, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(p), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return q
	}
	return 1
}

// notModified tells whether the reader has this already. Where If-None-Match
// stands, If-Modified-Since is ignored (RFC 9110 section 13.1.3).
func notModified(r *http.Request, etag string, changed time.Time) bool {
	if tags := r.Header.Values("If-None-Match"); len(tags) > 0 {
		return matches(strings.Join(tags, ","), etag)
	}
	since, ok := parseDate(r.Header.Get("If-Modified-Since"))
	return ok && writable(changed) && !changed.Truncate(time.Second).After(since)
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

// parseDate reads a date in the three forms of RFC 9110 section 5.6.7, and in
// those that readers send in their place: numeric zones, no weekday, and a
// length behind a semicolon.
func parseDate(s string) (time.Time, bool) {
	s, _, _ = strings.Cut(s, ";")
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, false
	}
	if t, err := http.ParseTime(s); err == nil {
		return t, true
	}
	if t, err := mail.ParseDate(s); err == nil {
		return t, true
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}
