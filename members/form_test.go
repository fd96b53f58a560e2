package members_test

import (
	"testing"
	"time"

	"postrider/members"
)

func TestJudgeForm(t *testing.T) {
	h := lite(t)
	stamp := h.StampForm(h.clock.Now())
	for _, c := range []struct {
		after time.Duration
		want  members.FormAge
	}{
		{-time.Hour, members.FormQuick}, {0, members.FormQuick}, {1999 * time.Millisecond, members.FormQuick}, {2 * time.Second, members.FormFit}, {24 * time.Hour, members.FormFit}, {24*time.Hour + time.Second, members.FormOld},
	} {
		h.clock.Add(c.after)
		if got := h.JudgeForm(stamp); got != c.want {
			t.Errorf("after %v: %s, want %s", c.after, got, c.want)
		}
		h.clock.Add(-c.after)
	}
	h.clock.Add(time.Minute)
	for _, bad := range []string{"", ".", stamp[1:], stamp + "A", "x" + stamp, h.LeaveToken("a", "b"), h.ConfirmToken("a")} {
		if got := h.JudgeForm(bad); got != members.FormForeign {
			t.Errorf("%q: %s", bad, got)
		}
	}
	if a, b := members.NewFormText("a"), members.NewFormText("b"); a.Version == b.Version || a != members.NewFormText("a") {
		t.Errorf("%+v, %+v", a, b)
	}
}
