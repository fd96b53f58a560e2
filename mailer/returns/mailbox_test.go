package returns

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadEach(t *testing.T) {
	all := samples(t)
	const line = "From MAILER-DAEMON Thu Nov 26 07:05:12 2026\n"
	one, two := all["postfix-unknown"], all["postfix-delayed"]
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"a message", one, []string{"1 false bounce"}},
		{"a message with a separator", line + one, []string{"1 false bounce"}},
		{"two", line + one + "\n" + line + two, []string{"1 true bounce", "2 false delay"}},
		{"two with CRLF", strings.ReplaceAll(line+one+"\n"+line+two, "\n", "\r\n"), []string{"1 true bounce", "2 false delay"}},
		{"three", line + one + "\n" + line + two + "\n" + line + one, []string{"1 true bounce", "2 true delay", "3 false bounce"}},
		{"one that has a line From", line + one + "\nFrom here on nothing matters.\n", []string{"1 false bounce"}},
		{"one without separator that has such lines", two + "\n" + line + one, []string{"1 false delay"}},
		{"a long line", line + two + strings.Repeat("x", 200_000) + "\n\n" + line + one, []string{"1 true delay", "2 false bounce"}},
		{"nothing", "", []string{"1 false other"}},
		{"a separator alone", line, []string{"1 false other"}},
	} {
		var got []string
		err := ReadEach(iotest.HalfReader(strings.NewReader(test.text)), func(n int, more bool, r Report) error {
			got = append(got, fmt.Sprint(n, more, " ", r.Findings[0].Kind))
			return nil
		})
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v, want %q", test.name, got, err, test.want)
		}
	}
	stop := errors.New("enough")
	if err := ReadEach(strings.NewReader(one), func(int, bool, Report) error { return stop }); err != stop {
		t.Errorf("it goes on: %v", err)
	}
}
