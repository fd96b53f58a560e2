package templates

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

var (
	invalidField = regexp.MustCompile(`<(?:input|select|textarea)(?:[^<>]|\{\{[^}]*\}\})*aria-invalid(?:[^<>]|\{\{[^}]*\}\})*>`)
	describes    = regexp.MustCompile(`aria-describedby="((?:[^"{]|\{\{[^}]*\}\})*)"`)
	actions      = regexp.MustCompile(`\{\{[^}]*\}\}`)
	errorOf      = regexp.MustCompile(`\{\{-? ?template "wrong" [^}]*"([a-z-]+)"`)
	errorByHand  = regexp.MustCompile(`<p class="error[^"]*" id="([a-z-]+-error)"`)
)

// errorsIn lists the errors that describe fields of a template.
func errorsIn(text string) (ids []string) {
	for _, m := range describes.FindAllStringSubmatch(text, -1) {
		for _, id := range strings.Fields(actions.ReplaceAllString(m[1], " ")) {
			if strings.HasSuffix(id, "-error") {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// On the desk's pages each field that may be marked as wrong is described by the error
// that says why, and each error of a field describes one.
func TestErrorsOfTheDeskAreTiedToFields(t *testing.T) {
	pages, err := fs.Glob(builtIn, "desk/*.html")
	if err != nil || len(pages) < 20 {
		t.Fatalf("%q, %v", pages, err)
	}
	found := 0
	for _, page := range pages {
		raw, err := builtIn.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		text, errors, described := string(raw), map[string]bool{}, map[string]bool{}
		for _, m := range errorOf.FindAllStringSubmatch(text, -1) {
			errors[m[1]+"-error"] = true
		}
		for _, m := range errorByHand.FindAllStringSubmatch(text, -1) {
			errors[m[1]] = true
		}
		for _, id := range errorsIn(text) {
			described[id] = true
			if !errors[id] {
				t.Errorf("%s: there is no error %s", page, id)
			}
		}
		for id := range errors {
			if found++; !described[id] {
				t.Errorf("%s: no field is described by %s", page, id)
			}
		}
		if n := len(invalidField.FindAllString(text, -1)); n < strings.Count(text, "aria-invalid") {
			t.Errorf("%s: %d fields are marked as wrong, and %d were looked at", page, strings.Count(text, "aria-invalid"), n)
		}
		for _, field := range invalidField.FindAllString(text, -1) {
			if len(errorsIn(field)) == 0 {
				t.Errorf("%s: no error describes %s", page, field)
			}
		}
	}
	if found == 0 {
		t.Error("no error was found")
	}
}
