package articles

import (
	"reflect"
	"strings"
	"testing"
)

// samePlainYAML says that the short way through front matter and the parser lead
// to the same.
func samePlainYAML(t *testing.T, text string) (short bool) {
	t.Helper()
	text = repair(decode([]byte(text), &report{}), 1, &report{})
	got, ok := plainYAML(text, 2)
	if !ok {
		return false
	}
	rep := &report{}
	want, ok := fullYAML(text, 2, rep)
	if !ok || len(rep.problems) > 0 || !reflect.DeepEqual(got, want) {
		t.Fatalf("%q\ngives %+v\nwant  %+v %v", text, got, want, rep.problems)
	}
	return true
}

var plainFronts = []string{
	"title: Piece 1 of the sea\nauthors: [Author 1, Author 2]\nvolume: 012\nnumber: 3\ndate: 1900-01-01\nsummary: About the sea.\n",
	"title: \"A: b\"\ndate: 2024-05-17T10:00:00+02:00\nurl: https://a.example/b?c=d&e=f\ndraft: false\n",
	"tags:\n  - a\n  - b c\nauthors:\n- Zoë\n- 'O Neill'\n\nsection: الأدب\n",
	"number: 1e3\nvolume: 0x1F\nissue: 1_000\na: 12.50\nb: yes\nc: true\nd: 0o17\ne: 017\nf: 1.\n", "last_modified-at: 2024-05-17 10:00\na: don't (b) - c; d & e! f? *g* 100% h=i @j `k` l|m > n ~ o\n",
	"a: b\na: c", "a: é\n",
}

func TestPlainYAML(t *testing.T) {
	for _, text := range plainFronts {
		if !samePlainYAML(t, text) {
			t.Errorf("%q went the long way", text)
		}
	}
	for _, text := range []string{
		"", "a:\nb: c\n", "a: b\n  c\n", "a: b # c\n", "a: |\n  b\n", "a: &b c\n", "a: *b\n", "a: [b\n", "a: [b, [c]]\n", "a: {b: c}\n", "a: \"b\\n\"\n", "a: null\n", "a: ~\n", "a: !!str b\n",
		"a:\n  b: c\n", "- a\n", "? a\n: b\n", "<<: a\n", "a: b: c\n", "a: b\t\n", "a: b \n", "a : b\n", "a: - b\n", "a:\n  - b\n - c\n", "a:\n  - b: c\n", "a: 'b''c'\n", "a: []\n", "a: [b, ]\n", "---\na: b\n", "...\n", "a:b\n",
	} {
		if got, ok := plainYAML(text, 2); ok {
			t.Errorf("%q is plain: %+v", text, got)
		}
	}
}

func FuzzPlainYAML(f *testing.F) {
	for _, text := range plainFronts {
		f.Add(text)
		for row := range strings.Lines(text) {
			f.Add(row)
		}
	}
	f.Fuzz(func(t *testing.T, text string) { samePlainYAML(t, text) })
}
