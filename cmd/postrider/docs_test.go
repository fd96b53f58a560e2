package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"postrider/config"
	"postrider/daemon"
)

// documentation is the texts of docs/ and of the README, by their paths.
func documentation(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) < 5 {
		t.Fatalf("docs/ has %d pages: %v", len(files), err)
	}
	texts := map[string]string{}
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimPrefix(file, "../../")] = string(text)
	}
	return texts
}

var (
	inCode  = regexp.MustCompile("`(postrider [^`\n]+)`")
	ownLine = regexp.MustCompile(`(?m)^(?:sudo -u postrider )?(postrider [a-z].*)$`)
	// open is a place in a text where any word would do.
	open = regexp.MustCompile(`…|\.\.\.`)
)

// TestDocumentedCommands checks that every command line in the documentation
// is one that postrider takes.
func TestDocumentedCommands(t *testing.T) {
	seen := 0
	for file, text := range documentation(t) {
		for _, pattern := range []*regexp.Regexp{inCode, ownLine} {
			for _, m := range pattern.FindAllStringSubmatch(text, -1) {
				if line := m[1]; !open.MatchString(line) {
					seen++
					t.Run(file+"/"+line, func(t *testing.T) { example(t, line) })
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d command lines were found", seen)
	}
}

var (
	yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	topKey    = regexp.MustCompile(`(?m)^([a-z_]+):`)
)

// TestDocumentedConfiguration checks every piece of configuration in the
// documentation, with what it leaves out added.
func TestDocumentedConfiguration(t *testing.T) {
	rest := map[string]string{
		"publication": "publication: {title: My Magazine, url: https://magazine.example}\n",
		"articles":    "articles: [{folder: articles}]\n",
		"mail":        "mail: {from: letters@magazine.example, outbox: outbox}\n",
	}
	seen := 0
	for name, text := range documentation(t) {
		for _, m := range yamlBlock.FindAllStringSubmatch(text, -1) {
			block := m[1]
			if strings.HasPrefix(block, "---") { // an article's
				continue
			}
			seen++
			var has []string
			for _, k := range topKey.FindAllStringSubmatch(block, -1) {
				has = append(has, k[1])
			}
			for key, lines := range rest {
				if !slices.Contains(has, key) {
					block += lines
				}
			}
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.Mkdir(filepath.Join(filepath.Dir(file), "look"), 0o700); err != nil { // of templates
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(block), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := config.Load(file, nil, daemon.CheckConfig); err != nil {
				t.Errorf("%s: %v\n%s", name, err, block)
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d pieces of configuration were found", seen)
	}
}

var pageLink = regexp.MustCompile(`\]\(([^)#:]+\.md)(?:#([a-z-]+))?\)`)

// TestDocumentedLinks checks that pages link to pages and headings there are.
func TestDocumentedLinks(t *testing.T) {
	texts := documentation(t)
	for file, text := range texts {
		for _, m := range pageLink.FindAllStringSubmatch(text, -1) {
			target, ok := texts[path.Join(path.Dir(file), m[1])]
			if !ok {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			}
			if m[2] != "" && !hasHeading(target, m[2]) {
				t.Errorf("%s links to %s#%s, and there is no such heading", file, m[1], m[2])
			}
		}
	}
}

func hasHeading(text, anchor string) bool {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.ToLower(strings.Trim(strings.TrimSpace(line), "# `"))
		clean := regexp.MustCompile("[^a-z0-9 -]").ReplaceAllString(words, "")
		if strings.ReplaceAll(clean, " ", "-") == anchor {
			return true
		}
	}
	return false
}
