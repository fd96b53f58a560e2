package posttest

import (
	"encoding/json"
	"os/exec"
	"testing"
)

// debianPython has Debian's packages, whatever other Python there is.
const debianPython = "/usr/bin/python3"

// poll is a program that asks for a feed once, as one that remembers the entity
// tag and the date of the last time.
const poll = `
import feedparser, json, sys
url, etag, modified = sys.argv[1:]
feed = feedparser.parse(url, etag=etag or None, modified=modified or None)
print(json.dumps({
    "Status": feed.get("status", 0), "ETag": feed.get("etag", ""), "Modified": feed.get("modified", ""),
    "Fault": str(feed.bozo_exception) if feed.bozo else "",
    "Entries": [{"GUID": e.get("id", ""), "Title": e.get("title", ""), "Link": e.get("link", ""), "Author": e.get("author", "")} for e in feed.entries],
}))
`

// Parsed is what Python's feedparser makes of one answer.
type Parsed struct {
	Status         int
	ETag, Modified string // to be given with the next poll
	Fault          string // where the feed is not well-formed
	Entries        []Entry
}

// FeedParser polls a feed with Python's feedparser, which remembers of the last
// poll what it is given.
func FeedParser(t testing.TB, url string, last Parsed) Parsed {
	t.Helper()
	if exec.Command(debianPython, "-c", "import feedparser").Run() != nil {
		Missing(t, "the feed reader feedparser", "apt-get install python3-feedparser, or run make test")
	}
	out, err := exec.CommandContext(t.Context(), debianPython, "-c", poll, url, last.ETag, last.Modified).Output()
	if err != nil {
		t.Fatalf("feedparser reading %s: %v\n%s", url, err, out)
	}
	var p Parsed
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatalf("feedparser said %q: %v", out, err)
	}
	if p.Fault != "" {
		t.Errorf("feedparser does not like %s: %s", url, p.Fault)
	}
	return p
}
