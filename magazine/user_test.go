package magazine

import "testing"

func TestRoles(t *testing.T) {
	for _, c := range []struct {
		have, what Role
		may        bool
	}{
		{Owner, Owner, true}, {Owner, Viewer, true}, {Editor, Owner, false}, {Editor, Editor, true}, {Editor, Viewer, true},
		{Viewer, Editor, false}, {Viewer, Viewer, true}, {"", Viewer, false}, {"", "", false}, {"king", Viewer, false}, {Viewer, "", true},
	} {
		if got := c.have.May(c.what); got != c.may {
			t.Errorf("%q may what %q may: %v", c.have, c.what, got)
		}
	}
	if r, err := ParseRole(" Owner "); err != nil || r != Owner {
		t.Errorf("%q, %v", r, err)
	}
	if _, err := ParseRole("king"); CodeOf(err) != Invalid {
		t.Error(err)
	}
}
