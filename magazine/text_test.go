package magazine

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The quick look misses nothing that is to be dropped or replaced.
func TestCleanRunesLooksClosely(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune{'a', 'é', 0x80, 0x9f, 0xa0, 0x7f, 0xfdd0, 0xfdef, 0xfdcf, 0xfffd, 0xfffe, 0xffff, 0x1fffe, 0x2ffff, 0x10ffff, 0x1f600, 0xefff, '\t', '\r', 1})),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "s")
		slow := strings.Map(func(r rune) rune {
			if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r <= 0x9f || r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE {
				return -1
			}
			return r
		}, strings.ToValidUTF8(s, "\uFFFD"))
		if got := CleanRunes(s); got != slow {
			t.Fatalf("%q becomes %q, want %q", s, got, slow)
		}
	})
}
