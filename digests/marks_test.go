package digests

import (
	"testing"
	"testing/fstest"

	"postrider/templates"
)

func TestStrayMarks(t *testing.T) {
	own := templates.Over(fstest.MapFS{
		"mail/digest.html": {Data: []byte("[[email]] [[unsubscribe]]\n<a href=\"[[unsubscibe]]\">\n[[ name ]] a[[0]] [[two words]]\n\n[[Browser]] [[prefrences]]\n[[moon]]")},
		"mail/digest.css":  {Data: []byte("{{define \"style\"}}[[moon]]{{end}}")},
	}, "look")
	const reads = ", and people will read it as it stands; "
	want := []string{
		"look/mail/digest.html:2: nothing is filled in for [[unsubscibe]]" + reads + "did you mean [[unsubscribe]]?",
		"look/mail/digest.html:3: nothing is filled in for [[ name ]]" + reads + "did you mean [[name]]?",
		"look/mail/digest.html:5: nothing is filled in for [[Browser]]" + reads + "did you mean [[browser]]?",
		"look/mail/digest.html:5: nothing is filled in for [[prefrences]]" + reads + "did you mean [[preferences]]?",
		"look/mail/digest.html:6: nothing is filled in for [[moon]]" + reads + "those that are filled in are [[email]], [[name]], [[unsubscribe]], [[preferences]], [[browser]]",
	}
	all := StrayMarks(own)
	if len(all) != len(want) {
		t.Fatalf("%v", all)
	}
	for i, m := range all {
		if m.Error() != want[i] || !m.Warning {
			t.Errorf("%v, want %s", m, want[i])
		}
	}
	if all := StrayMarks(nil); len(all) != 0 {
		t.Errorf("of the built-in ones: %v", all)
	}
}
