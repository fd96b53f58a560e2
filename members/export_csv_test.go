package members

import (
	"testing"

	"postrider/magazine"
)

// What a spreadsheet would run is no formula in an export, and comes back as it was.
func TestShield(t *testing.T) {
	for in, want := range map[string]string{"x;=cmd|calc": "x;'=cmd|calc", "a\t+1": "a\t'+1", "\t=1": "'\t'=1", "x;'=1": "x;''=1", "＝1": "'＝1", "a;b": "a;b", "\xff;=\xff": "\xff;'=\xff", "=1+1": "'=1+1", "@x": "'@x", "-a": "'-a", "+a": "'+a", "Amina": "Amina", "'quoted'": "'quoted'", "": "", "'": "'", "'=x": "''=x", "''@": "'''@"} {
		if got := Shield(in); got != want || unshield(got) != in {
			t.Errorf("%q: %q, and back %q", in, got, unshield(got))
		}
	}
}

// Tags come back from a field as they went in, whatever is in them.
func FuzzTags(f *testing.F) {
	for _, tag := range []string{"boats", "fish, chips", `"`, `"",`, `a "b", c`, "،؛", "'=", "\u00a0x"} {
		f.Add(tag, tag+"2")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = magazine.TagKey(a), magazine.TagKey(b)
		if a == "" || b == "" {
			return
		}
		if got := splitTags(joinTags([]string{a, b})); len(got) != 2 || got[0] != a || got[1] != b {
			t.Errorf("%q and %q came back as %q", a, b, got)
		}
		splitTags(a + `"` + b)
	})
}
