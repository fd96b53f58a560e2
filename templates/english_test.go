package templates

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var (
	action = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	aWord  = regexp.MustCompile(`\pL{3,}`)

	// same are words that are the same in every language.
	same = map[string]bool{"RSS": true, "Atom": true, "JSON": true, "Feed": true, "OPML": true, "ISSN": true, "unsubscribe": true, "preferences": true, "browser": true,
		"arabic": true} // the last is a class

	// seen are the attributes that people see or hear.
	seen = map[string]bool{"title": true, "alt": true, "aria-label": true, "placeholder": true}

	// stillEnglish are templates whose words wait to become messages.
	stillEnglish = map[string]bool{}
)

// Every word that the built-in templates print is a message: none stands in them.
func TestTemplatesHaveNoWords(t *testing.T) {
	_, names := builtInNames()
	for _, name := range names {
		text, err := builtIn.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if path.Ext(name) == ".css" || stillEnglish[name] {
			continue
		}
		printed := []string{action.ReplaceAllString(string(text), " ")}
		if path.Ext(name) == ".html" {
			printed = visible(t, printed[0])
		}
		for _, part := range printed {
			for _, word := range aWord.FindAllString(part, -1) {
				if !same[word] {
					t.Errorf("%s says %q in English; make it a message", name, strings.TrimSpace(part))
					break
				}
			}
		}
	}
}

// visible is what people see or hear of HTML.
func visible(t *testing.T, page string) (all []string) {
	t.Helper()
	skip := 0
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return all
		case html.TextToken:
			if text := string(z.Text()); skip == 0 && !strings.Contains(text, `="`) { // that is a part of a tag
				all = append(all, text)
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			token := z.Token()
			if token.Data == "style" || token.Data == "script" || token.Data == "code" {
				skip = map[html.TokenType]int{html.StartTagToken: 1}[kind]
			}
			for _, a := range token.Attr {
				if seen[a.Key] {
					all = append(all, a.Val)
				}
			}
		}
	}
}
