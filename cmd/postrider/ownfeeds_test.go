package main

import (
	"regexp"
	"strings"
	"testing"
)

// The addresses stay the same until they are replaced.
func TestOwnFeeds(t *testing.T) {
	enterSite(t)
	show := func(line string) string {
		t.Helper()
		out, errs, code := postrider(words(line)...)
		if code != 0 {
			t.Fatalf("%s: %s", line, errs)
		}
		return out
	}
	show("subscribers add amina@example.org --confirmed")
	first := show("subscribers feeds amina@example.org")
	token := regexp.MustCompile(`(?m)^everything +https?://\S+/own/([a-z0-9]+\.0\.[A-Za-z0-9_-]{22})/rss\.xml$`).FindStringSubmatch(first)
	if token == nil || strings.Count(first, token[1]) != 4 || !strings.Contains(first, "/follows/rss.xml") || !strings.Contains(first, "/authors/SLUG/rss.xml") || !strings.Contains(first, "/sections/SLUG/rss.xml") {
		t.Fatalf("%s", first)
	}
	if again := show("subscribers feeds amina@example.org"); again != first {
		t.Errorf("asked again: %s", again)
	}
	second := show("subscribers feeds amina@example.org --replace")
	if strings.Contains(second, token[1]) || show("subscribers feeds amina@example.org") != second {
		t.Errorf("replaced: %s", second)
	}
}
