package members

import "testing"

// What a spreadsheet would run is no formula in an export, and comes back as it was.
func TestShield(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "@x": "'@x", "-a": "'-a", "+a": "'+a", "Amina": "Amina", "'quoted'": "'quoted'", "": ""} {
		if got := shield(in); got != want || unshield(got) != in {
			t.Errorf("%q: %q, and back %q", in, got, unshield(got))
		}
	}
}
