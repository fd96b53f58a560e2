package magazine_test

import (
	"slices"
	"testing"

	"postrider/magazine"
)

// Each reason is known again by its text, whatever its values are.
func TestReasonsAreKnownAgain(t *testing.T) {
	values := []string{"amina@people.example by postrider", "550 5.7.1", "it is late; see: the log", "x"}
	for _, r := range magazine.Reasons() {
		text := r.Text(values...)
		got, args := magazine.ReadReason(text)
		if got != r {
			t.Errorf("%q is %s, want %s", text, got, r)
		}
		var back []string
		for i := 1; i < len(args); i += 2 {
			back = append(back, args[i].(string))
		}
		if !slices.Equal(back, values[:len(back)]) {
			t.Errorf("%q has %q", text, back)
		}
	}
	for _, text := range []string{"", "the clock jumped", "nothing new here", "dropped by ", "the newsletter rests"} {
		if got, args := magazine.ReadReason(text); got != "" || args != nil {
			t.Errorf("%q is %s %v", text, got, args)
		}
	}
}
