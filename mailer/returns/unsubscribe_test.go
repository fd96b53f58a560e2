package returns

import (
	"slices"
	"strings"
	"testing"
)

func TestUnsubscribeOfTheReturnedMessage(t *testing.T) {
	for field, want := range map[string][]string{
		"": nil,
		"List-Unsubscribe: <https://a.example/leave/T>":                            {"https://a.example/leave/T"},
		"List-Unsubscribe: <mailto:x@y.example>, <HTTP://a.example/leave/\r\n T2>": {"HTTP://a.example/leave/T2"},
		"List-Unsubscribe: https://a.example/bare":                                 nil,
		"List-Unsubscribe: <https://a.example/open":                                nil,
	} {
		message := "From: fbl@mx.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n\r\n" +
			"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: S\r\n" + field + "\r\n\r\nText\r\n--b--\r\n"
		r, err := Read(strings.NewReader(message))
		if err != nil || !slices.Equal(r.Unsubscribe, want) {
			t.Errorf("%q: %q, %v", field, r.Unsubscribe, err)
		}
	}
}
