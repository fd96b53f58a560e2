package magazine

import "strings"

// BaseLanguage is the first part of a BCP 47 tag, in small letters.
func BaseLanguage(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	return base
}
